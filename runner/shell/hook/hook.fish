# The practice shell reads this after the learner's own files. capas is at the other ends: it reads what goes to
# descriptor 3, and answers on 4. fish's read takes that only as a file, and only with --nchars no more than a line of it.
set -g __capas_dir $CAPAS_HOOK
set -g __capas_asked 0
set -g __capas_mark
set -g __capas_named
set -l words (string split ' ' -- $CAPAS_WORDS)
set -e CAPAS_HOOK
set -e CAPAS_WORDS

function __capas_tell --argument-names kind text
    printf '%s\t%s\t%s\0' $kind $__capas_asked "$text" >&3 2>/dev/null
end

# __capas_ask KIND TEXT waits for the answer. Of a capas that is gone it reads the end.
function __capas_ask
    set -q __capas_dir; or return 0
    set -g __capas_asked (math $__capas_asked + 1)
    __capas_tell $argv
    while read --nchars 4096 --local --delimiter \t number word rest </dev/fd/4
        test "$number" = $__capas_asked; or continue
        switch $word
            case cd
                builtin cd -- $rest
            case exit
                exit
            case go
                set -g __capas_mark $rest
                return 0
        end
    end
    __capas_unhook
end

# __capas_unhook leaves a shell without capas.
function __capas_unhook
    set -g __capas_mark
    source $__capas_dir/unhook.fish
    set -e __capas_dir
    functions -e __capas_begin __capas_prompt $__capas_named
end

function __capas_begin --on-event fish_preexec
    __capas_tell begin $PWD\n"$argv[1]"
end

function __capas_prompt --on-event fish_prompt
    set -l result $status
    __capas_ask end $result
end

# The words that the learner may type, each unless it means something already.
for word in $words
    set -l name $word
    type -q $word; and set name capas-$word
    function $name --inherit-variable word
        __capas_ask ask $word
    end
    set -a __capas_named $name
end

functions -q fish_prompt; and functions -c fish_prompt __capas_own_prompt
function fish_prompt
    set -l result $status
    test -n "$__capas_mark"; and printf '(%s) ' $__capas_mark
    functions -q __capas_own_prompt; or return
    __capas_with_status $result
    __capas_own_prompt
end

function __capas_with_status
    return $argv[1]
end
