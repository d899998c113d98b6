# awk -f lengths.awk FILE…: how long files, functions and classes are, and which are too long: files of more than 400 lines,
# functions of more than 40, classes of more than 150 lines of code – what has functions and is no plain record. Empty lines
# and comments count in files alone. The code is formatted, so that a body ends where its first line began: "}" in the
# column of the line that opened it.
#
#   -v kinds="file function"   looks at those only
#   -v table=1                 prints "file|function|class LENGTH NAME" for each of them instead

function indent(line) { match(line, /^ */); return RLENGTH }

function report(kind, length_, name, limit) {
  if (kinds != "" && index(kinds, kind) == 0) return
  if (table) print kind, length_, name
  else if (length_ > limit) { printf "%s: %s of %d lines, at most %d\n", name, kind, length_, limit; faults++ }
}

function close_file() {
  if (path != "") report("file", lines, path, 400)
}

FNR == 1 { close_file(); path = FILENAME; lines = 0; depth = 0; code = 0; in_macro = 0 }

{
  lines++
  text = $0
  if (text ~ /^ *(\/\/.*)?$/ ) next
  if (text ~ /^ *#/) next
  code++
  at = indent(text)
  # The end of what began in this column.
  while (depth > 0 && text ~ /^ *}/ && at == column[depth]) {
    size = code - begin[depth] + 1
    if (kind[depth] == "class") {
      if (functions[depth] > 0) report("class", size, path ":" first[depth] ": " name[depth], 150)
    } else if (kind[depth] == "function") {
      report("function", size, path ":" first[depth] ": " name[depth], 40)
      if (depth > 1 && kind[depth - 1] == "class") functions[depth - 1]++
    }
    depth--
    break
  }
  if (text ~ /;$/ && text ~ /\)( const)?( noexcept)?( override)?;$/ && depth > 0 && kind[depth] == "class") functions[depth]++
  if (text ~ /^ *(template <.*> )?(class|struct|union) [A-Za-z_:]+( final)?( :.*)?( {)?$/ && text !~ /;$/) {
    pending = "class"; pending_at = at; pending_line = FNR; pending_code = code
    pending_name = text; sub(/^ *(template <.*> )?(class|struct|union) /, "", pending_name); sub(/[ :{].*/, "", pending_name)
  } else if (pending == "" && (depth == 0 || kind[depth] == "class") && text ~ /[A-Za-z_>~=\]]\(/ && text !~ /^ *(if|for|while|switch|return|else|case|namespace|static_assert|using|typedef|enum) ?[({ ]/ && text !~ /;$/ && text !~ /^ *[:,]/) {
    pending = "function"; pending_at = at; pending_line = FNR; pending_code = code
    pending_name = text; sub(/\(.*/, "", pending_name); sub(/^.*[ *&]/, "", pending_name)
  }
  if (pending != "" && text ~ /;$/ && text !~ /{/) pending = ""
  if (pending != "" && text ~ /{$/) {
    depth++
    kind[depth] = pending; column[depth] = pending_at; begin[depth] = pending_code; first[depth] = pending_line
    name[depth] = pending_name; functions[depth] = 0
    pending = ""
  } else if (pending != "" && text ~ /}$/) {
    if (depth > 0 && kind[depth] == "class" && pending == "function") functions[depth]++
    pending = ""
  }
}

END { close_file(); if (!table && faults > 0) exit 1 }
