#!/bin/sh
# python_test.sh PYTHON WRITER SCRIPT: the writer's files are read by the script.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
"$2" "$folder"
"$1" "$3" "$folder/net.safetensors" "$folder/arrays.npz" "$folder/deflated.npz"
