# bash completion for ./workbook: source this file, or put it where
# bash-completion looks: ~/.local/share/bash-completion/completions/workbook

# The chapters and labs of the course that the command belongs to.
_workbook_labs() {
    local command manifest
    command=$(readlink -f "$(type -P "$1")")
    manifest=${command%/*}/build/learn/manifest.tsv
    [ -r "$manifest" ] || return
    cut -f 1,2 "$manifest" | tail -n +2 | tr '\t' '\n' | sort -u
}

_workbook() {
    local word=${COMP_WORDS[COMP_CWORD]} words
    local commands="check list hint reset merge solution docs test setup help version"
    local options="--json --junit --problems --case --seed --trail --exhaust --pcap --follow --"
    if [ "$COMP_CWORD" -eq 1 ]; then
        words=$commands
    elif [ "${COMP_WORDS[COMP_CWORD - 1]}" = --junit ] ||
        [ "${COMP_WORDS[COMP_CWORD - 1]}" = --pcap ]; then
        mapfile -t COMPREPLY < <(compgen -f -- "$word")
        return
    else
        case ${COMP_WORDS[1]} in
        check) words="$(_workbook_labs "${COMP_WORDS[0]}") $options" ;;
        hint | reset | merge) words=$(_workbook_labs "${COMP_WORDS[0]}" | grep -v '^[0-9]') ;;
        solution) words="$(_workbook_labs "${COMP_WORDS[0]}" | grep -v '^[0-9]') --anyway" ;;
        docs) words=--book ;;
        test) words=--yes ;;
        esac
    fi
    mapfile -t COMPREPLY < <(compgen -W "$words" -- "$word")
}

complete -F _workbook workbook
