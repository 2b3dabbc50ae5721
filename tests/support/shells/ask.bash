# The start-up file of a bash whose Tab key writes down what is offered, compopt's part included.
source "$COMPLETION"
compopt() {
  reply+=("compopt $*")
  builtin compopt "$@"
}
ask() {
  local reply=() own=_opsdeck
  [[ $1 == deno ]] && own=_opsdeck_deno
  "$own" "$@"
  reply+=("${COMPREPLY[@]}")
  printf '%s\n' "== $COMP_LINE" "${reply[@]}" >>"$ANSWERS"
}
while read -r name; do
  complete -F ask -- "$name"
done < <(complete -p | sed -n 's/.* -F _opsdeck //p')
complete -F ask deno
bind 'set completion-query-items 0'
bind 'set page-completions off'
PS1='ready> '
