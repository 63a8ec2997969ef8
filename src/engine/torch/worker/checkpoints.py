"""Checkpoint files: safetensors with a digest, byte for byte those of src/train/step/checkpoint-file.ts.

https://github.com/huggingface/safetensors#format
"""

import hashlib
import json
import os
import struct
from collections.abc import Iterator, Mapping
from typing import Any, BinaryIO

import torch
from torch import Tensor

from channel import bytes_of, read_exactly, read_into
from layout import Slot
from shards import CHUNK, Array

Arrays = Mapping[str, Array]

LONGEST_HEADER = 100_000_000


def write_checkpoint(path: str, arrays: Arrays, metadata: Mapping[str, str]) -> None:
    """Writes flat float32 arrays in their order, with the SHA-256 of their names and bytes, and syncs the file."""
    digest = hashlib.sha256()
    with open(path, "wb") as file:
        # The digest is known at the end, and the length of the header before.
        file.write(header_of(arrays, {**metadata, "digest": "0" * 64}))
        for name, array in arrays.items():
            digest.update(name.encode())
            for part in array.parts():
                content = bytes_of(part)
                digest.update(content)
                file.write(content)
        file.seek(0)
        file.write(header_of(arrays, {**metadata, "digest": digest.hexdigest()}))
        file.flush()
        os.fsync(file.fileno())


def write_weights(path: str, array: Array, slots: list[Slot]) -> None:
    """Writes the float32 weights of a flat array one after the other, in the order of their slots."""
    entries: dict[str, Any] = {}
    end = 0
    for slot in slots:
        start, end = end, end + 4 * slot["size"]
        entries[slot["name"]] = {"dtype": "F32", "shape": slot["shape"], "data_offsets": [start, end]}
    with open(path, "wb") as file:
        file.write(header_bytes(entries))
        done = 0
        left = iter(slots)
        current = next(left, None)
        for part in array.parts():
            # Between slots there are numbers that only align them.
            while current is not None and current["start"] < done + part.numel():
                end = current["start"] + current["size"]
                last = min(end, done + part.numel())
                file.write(bytes_of(part[max(current["start"], done) - done : last - done]))
                if end > last:
                    break
                current = next(left, None)
            done += part.numel()


def read_checkpoint(path: str, arrays: Arrays) -> dict[str, str] | None:
    """Copies the arrays of a file to `arrays`, and returns its metadata; None, and nothing is copied, if the file is corrupt."""
    try:
        with open(path, "rb") as file:
            length = struct.unpack("<Q", read_exactly(file, 8))[0]
            if length > LONGEST_HEADER:
                return None
            header: dict[str, Any] = json.loads(read_exactly(file, length))
            metadata: dict[str, str] = header.pop("__metadata__")
            begin = file.tell()
            if header != entries_of(arrays) or os.fstat(file.fileno()).st_size != begin + size_of(arrays):
                return None
            digest = hashlib.sha256()
            for name, array in arrays.items():
                digest.update(name.encode())
                for part in parts_in(file, array.length):
                    digest.update(bytes_of(part))
            if digest.hexdigest() != metadata["digest"]:
                return None
            # A second pass, so that a file that proves corrupt at its end has changed nothing.
            file.seek(begin)
            for array in arrays.values():
                done = 0
                for part in parts_in(file, array.length):
                    array.put(done, part)
                    done += part.numel()
            return metadata
    except (EOFError, KeyError, OSError, UnicodeDecodeError, ValueError, struct.error):
        return None


def header_of(arrays: Arrays, metadata: Mapping[str, str]) -> bytes:
    return header_bytes({"__metadata__": metadata, **entries_of(arrays)})


def header_bytes(entries: Mapping[str, Any]) -> bytes:
    text = json.dumps(entries, ensure_ascii=False, separators=(",", ":")).encode()
    # Spaces, so that the arrays are aligned.
    text += b" " * (-len(text) % 8)
    return struct.pack("<Q", len(text)) + text


def entries_of(arrays: Arrays) -> dict[str, Any]:
    entries: dict[str, Any] = {}
    end = 0
    for name, array in arrays.items():
        start, end = end, end + 4 * array.length
        entries[name] = {"dtype": "F32", "shape": [array.length], "data_offsets": [start, end]}
    return entries


def size_of(arrays: Arrays) -> int:
    return sum(4 * array.length for array in arrays.values())


def parts_in(file: BinaryIO, length: int) -> Iterator[Tensor]:
    """The next `length` numbers of a file, in pieces. Each is valid until the next."""
    buffer = torch.empty(min(CHUNK, length), dtype=torch.float32)
    for at in range(0, length, CHUNK):
        filled = buffer[: min(CHUNK, length - at)]
        read_into(file, bytes_of(filled))
        yield filled
