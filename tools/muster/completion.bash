# SPDX-License-Identifier: BSD-2-Clause
# Completion for bash. What can be typed is asked of the programs' own --help, so that this
# file knows no option but those whose values are words.

_muster_options() { # PROGRAM [COMMAND]: its options
    "$@" --help 2>/dev/null | grep -E '^ +--' | grep -oE -- '--[a-z][a-z-]*'
}

_muster_commands() { # PROGRAM: its commands
    "$1" --help 2>/dev/null | sed -nE '/^The |^Output/,$d; /COMMAND|--/d; s/^  ([a-z]+) .*/\1/p'
}

_muster_complete() { # WORDS
    mapfile -t COMPREPLY < <(compgen -W "$1" -- "${COMP_WORDS[COMP_CWORD]}")
}

_muster() {
    local program=${COMP_WORDS[0]} word=${COMP_WORDS[COMP_CWORD]}
    local command=${COMP_WORDS[1]-} before=${COMP_WORDS[COMP_CWORD - 1]}

    COMPREPLY=()
    if [[ ${program##*/} == muster && $command == sim ]] && ((COMP_CWORD > 1)); then
        program=$(dirname "$(command -v "$program")")/muster-sim
        [[ -x $program ]] || program=muster-sim
        command=${COMP_WORDS[2]-}
        ((COMP_CWORD == 2)) && { _muster_complete "$(_muster_commands "$program")"; return; }
    elif ((COMP_CWORD == 1)) && [[ ${program##*/} != smistat && $word != -* ]]; then
        _muster_complete "$(_muster_commands "$program")"
        return
    fi
    case $before in
    --cause) _muster_complete "request byte tco none" ;;
    --format) _muster_complete "32-bit intel64 amd64" ;;
    --command) _muster_complete "noop alone query log" ;;
    --machine) _muster_complete "pc q35" ;;
    --scenario) _muster_complete "$("$program" --help | sed -n 's/^ *--scenario NAME *one of://p')" ;;
    --variant) _muster_complete "manual qemu bochs" ;;
    --method) _muster_complete "both sleep hash naive" ;;
    *)
        [[ $word == -* ]] || return # files, by -o default
        case ${program##*/} in
        muster)
            ((COMP_CWORD > 1)) || { _muster_complete "--help --version"; return; }
            _muster_complete "$(_muster_options "$program" "$command")"
            ;;
        *) _muster_complete "$(_muster_options "$program")" ;;
        esac
        ;;
    esac
}

complete -o default -F _muster muster muster-sim smistat
