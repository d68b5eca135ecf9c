# Completion of tickpipe for fish. For every session:
#
#     mkdir -p ~/.config/fish/completions
#     tickpipe completion fish > ~/.config/fish/completions/tickpipe.fish
#
# For this session: tickpipe completion fish | source

function __tickpipe_complete
    command --query tickpipe; or return
    set -l words (commandline -opc)
    set -l lines (printf '%s\0' $words[2..] (commandline -ct) | command tickpipe internal complete fish 2>/dev/null)
    set -l fields (string split \t -- $lines[1])
    switch "$fields[1]"
        case files
            __tickpipe_complete_path "$fields[2]" __fish_complete_path
        case folders
            __tickpipe_complete_path "$fields[2]" __fish_complete_directories
        case words
            printf '%s\n' $lines[2..]
    end
end

# Paths behind what stands before them in the same word, as in --output=FILE.
function __tickpipe_complete_path --argument-names head list
    set -l path (string sub --start (math (string length -- "$head") + 1) -- (commandline -ct))
    for line in ($list "$path")
        printf '%s%s\n' "$head" $line
    end
end

complete --command tickpipe --no-files --keep-order --arguments '(__tickpipe_complete)'
