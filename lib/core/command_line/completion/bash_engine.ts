/** The part of bash's completion that walks the line; what it looks up comes from the tables. */

/** Functions for bash, from 3.2 on. */
export const bashEngine =
  `# Puts together again what bash takes apart at ":" and "=", up to the word at the cursor.
_opsdeck_line() {
  local rest=$COMP_LINE word blanks i
  line=()
  for ((i = 0; i <= COMP_CWORD; i++)); do
    word=\${COMP_WORDS[i]}
    blanks=\${rest%%[![:space:]]*}
    rest=\${rest#"$blanks"}
    rest=\${rest#"$word"}
    if [[ -z $blanks ]] && ((i > 0)); then
      line[\${#line[@]} - 1]+=$word
    else
      line[\${#line[@]}]=$word
    fi
  done
}

# Offers the words that begin with what is typed; "lead" is the part of the word before the value.
_opsdeck_offer() {
  local lead=$1 typed=$2 word begun=$1$2 breaks= strip=
  shift 2
  [[ $COMP_WORDBREAKS == *:* ]] && breaks+=:
  [[ $COMP_WORDBREAKS == *=* ]] && breaks+==
  # Bash replaces only what follows the last of these.
  [[ -n $breaks ]] && strip=\${begun%"\${begun##*[$breaks]}"}
  for word; do
    [[ $word == "$typed"* ]] || continue
    printf -v word %q "$lead$word"
    COMPREPLY[\${#COMPREPLY[@]}]=\${word#"$strip"}
  done
}

_opsdeck_place() {
  local kind=text values=()
  _opsdeck_value "$1" || return
  case $kind in
    words) _opsdeck_offer "$2" "$3" "\${values[@]}" ;;
    file) compopt -o default 2>/dev/null || COMPREPLY=($(compgen -f -- "$3")) ;;
    folder) compopt -o dirnames 2>/dev/null || COMPREPLY=($(compgen -d -- "$3")) ;;
  esac
}

# Completes the last word of "line", whose first word is the name of a script.
_opsdeck_words() {
  local IFS=$' \\t\\n'
  local script=\${line[0]} last=$((\${#line[@]} - 1))
  local word command= pending= ended= i kind values commands=() options=() given=' ' positionals=0
  local cur=\${line[last]}
  _opsdeck_commands "$script"
  for ((i = 1; i < last; i++)); do
    word=\${line[i]}
    if [[ -n $pending ]]; then
      pending=
    elif [[ -z $ended && $word == -- ]]; then
      ended=1
    elif [[ -z $ended && $word == -?* ]]; then
      given+="\${word%%=*} "
      [[ $word != *=* ]] && _opsdeck_value "$script $command $word" && pending=$word
    elif [[ \${#commands[@]} -gt 0 && -z $command ]]; then
      command=$word
    else
      ((positionals++))
    fi
  done
  if [[ -n $pending ]]; then
    _opsdeck_place "$script $command $pending" '' "$cur"
  elif [[ -z $ended && $cur == --*=* ]]; then
    _opsdeck_place "$script $command \${cur%%=*}" "\${cur%%=*}=" "\${cur#*=}"
  elif [[ -z $ended && $cur == -* ]]; then
    _opsdeck_options "$script $command"
    for word in "\${options[@]}"; do
      # A flag that was given in either spelling is not offered again, unless it may be repeated.
      for i in \${word#+}; do
        [[ $word != +* && $given == *" $i "* ]] && continue 2
      done
      _opsdeck_offer '' "$cur" \${word#+}
    done
  elif [[ \${#commands[@]} -gt 0 && -z $command ]]; then
    _opsdeck_offer '' "$cur" "\${commands[@]}"
  elif _opsdeck_value "$script $command " && [[ $kind != words || $positionals -eq 0 ]]; then
    _opsdeck_place "$script $command " '' "$cur"
  fi
}

_opsdeck() {
  local line
  COMPREPLY=()
  _opsdeck_line
  line[0]=\${line[0]##*/}
  line[0]=\${line[0]%.ts}
  _opsdeck_words
}

# After "deno task": the tasks and the words of their scripts. All else is left to Deno's own.
_opsdeck_deno() {
  local line task i
  COMPREPLY=()
  _opsdeck_line
  if [[ \${line[1]} == task && $PWD/ == "$_opsdeck_folder"/* ]]; then
    for ((i = 2; i < \${#line[@]} - 1; i++)); do
      [[ \${line[i]} == -* ]] || break
    done
    if ((i < \${#line[@]} - 1)); then
      if _opsdeck_task "\${line[i]}"; then
        compopt +o default +o bashdefault 2>/dev/null
        line=("\${task[@]}" "\${line[@]:i+1}")
        _opsdeck_words
        return
      fi
    elif [[ \${line[i]} != -* ]]; then
      _opsdeck_offer '' "\${line[i]}" "\${_opsdeck_tasks[@]}"
      return
    fi
  fi
  [[ -n \${_opsdeck_deno_own-} ]] && "$_opsdeck_deno_own" "$@"
}`;
