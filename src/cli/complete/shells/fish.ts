/** fish 3 and later. */
export const FISH = String.raw`# fish completion for hostdev
function __hostdev_complete
    set -l words (commandline -opc)
    set -l current (commandline -ct)
    for line in ($words[1] complete -- $words[2..-1] "$current" 2>/dev/null)
        switch $line
            case :files
                __fish_complete_path (string replace -r -- '^--[^=]*=' '' "$current")
            case :directories
                __fish_complete_directories (string replace -r -- '^--[^=]*=' '' "$current")
            case '*'
                printf '%s\n' $line
        end
    end
end
complete -c hostdev -f -k -a '(__hostdev_complete)'
`;
