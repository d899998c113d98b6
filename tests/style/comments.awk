# awk -f comments.awk FILE…: finds comments that begin without the noun that they are about, such as "Of those, the reductions",
# "The same of a vector" or "That of a leaf": only the author knows what such a comment means.

function is_comment(line) { return line ~ /^ *\/\/\/?[ <]/ }

FNR == 1 { within = 0 }

{
  begins = is_comment($0) && !within
  within = is_comment($0)
  if (!begins) next
  text = $0
  sub(/^ *\/\/\/?<? */, "", text)
  if (text ~ /^(Of (a|an|all|any|both|each|every|it|no|one|some|such|the|them|these|those|this|two|what|which|whom|[a-z]+ed)|Those|That of|As many|As much|Who|Whom|So that|What it|What there|What is left)( |,|\.|:|$)/ ||
      text ~ /^The same( (as|at|by|for|from|in|of|on|to|where|with|without)|[,.:])/) {
    printf "%s:%d: a comment begins with \"%s\"\n", FILENAME, FNR, substr(text, 1, 40)
    faults++
  }
}

END { if (faults > 0) exit 1 }
