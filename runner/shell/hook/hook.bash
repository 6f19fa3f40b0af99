# The practice shell reads this in place of ~/.bashrc, and reads that itself. capas is at the other ends: it
# reads what goes to descriptor 3, and answers on 4.
exec {__capas_out}>&3 {__capas_in}<&4 3>&- 4<&-
__capas_dir=$CAPAS_HOOK __capas_words=$CAPAS_WORDS __capas_asked=0 __capas_marked=
unset CAPAS_HOOK CAPAS_WORDS
if [[ -r ~/.bashrc ]]; then . ~/.bashrc; fi

# __capas_tell KIND TEXT: a builtin writes. A subshell would be a job, which takes the terminal for a moment.
__capas_tell() { printf '%s\t%s\t%s\0' "$1" "$__capas_asked" "$2" >&"$__capas_out" 2>/dev/null; }

# __capas_ask KIND TEXT waits for the answer, however long it takes: meanwhile capas says that it is still there. Neither does whoever
# stops a command stop the answer to it, nor does the shell die of a capas that is gone.
__capas_ask() {
	[[ -n ${__capas_out-} ]] || return 0
	local number word rest traps
	traps=$(trap -p INT PIPE)
	trap '' INT PIPE
	__capas_asked=$((__capas_asked + 1))
	__capas_tell "$1" "$2"
	while IFS=$'\t' read -r -t 10 -u "$__capas_in" number word rest; do
		[[ $number == "$__capas_asked" ]] || continue
		case $word in
		cd) builtin cd -- "$rest" ;;
		exit) builtin exit ;;
		go)
			__capas_mark=$rest
			break
			;;
		esac
	done
	trap - INT PIPE
	eval "$traps"
	if [[ ${word-} != go ]]; then __capas_unhook; fi
}

# __capas_unhook leaves a shell without capas.
__capas_unhook() {
	exec {__capas_out}>&- {__capas_in}<&-
	unset __capas_out __capas_in
	__capas_mark=''
	. "$__capas_dir/unhook.sh"
	PS0=${PS0#"$__capas_ps0"}
	unset -f $__capas_named
}

__capas_begin() {
	local line
	line=$(HISTTIMEFORMAT='' builtin history 1)
	if [[ $line =~ ^\ *[0-9]+[*\ ]\ (.*)$ ]]; then line=${BASH_REMATCH[1]}; fi
	__capas_tell begin "$PWD"$'\n'"$line"
}

__capas_status() {
	__capas_result=$?
	return $__capas_result
}

__capas_prompt() {
	PS1=${PS1#"$__capas_marked"}
	__capas_ask end "$__capas_result"
	__capas_marked=${__capas_mark:+"($__capas_mark) "}
	PS1=$__capas_marked$PS1
}

# The words that the learner may type, each unless it means something already.
__capas_named=
for __capas_word in $__capas_words; do
	__capas_name=$__capas_word
	if type "$__capas_word" >/dev/null 2>&1; then __capas_name=capas-$__capas_word; fi
	eval "$__capas_name() { __capas_ask ask $__capas_word; }"
	__capas_named="$__capas_named $__capas_name"
done
unset __capas_word __capas_name

__capas_ps0='${__capas_out:+$(__capas_begin)}'
PS0=$__capas_ps0${PS0-}
if [[ $(declare -p PROMPT_COMMAND 2>/dev/null) == 'declare -a'* ]]; then
	PROMPT_COMMAND=(__capas_status "${PROMPT_COMMAND[@]}" __capas_prompt)
else
	PROMPT_COMMAND="__capas_status"$'\n'"${PROMPT_COMMAND-}"$'\n'"__capas_prompt"
fi
