"""The two pipes to Node. Both carry frames:

    "llmp"          4 bytes
    header length   uint32, little-endian
    body length     uint64, little-endian
    header          JSON; `tensors` lists the name, dtype and shape of each tensor of the body
    body            the tensors, row-major, one after the other

A thread reads, so that the end of Node is noticed at once, whatever is being computed. Another writes, so that an answer that a GPU has
not computed yet delays no command.
"""

import ctypes
import json
import os
import queue
import struct
import sys
import threading
import traceback
from collections.abc import Mapping
from math import prod
from typing import IO, Any, BinaryIO

import torch
from torch import Tensor

from failures import exit_code_of

Header = Mapping[str, Any]
Tensors = dict[str, Tensor]

MAGIC = b"llmp"
PREFIX = struct.Struct("<4sIQ")
# Larger bodies are weights, which are sent once; pinned memory is kept for the next tensors of its size.
MOST_PINNED = 1 << 26
DTYPES = {"float32": torch.float32, "int32": torch.int32}


class Channel:
    def __init__(self, commands: int, answers: int, device: torch.device) -> None:
        """For a GPU, the tensors of commands lie in memory from which it copies by itself: the copy delays no command."""
        self._device = device
        self._commands = os.fdopen(commands, "rb", buffering=1 << 16)
        self._answers = os.fdopen(answers, "wb", buffering=0)
        self._received: queue.SimpleQueue[tuple[Header, Tensors]] = queue.SimpleQueue()
        self._sent: queue.SimpleQueue[tuple[Header, Tensors, torch.cuda.Event | None]] = queue.SimpleQueue()
        threading.Thread(target=self._until_end, args=(self._read,), daemon=True).start()
        threading.Thread(target=self._until_end, args=(self._write,), daemon=True).start()

    def next(self) -> tuple[Header, Tensors]:
        """The next command and its tensors, on the CPU."""
        return self._received.get()

    def answer(self, header: Header, tensors: Mapping[str, Tensor] | None = None) -> None:
        """Sends an answer after those before it. Tensors of a GPU are sent once they are computed; the caller does not wait."""
        hosted = {name: to_host(tensor) for name, tensor in (tensors or {}).items()}
        computed = None
        if tensors and any(tensor.is_cuda for tensor in tensors.values()):
            computed = torch.cuda.Event()  # type: ignore[no-untyped-call]
            computed.record()
        self._sent.put((header, hosted, computed))

    def ended(self) -> None:
        """Is called at the end of a pipe, before this process ends."""

    def _until_end(self, work: Any) -> None:
        """Repeats `work`. The process ends with the pipe, and if `work` fails: without this thread, Node would wait forever."""
        # A thread that names no GPU would use memory of the first.
        if self._device.type == "cuda" and self._device.index is not None:
            torch.cuda.set_device(self._device)
        try:
            while True:
                work()
        except (EOFError, OSError):
            self.ended()
            os._exit(0)
        except BaseException as error:
            traceback.print_exc()
            sys.stderr.flush()
            os._exit(exit_code_of(error))

    def _read(self) -> None:
        magic, header_length, body_length = PREFIX.unpack(read_exactly(self._commands, PREFIX.size))
        if magic != MAGIC:
            raise ValueError("the command is no frame")
        header = json.loads(read_exactly(self._commands, header_length))
        body = torch.empty(body_length, dtype=torch.uint8, pin_memory=self._device.type == "cuda" and body_length <= MOST_PINNED)
        read_into(self._commands, bytes_of(body))
        self._received.put((header, tensors_in(header, body)))

    def _write(self) -> None:
        header, tensors, computed = self._sent.get()
        if computed is not None:
            computed.synchronize()
        write_frame(self._answers, header, tensors)


def write_frame(file: IO[bytes], header: Header, tensors: Mapping[str, Tensor]) -> None:
    """Writes a frame; the tensors are contiguous and in host memory."""
    for part in parts_of_frame(header, tensors):
        write_all(file, part)


def parts_of_frame(header: Header, tensors: Mapping[str, Tensor]) -> list[memoryview]:
    """The bytes of a frame; those of tensors are their memory."""
    described = [
        {"name": name, "dtype": str(tensor.dtype).removeprefix("torch."), "shape": list(tensor.shape)} for name, tensor in tensors.items()
    ]
    text = json.dumps({**header, "tensors": described}).encode()
    body_length = sum(tensor.numel() * tensor.element_size() for tensor in tensors.values())
    return [memoryview(PREFIX.pack(MAGIC, len(text), body_length) + text), *(bytes_of(tensor) for tensor in tensors.values())]


def tensors_in(header: Header, body: Tensor) -> Tensors:
    """The tensors of a frame; they share the memory of its body."""
    tensors: Tensors = {}
    at = 0
    for described in header.get("tensors", []):
        dtype = DTYPES[described["dtype"]]
        end = at + prod(described["shape"]) * dtype.itemsize
        tensors[described["name"]] = body[at:end].view(dtype).view(described["shape"])
        at = end
    return tensors


def to_host(tensor: Tensor) -> Tensor:
    """The tensor in host memory, as float32 or int32. That of a GPU may not be there yet."""
    plain = tensor.detach().to(torch.float32 if tensor.is_floating_point() else torch.int32).contiguous()
    if not plain.is_cuda:
        # The memory of the tensor may be written again before the answer is sent.
        return plain.clone()
    return torch.empty(plain.shape, dtype=plain.dtype, pin_memory=True).copy_(plain, non_blocking=True)


def bytes_of(tensor: Tensor) -> memoryview:
    """The memory of a contiguous tensor in host memory, which must outlive the result."""
    size = tensor.numel() * tensor.element_size()
    if size == 0:
        return memoryview(b"")
    return memoryview((ctypes.c_char * size).from_address(tensor.data_ptr())).cast("B")


def read_into(file: BinaryIO, target: memoryview) -> None:
    done = 0
    while done < len(target):
        count = file.readinto(target[done:])  # type: ignore[attr-defined]
        if not count:
            raise EOFError
        done += count


def read_exactly(file: BinaryIO, size: int) -> bytes:
    content = bytearray(size)
    read_into(file, memoryview(content))
    return bytes(content)


def write_all(file: IO[bytes], content: memoryview) -> None:
    done = 0
    while done < len(content):
        done += file.write(content[done : done + (1 << 30)])
