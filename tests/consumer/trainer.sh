#!/bin/sh
# trainer.sh PROGRAM: the demo's trainer must be one file of at most 4 MB that needs nothing but the C++ runtime, and train.
set -eu
strip -o trainer "$1"
bytes=$(stat -c %s trainer)
needs=$(ldd trainer | awk '{print $1}')
echo "trainer: $bytes bytes; needs" $needs
[ "$bytes" -le 4000000 ] || { echo "trainer: more than 4 MB"; exit 1; }
for library in $needs; do
  case "$library" in
    linux-vdso.so.* | libstdc++.so.* | libm.so.* | libgcc_s.so.* | libc.so.* | /lib*/ld-linux-*) ;;
    *) echo "trainer: $library is none of the C++ runtime's"; exit 1 ;;
  esac
done
./trainer --examples 4000 --epochs 2 --expect 0.7 --save net.safetensors
./trainer --load net.safetensors --expect 0.7 >answer
cat answer
accuracies=$(sed -n 's/.*test accuracy \(0\.[0-9]*\).*/\1/p' answer | sort -u | wc -l)
[ "$accuracies" -eq 1 ] || { echo "trainer: the net is not as good as when it was saved"; exit 1; }
