/** bash 4.4 and later. It cuts words at `:` and `=` (COMP_WORDBREAKS), which addresses and options are full of: they are put together again. */
export const BASH = String.raw`# bash completion for hostdev
_hostdev() {
    local line=${'$'}{COMP_LINE:0:COMP_POINT} words=() piece i cut candidate
    for ((i = 0; i <= COMP_CWORD; i++)); do
        piece=${'$'}{COMP_WORDS[i]}
        if [[ $i -eq 0 || $line == [[:space:]]* ]]; then
            line=${'$'}{line#"${'$'}{line%%[![:space:]]*}"}
            words+=("")
        fi
        # The cursor may stand in the middle of the last one.
        [[ $i -eq $COMP_CWORD ]] && piece=$line
        line=${'$'}{line#"$piece"}
        words[${'$'}{#words[@]} - 1]+=$piece
    done
    local current=${'$'}{words[${'$'}{#words[@]} - 1]} kept=""
    # What stands before the last cut is not for us to repeat.
    for cut in : =; do
        [[ $COMP_WORDBREAKS == *"$cut"* && $current == *"$cut"* ]] || continue
        piece=${'$'}{current%"${'$'}{current##*"$cut"}"}
        [[ ${'$'}{#piece} -gt ${'$'}{#kept} ]] && kept=$piece
    done
    local value=$current
    [[ $current == --*=* ]] && value=${'$'}{current#*=}
    # Of a file's name too.
    local stands=${'$'}{kept#"${'$'}{current%"$value"}"}
    COMPREPLY=()
    while IFS=$'\t' read -r candidate _; do
        case $candidate in
            :files) compopt -o filenames; while IFS= read -r piece; do COMPREPLY+=("${'$'}{piece#"$stands"}"); done < <(compgen -f -- "$value") ;;
            :directories) compopt -o filenames; while IFS= read -r piece; do COMPREPLY+=("${'$'}{piece#"$stands"}"); done < <(compgen -d -- "$value") ;;
            *) printf -v piece %q "${'$'}{candidate#"$kept"}"; COMPREPLY+=("$piece") ;;
        esac
    done < <("$1" complete -- "${'$'}{words[@]:1}" 2>/dev/null)
}
complete -o nosort -F _hostdev hostdev
`;
