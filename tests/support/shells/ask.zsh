# Completes each line of a file at the prompt of a zsh, and writes down what is offered.
autoload -Uz compinit && compinit -D -u
unsetopt automenu listambiguous listbeep
source $COMPLETION
compadd() {
  local -a hits
  # Calls that only fill arrays do not offer anything yet.
  if (( ! ${@[(I)-*[OAD]*]} )); then
    builtin compadd -O hits "$@"
    (( $#hits )) && print -rl -- $hits >>$ANSWERS
  fi
  builtin compadd "$@"
}
ask() {
  local line
  for line in "${(@f)$(<$QUESTIONS)}"; do
    print -r -- "== $line" >>$ANSWERS
    BUFFER=$line CURSOR=$#line
    zle complete-word
  done
  exit
}
zle -N zle-line-init ask
