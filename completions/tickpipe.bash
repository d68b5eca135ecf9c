# Completion of tickpipe for bash, 3.2 and later. For this session:
#
#     eval "$(tickpipe completion bash)"
#
# For every session, with the package bash-completion:
#
#     mkdir -p ~/.local/share/bash-completion/completions
#     tickpipe completion bash > ~/.local/share/bash-completion/completions/tickpipe
#
# Without it, add the line above to ~/.bashrc.

_tickpipe() {
  local follows word
  COMPREPLY=()
  {
    IFS= read -r follows || return 0
    while IFS= read -r word; do COMPREPLY+=("$word"); done
  } < <(printf '%s\0' "${COMP_LINE:0:COMP_POINT}" "$COMP_WORDBREAKS" | command tickpipe internal complete bash 2>/dev/null)
  case $follows in
    open) type compopt &>/dev/null && compopt -o nospace ;;
    files) type compopt &>/dev/null && compopt -o default ;;
    folders) type compopt &>/dev/null && compopt -o dirnames ;;
  esac
  return 0
}

if type compopt &>/dev/null; then
  complete -F _tickpipe tickpipe
else
  # bash 3.2 completes files wherever there is nothing else.
  complete -o default -F _tickpipe tickpipe
fi
