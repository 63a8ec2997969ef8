"""The processes of a training that is spread over several devices. Each has all weights, and the same commands in the same order; their
gradients are added up before each step of the optimizer (data parallelism).
"""

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

import torch
import torch.distributed as dist
from torch import Tensor

from channel import Channel, Header, Tensors, write_frame
from failures import OUT_OF_MEMORY

# A process waits for the others as long as they compute; one that ends is noticed at once.
PATIENCE = timedelta(days=30)


class Ranks:
    """The place of this process among `count`."""

    def __init__(self, rank: int = 0, count: int = 1) -> None:
        self.rank = rank
        self.count = count

    def sum(self, tensor: Tensor) -> Tensor:
        """Adds up the tensors of all processes, in place; each gets the same sum."""
        if self.count > 1:
            dist.all_reduce(tensor)
        return tensor

    def gather(self, tensor: Tensor) -> Tensor:
        """The tensors of all processes, one after the other along the first axis."""
        if self.count == 1:
            return tensor
        whole = torch.empty((self.count * tensor.shape[0], *tensor.shape[1:]), dtype=tensor.dtype, device=tensor.device)
        dist.all_gather(list(whole.chunk(self.count)), tensor.contiguous())
        return whole


def device_of_rank(rank: int, device: torch.device) -> torch.device:
    return torch.device("cuda", rank) if device.type == "cuda" else device


def name_of(number: int) -> str:
    """The name of a signal, as Node has it."""
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"


def join(rank: int, count: int, device: torch.device, store: Any) -> Ranks:
    """Meets the other processes. The host's own network suffices."""
    os.environ.setdefault("GLOO_SOCKET_IFNAME", "lo0" if sys.platform == "darwin" else "lo")
    backend = "nccl" if device.type == "cuda" else "gloo"
    if device.type == "cuda":
        torch.cuda.set_device(device)
    dist.init_process_group(backend, store=store, rank=rank, world_size=count, timeout=PATIENCE)
    return Ranks(rank, count)


class FollowerChannel(Channel):
    """Commands come from the process that leads. Nothing is answered; a failure ends this process, which the leader notices."""

    def __init__(self, device: torch.device) -> None:
        super().__init__(commands=0, answers=os.open(os.devnull, os.O_WRONLY), device=device)

    def answer(self, header: Header, tensors: Mapping[str, Tensor] | None = None) -> None:
        if "error" in header:
            print(header["error"]["message"], file=sys.stderr, flush=True)
            os._exit(OUT_OF_MEMORY if header["error"]["code"] == "out-of-memory" else 1)


def join_leader(environment: "os._Environ[str]", device: torch.device) -> Ranks:
    """Meets the process that started this one: see Followers."""
    rank, count, port = (int(environment[f"LLMPIPE_TORCH_{name}"]) for name in ("RANK", "COUNT", "PORT"))
    return join(rank, count, device, dist.TCPStore("127.0.0.1", port, count, is_master=False, timeout=PATIENCE))  # type: ignore[attr-defined]


class Followers:
    """The other processes, as the first one starts and leads them. They read its commands from their stdin, and end with it."""

    def __init__(self, count: int, device: torch.device, failed: Callable[[dict[str, str]], None]) -> None:
        """Starts them. `failed` is called, in a thread, with what happened if one of them ends too early."""
        if device.type == "cuda" and count > torch.cuda.device_count():
            raise ValueError(f"{count} GPUs are asked for, and PyTorch sees {torch.cuda.device_count()}")
        self._closed = False
        self._failed = failed
        self._failure: dict[str, str] | None = None
        self._ended = threading.Event()
        # Port 0: the system chooses.
        store = dist.TCPStore("127.0.0.1", 0, count, is_master=True, timeout=PATIENCE, wait_for_workers=False)  # type: ignore[attr-defined]
        self._processes = [self._start(rank, count, store.port) for rank in range(1, count)]
        for rank, process in enumerate(self._processes, 1):
            threading.Thread(target=self._watch, args=(rank, count, process), daemon=True).start()
        self.ranks = join(0, count, device_of_rank(0, device), store)

    def _start(self, rank: int, count: int, port: int) -> "subprocess.Popen[bytes]":
        environment = {f"LLMPIPE_TORCH_{name}": str(value) for name, value in (("RANK", rank), ("COUNT", count), ("PORT", port))}
        main = Path(__file__).with_name("main.py")
        return subprocess.Popen([sys.executable, "-B", str(main)], stdin=subprocess.PIPE, env={**os.environ, **environment}, bufsize=0)

    def _watch(self, rank: int, count: int, process: "subprocess.Popen[bytes]") -> None:
        code = process.wait()
        if self._closed:
            return
        who = f"process {rank + 1} of {count}"
        if code == OUT_OF_MEMORY:
            failure = {"code": "out-of-memory", "message": f"{who} could not allocate what it needs"}
        else:
            # Node words it as it words the end of this process.
            failure = {"code": "ended", "who": who, **({"signal": name_of(-code)} if code < 0 else {"exit": str(code)})}
        self._failure = self._failure or failure
        self._ended.set()
        self._failed(self._failure)

    def failure(self) -> dict[str, str] | None:
        """How one of them ended, if one did. To be called after a failure here: theirs may be noticed a moment later."""
        self._ended.wait(timeout=5)
        return self._failure

    def forward(self, command: Header, tensors: Tensors) -> None:
        """Passes on a command, which they do not answer."""
        unanswered = {name: value for name, value in command.items() if name not in ("id", "tensors")}
        for process in self._processes:
            assert process.stdin is not None
            write_frame(process.stdin, unanswered, tensors)

    def close(self) -> None:
        """Ends them."""
        self._closed = True
        for process in self._processes:
            assert process.stdin is not None
            process.stdin.close()
        dist.destroy_process_group()
        for process in self._processes:
            process.wait()
