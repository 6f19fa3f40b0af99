# The practice shell reads this in place of ~/.zshenv, and reads that itself; what comes after, zsh reads where it always does.
# capas is at the other ends: it reads what goes to descriptor 3, and answers on 4.
exec {__capas_out}>&3 {__capas_in}<&4 3>&- 4<&-
__capas_dir=$CAPAS_HOOK __capas_words=$CAPAS_WORDS __capas_asked=0 __capas_marked= __capas_mark=
if [[ -n ${CAPAS_ZDOTDIR+set} ]]; then export ZDOTDIR=$CAPAS_ZDOTDIR; else unset ZDOTDIR; fi
unset CAPAS_HOOK CAPAS_WORDS CAPAS_ZDOTDIR
if [[ -r ${ZDOTDIR:-$HOME}/.zshenv ]]; then source ${ZDOTDIR:-$HOME}/.zshenv; fi

# __capas_tell KIND TEXT: a builtin writes. A subshell would be a job, which takes the terminal for a moment.
__capas_tell() {
	emulate -L zsh
	setopt localtraps
	trap '' PIPE # of a capas that is gone
	printf '%s\t%s\t%s\0' "$1" "$__capas_asked" "$2" >&$__capas_out 2>/dev/null
}

# __capas_ask KIND TEXT waits for the answer, however long it takes: meanwhile capas says that it is still there.
__capas_ask() {
	emulate -L zsh
	[[ -n ${__capas_out-} ]] || return 0
	setopt localtraps
	trap '' INT # whoever stops a command does not stop the answer to it
	((++__capas_asked))
	__capas_tell "$1" "$2"
	local number word rest
	while IFS=$'\t' read -r -t 10 -u $__capas_in number word rest; do
		[[ $number == $__capas_asked ]] || continue
		case $word in
		cd) builtin cd -- "$rest" ;;
		exit) builtin exit ;;
		go)
			__capas_mark=$rest
			return 0
			;;
		esac
	done
	__capas_unhook
}

# __capas_unhook leaves a shell without capas.
__capas_unhook() {
	emulate -L zsh
	exec {__capas_out}>&- {__capas_in}<&-
	unset __capas_out __capas_in
	__capas_mark=
	source $__capas_dir/unhook.sh
	preexec_functions=(${preexec_functions:#__capas_begin})
	unfunction $__capas_named
}

__capas_begin() { __capas_tell begin "$PWD"$'\n'"$1"; }

__capas_prompt() {
	local result=$?
	emulate -L zsh
	PROMPT=${PROMPT#$__capas_marked}
	__capas_ask end $result
	__capas_marked=${__capas_mark:+"($__capas_mark) "}
	PROMPT=$__capas_marked$PROMPT
}

# __capas_start is done at the first prompt, behind all that the learner's own files do.
__capas_start() {
	local result=$? word name
	emulate -L zsh
	precmd_functions=(${precmd_functions:#__capas_start} __capas_prompt)
	preexec_functions+=(__capas_begin)
	# The words that the learner may type, each unless it means something already.
	typeset -ga __capas_named=()
	for word in ${=__capas_words}; do
		name=$word
		if whence $word >/dev/null; then name=capas-$word; fi
		eval "$name() { __capas_ask ask $word; }"
		__capas_named+=$name
	done
	(exit $result)
	__capas_prompt
}

if [[ -o interactive ]]; then precmd_functions+=(__capas_start); fi
