#!/bin/sh
# symbols.sh NM LIBRARY LIBRARY…: the first library uses no symbol of ours that neither it nor one of the others defines, so
# that it links with the rooms below it alone.
set -eu
nm=$1
shift
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
"$nm" --undefined-only --format=posix "$1" | awk '/^_Z.*7capstan/ { print $1 }' | sort -u >"$folder/used"
for library; do "$nm" --defined-only --format=posix "$library"; done | awk '/^_Z/ { print $1 }' | sort -u >"$folder/defined"
[ -s "$folder/defined" ] || {
  echo "no symbols were read of $*"
  exit 1
}
comm -23 "$folder/used" "$folder/defined" >"$folder/missing"
[ ! -s "$folder/missing" ] || {
  echo "$1 needs what a room above it defines:"
  cat "$folder/missing"
  exit 1
}
