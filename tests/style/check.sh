#!/bin/sh
# check.sh CHECK FOLDER… [--without FILE…]: runs CHECK.awk over the C++ files in the folders, from the root of the project.
set -eu
check=$(dirname -- "$0")/$1.awk
shift
folders=""
without=""
while [ $# -gt 0 ] && [ "$1" != --without ]; do folders="$folders $1" && shift; done
if [ $# -gt 0 ]; then
  shift
  for file; do without="$without -not -path $file"; done
fi
# shellcheck disable=SC2086  # lists of names without spaces
files=$(find $folders -name '*.[ch]pp' $without | sort)
[ "$files" ] || { echo "check.sh: no files in$folders" >&2; exit 2; }
printf '%s\n' "$files" | xargs awk -f "$check"
