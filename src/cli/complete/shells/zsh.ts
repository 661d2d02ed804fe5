/** zsh: autoloaded from fpath, or evaluated. */
export const ZSH = String.raw`#compdef hostdev
_hostdev() {
    local line
    local -a lines found
    lines=("${'$'}{(@f)$($words[1] complete -- "${'$'}{(@Q)words[2,CURRENT-1]}" "${'$'}{(Q)PREFIX}" 2>/dev/null)}")
    for line in $lines; do
        case $line in
            :files) compset -P '--*='; _files ;;
            :directories) compset -P '--*='; _files -/ ;;
            *) found+=("${'$'}{${'$'}{line%%$'\t'*}//:/\\:}:${'$'}{line#*$'\t'}") ;;
        esac
    done
    (( ${'$'}{#found} )) && _describe -V hostdev found
}
if [[ ${'$'}{funcstack[1]} == _hostdev ]]; then _hostdev "$@"; else compdef _hostdev hostdev; fi
`;
