#!/usr/bin/env bash
# dev_test.sh TREE FOLDER: ./dev in surroundings that are not the usual ones, with a cmake that only says how it is called.
set -euo pipefail
source_tree=$1 folder=$2
rm -rf "$folder"
mkdir -p "$folder/tree" "$folder/bin" "$folder/home" "$folder/elsewhere/tree"
folder=$(cd "$folder" && pwd -P)
cp "$source_tree/dev" "$folder/tree/dev"
tree=$folder/tree

cat >"$folder/bin/cmake" <<'STUB'
#!/bin/sh
echo "cmake in $PWD, ccache in ${CCACHE_DIR-home}: $*"
case "$1 $2" in
  "--preset dev")
    mkdir -p build/dev
    echo "CMAKE_HOME_DIRECTORY:INTERNAL=$PWD" >build/dev/CMakeCache.txt
    echo "CMAKE_CACHEFILE_DIR:INTERNAL=$PWD/build/dev" >>build/dev/CMakeCache.txt
    ;;
esac
STUB
printf '#!/bin/sh\nexit 0\n' >"$folder/bin/ctest"
printf '#!/bin/sh\nprintf installed\n' >"$folder/bin/dpkg-query"
for name in apt-get ccache; do cp "$folder/bin/ctest" "$folder/bin/$name"; done
chmod +x "$folder"/bin/*
export PATH=$folder/bin:$PATH HOME=$folder/home
unset CXX CCACHE_DIR CDPATH

fail() {
  printf '%s\n' "$@"
  exit 1
}

# says TEXT|- COMMAND…: the command succeeds, in the tree, and prints the text – or nothing of making anew.
says() {
  local text=$1 output
  shift
  output=$("$@" 2>&1) || fail "failed: $*" "$output"
  [[ $output == *"cmake in $tree, "* ]] || fail "not in $tree: $*" "$output"
  if [[ $text == - ]]; then
    [[ $output != *"made anew"* ]] || fail "made anew for no reason: $*" "$output"
  else
    [[ $output == *"$text"* ]] || fail "does not say '$text': $*" "$output"
  fi
}

cd "$folder"
says - "$tree/dev" test
says "ccache in home" tree/dev test
says - env CDPATH="$folder/elsewhere" tree/dev test
ln -s "$tree/dev" "$folder/link"
says - "$folder/link" test
ln -s "$tree" "$folder/linked_tree"
says - "$folder/linked_tree/dev" test
says "ccache in $tree/build/ccache" env -u HOME tree/dev test
says "ccache in $tree/build/ccache" env HOME=/nowhere tree/dev test
says "ccache in $folder/own" env HOME=/nowhere CCACHE_DIR="$folder/own" tree/dev test
says "CXX was '' and is 'clang++'; build/dev is made anew" env CXX=clang++ tree/dev test
says - env CXX=clang++ tree/dev test
says "CXX was 'clang++' and is ''" tree/dev test
mv "$tree" "$folder/moved"
tree=$folder/moved
says "the tree was moved; build/dev is made anew" "$tree/dev" test
says - "$tree/dev" test
