"""read_files.py NET.safetensors ARCHIVE.npz...: reads what the library writes, by nothing but Python's own modules.

With the files of write_files.cpp it checks every number; `python3 read_files.py file` of other files prints what is there.
"""
import ast
import json
import math
import struct
import sys
import zipfile

FORMATS = {"F32": "f", "F64": "d", "I32": "i", "<f4": "f", "<f8": "d", "<i4": "i"}


def numbers(data, kind, shape):
    count = math.prod(shape)
    return list(struct.unpack(f"<{count}{FORMATS[kind]}", data))


def read_safetensors(path):
    with open(path, "rb") as file:
        text = file.read()
    (length,) = struct.unpack("<Q", text[:8])
    header = json.loads(text[8 : 8 + length].decode("utf-8"))
    metadata = header.pop("__metadata__", {})
    tensors = {}
    for name, entry in header.items():
        begin, end = (8 + length + offset for offset in entry["data_offsets"])
        tensors[name] = (entry["shape"], numbers(text[begin:end], entry["dtype"], entry["shape"]))
    return metadata, tensors


def read_npz(path):
    arrays = {}
    with zipfile.ZipFile(path) as archive:
        assert archive.testzip() is None
        for name in archive.namelist():
            text = archive.read(name)
            assert text[:8] == b"\x93NUMPY\x01\x00"
            (length,) = struct.unpack("<H", text[8:10])
            assert (10 + length) % 64 == 0
            header = ast.literal_eval(text[10 : 10 + length].decode("latin1"))
            assert not header["fortran_order"]
            arrays[name.removesuffix(".npy")] = (
                list(header["shape"]),
                numbers(text[10 + length :], header["descr"], header["shape"]),
            )
    return arrays


def check(found, wanted):
    if found != wanted:
        sys.exit(f"read_files: found {found}, and not {wanted}")


def main():
    net, archives = sys.argv[1], sys.argv[2:]
    metadata, tensors = read_safetensors(net)
    if not archives:
        for name, (shape, values) in tensors.items():
            print(name, shape, values[:4])
        print({key: text[:80] for key, text in metadata.items()})
        return
    check(metadata["accuracy"], "0.5")
    check(json.loads(metadata["capstan.model"])["layers"], [2, 3, 1])
    check(tensors, {"W1": ([3, 2], [1.5] * 6), "b1": ([3, 1], [-2.0] * 3), "W2": ([1, 3], [0.25] * 3), "b2": ([1, 1], [3.0])})
    for archive in archives:
        check(
            read_npz(archive),
            {
                "counts": ([3], [1, 2, 3]),
                "grid": ([2, 3], [0.5, 1.5, 2.5, 3.5, 4.5, 5.5]),
                "turned": ([3, 2], [1.0, 4.0, 2.0, 5.0, 3.0, 6.0]),
            },
        )
    print("read_files: all numbers are right")


main()
