# Asks fish for the completions of each line of a file.
source $COMPLETION
while read -l line
    echo "== $line"
    complete -C $line | string replace -r '\t.*' ''
end <$QUESTIONS >$ANSWERS
