#!/bin/sh
# run.sh CORPUS READER…: runs the fuzz target of each reader in this folder for so many seconds as CAPSTAN_FUZZ_SECONDS says
# (20), two at a time, from the inputs in CORPUS/<reader>. What a target finds is left here, and new inputs in found/.
set -eu
corpus=$1
shift
printf '%s\n' "$@" | xargs -P 2 -I reader sh -c '
  mkdir -p "found/$1"
  ./fuzz_"$1" -max_total_time="${CAPSTAN_FUZZ_SECONDS:-20}" -rss_limit_mb=1024 -malloc_limit_mb=256 -max_len=16384 \
    -print_final_stats=1 -verbosity=0 -artifact_prefix="$1-" "found/$1" "$2/$1" >"$1.log" 2>&1
  code=$?
  echo "fuzz_$1"
  cat "$1.log"
  exit $code' sh reader "$corpus"
