# awk -f documented.awk HEADER…: finds public declarations without a line of documentation. Each class, struct, enum and free function
# needs a line of "///" above it, stands directly below a declaration that has one, as overloads do, or is what the head of
# the file explains ("// Tape: records …"). Public member functions need a comment in their paragraph, the lines between two
# empty ones. Not asked of: forward declarations, definitions of what was declared, what is defaulted or deleted, constructors
# and operators, formatters for fmt, what is private, and namespace detail. The code is formatted.

function indent(line) { match(line, /^ */); return RLENGTH }

function fault(line, what) { printf "%s:%d: %s has no line of documentation\n", FILENAME, line, what; faults++ }

function name_of(text) {
  sub(/^ *(template <[^{]*> )?/, "", text)
  if (text ~ /^(class|struct|union|enum class|enum) /) { sub(/^(class|struct|union|enum class|enum) (alignas\([0-9]+\) )?/, "", text); sub(/[ :{;].*/, "", text); return text }
  sub(/\(.*/, "", text); sub(/^.*[ *&]/, "", text); return text
}

# A declaration with parameters; not a variable with an initial value, nor a default argument's line.
function is_function(text) {
  if (text !~ /\(/ || text ~ /^ *(friend|using|static_assert|requires|:|,|{)/) return 0
  sub(/\(.*/, "", text)
  return gsub(/</, "<", text) == gsub(/>/, ">", text) && text !~ /[={"]/ || text ~ /operator/
}

# Whether the head of the file begins with the name, alone or in a list: "Array and Layout: …".
function in_head(name) { return name != "" && head ~ "(^|[ ,])" name "([ ,:]|$)" }

# A paragraph of members ends: one comment in it is enough.
function close_paragraph() {
  if (member_line > 0 && !paragraph_documented) fault(member_line, member_name)
  member_line = 0; paragraph_documented = 0
}

FNR == 1 {
  close_paragraph()
  documented = 0; class_depth = 0; in_detail = 0; continuing = 0; in_body = -1
  head = $0
  if (!sub(/^\/\/ /, "", head) || !sub(/:.*/, ":", head)) head = ""
}

{
  text = $0
  at = indent(text)
  if (text ~ /^namespace .*detail/) in_detail = 1
  if (text ~ /^}  \/\/ namespace/) in_detail = 0
  if (in_detail) next
  if (text ~ /^ *$/) { documented = 0; close_paragraph(); next }
  if (text ~ /^ *\/\/\//) { documented = 1; paragraph_documented = 1; next }
  if (text ~ /^ *\/\//) { paragraph_documented = class_depth > 0 ? 1 : paragraph_documented; next }
  if (text ~ /^ *#/) next
  if (text ~ /\/\/\/</) paragraph_documented = 1
  sub(/ *\/\/.*/, "", text)

  # The body or the rest of what was looked at ends where its first line began, or with its semicolon.
  if (in_body >= 0) { if (at == in_body && text ~ /^ *}/) in_body = -1; next }
  if (continuing) {
    if (text ~ /(;|})$/) continuing = 0
    else if (text ~ /{$/) { continuing = 0; in_body = continuing_at }
    next
  }
  while (class_depth > 0 && at == class_at[class_depth] && text ~ /^ *}/) { close_paragraph(); class_depth--; documented = 0; next }
  if (text ~ /^ *(public|protected|private):/) { access[class_depth] = text; sub(/^ */, "", access[class_depth]); close_paragraph(); next }
  if (text ~ /^(namespace|}|using|extern|inline constexpr|constexpr [a-zA-Z:_]+ [a-z_]+ =|static_assert)/) { documented = 0; next }
  if (text ~ /^ *(template <|requires)/ && text !~ /\(/ ) next  # the declaration follows
  if (text ~ /^template <>/) { documented = 1; next }

  if (text ~ /^ *(class|struct|union|enum class|enum) / && text !~ /;$/) {
    is_private = class_depth > 0 && access[class_depth] ~ /^(private|protected)/
    if (!documented && !is_private && !in_head(name_of(text)) && text !~ /fmt::formatter|boost::/) fault(FNR, name_of(text))
    documented = 0
    if (text ~ /}/) next
    if (text ~ /^ *enum/) { in_body = at; next }
    class_depth++; class_at[class_depth] = at; class_name[class_depth] = name_of(text)
    access[class_depth] = text ~ /^ *class/ ? "private:" : "public:"
    if (is_private || text ~ /fmt::formatter|boost::/) access[class_depth] = "private: all"
    if (text !~ /{/) { continuing = 1; continuing_at = -1 }
    next
  }
  if (is_function(text)) {
    exempt = text ~ /operator|= default|= delete|~|[A-Za-z]::[A-Za-z]+\(/
    if (class_depth == 0) {
      if (!documented && !exempt && !in_head(name_of(text))) fault(FNR, name_of(text))
    } else if (access[class_depth] ~ /^public/ && !exempt && member_line == 0 && name_of(text) != class_name[class_depth]) {
      member_line = FNR; member_name = name_of(text)
    }
  } else if (class_depth == 0) documented = 0
  if (text ~ /(;|})$/) next
  if (text ~ /{$/) { in_body = at; next }
  continuing = 1; continuing_at = at
}

END { close_paragraph(); if (faults > 0) exit 1 }
