#!/bin/sh
# run.sh CORPUS READER…: runs the fuzz target of each reader in this folder for so many seconds as CAPSTAN_FUZZ_SECONDS says
# (20), from the inputs in CORPUS/<reader>. What a target finds is left here, and new inputs in found/.
set -eu
corpus=$1
shift
for reader; do
  mkdir -p "found/$reader"
  echo "fuzz_$reader"
  ./fuzz_"$reader" -max_total_time="${CAPSTAN_FUZZ_SECONDS:-20}" -rss_limit_mb=1024 -malloc_limit_mb=256 -max_len=16384 \
    -print_final_stats=1 -verbosity=0 -artifact_prefix="$reader-" "found/$reader" "$corpus/$reader"
done
