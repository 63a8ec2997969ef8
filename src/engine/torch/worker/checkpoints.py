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

# Bytes that pass through the host at once.
CHUNK = 1 << 26
LONGEST_HEADER = 100_000_000


def write_checkpoint(path: str, arrays: Mapping[str, Tensor], metadata: Mapping[str, str]) -> None:
    """Writes flat float32 arrays in their order, with the SHA-256 of their names and bytes, and syncs the file."""
    digest = hashlib.sha256()
    with open(path, "wb") as file:
        # The digest is known at the end, and the length of the header before.
        file.write(header_of(arrays, {**metadata, "digest": "0" * 64}))
        for name, array in arrays.items():
            digest.update(name.encode())
            for part in chunks(array):
                content = bytes_of(part)
                digest.update(content)
                file.write(content)
        file.seek(0)
        file.write(header_of(arrays, {**metadata, "digest": digest.hexdigest()}))
        file.flush()
        os.fsync(file.fileno())


def read_checkpoint(path: str, arrays: Mapping[str, Tensor]) -> dict[str, str] | None:
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
                for part in parts_in(file, array):
                    digest.update(bytes_of(part))
            if digest.hexdigest() != metadata["digest"]:
                return None
            # A second pass, so that a file that proves corrupt at its end has changed nothing.
            file.seek(begin)
            for array in arrays.values():
                done = 0
                for part in parts_in(file, array):
                    array[done : done + part.numel()].copy_(part)
                    done += part.numel()
            return metadata
    except (EOFError, KeyError, OSError, UnicodeDecodeError, ValueError, struct.error):
        return None


def header_of(arrays: Mapping[str, Tensor], metadata: Mapping[str, str]) -> bytes:
    text = json.dumps({"__metadata__": metadata, **entries_of(arrays)}, ensure_ascii=False, separators=(",", ":")).encode()
    # Spaces, so that the arrays are aligned.
    text += b" " * (-len(text) % 8)
    return struct.pack("<Q", len(text)) + text


def entries_of(arrays: Mapping[str, Tensor]) -> dict[str, Any]:
    entries: dict[str, Any] = {}
    end = 0
    for name, array in arrays.items():
        start, end = end, end + 4 * array.numel()
        entries[name] = {"dtype": "F32", "shape": [array.numel()], "data_offsets": [start, end]}
    return entries


def size_of(arrays: Mapping[str, Tensor]) -> int:
    return sum(4 * array.numel() for array in arrays.values())


def chunks(array: Tensor) -> Iterator[Tensor]:
    """The parts of a flat array, each in host memory."""
    for part in torch.split(array, CHUNK // 4):
        yield part.cpu()


def parts_in(file: BinaryIO, array: Tensor) -> Iterator[Tensor]:
    """The next bytes of a file as parts of an array like this one. Each is valid until the next."""
    buffer = torch.empty(min(CHUNK // 4, array.numel()), dtype=torch.float32)
    for part in torch.split(array, CHUNK // 4):
        filled = buffer[: part.numel()]
        read_into(file, bytes_of(filled))
        yield filled
