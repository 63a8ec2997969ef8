"""The processes of a training that is spread over several devices. Each has all weights, and the same commands in the same order; their
gradients are added up before each step of the optimizer (data parallelism).
"""

import os
import shutil
import socket
import sys
import tempfile
import threading
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any, Protocol

import torch
import torch.distributed as dist
from torch import Tensor

from channel import Channel, Header, Tensors, parts_of_frame
from group import OUT_OF_MEMORY, Group, Meeting
from nodes import Elsewhere, OtherNodes, use_network

# A process waits for the others as long as they compute; one that ends is noticed at once.
PATIENCE = timedelta(days=30)


class Pending(Protocol):
    """A transfer under way."""

    def wait(self) -> object: ...


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

    def share(self, tensor: Tensor) -> None:
        """Replaces each stretch of a flat tensor by that of its process: `count` stretches of one size, in the order of the processes."""
        if self.count > 1:
            stretches = list(tensor.chunk(self.count))
            dist.all_gather(stretches, stretches[self.rank].clone())

    def give(self, tensor: Tensor, rank: int) -> "Pending":
        """Begins to replace the tensors of all processes by that of one."""
        return dist.broadcast(tensor, src=rank, async_op=True)  # type: ignore[return-value]

    def sum_at(self, tensor: Tensor, rank: int) -> "Pending":
        """Begins to add up the tensors of all processes, in one of them; those of the others are worth nothing afterwards."""
        return dist.reduce(tensor, dst=rank, async_op=True)  # type: ignore[return-value]

    def send(self, tensor: Tensor) -> None:
        """Sends a tensor to the first process."""
        dist.send(tensor.contiguous(), dst=0)

    def receive(self, like: Tensor, rank: int) -> Tensor:
        """The next tensor that a process sends; it has the shape and type of `like`."""
        received = torch.empty_like(like, memory_format=torch.contiguous_format)
        dist.recv(received, src=rank)
        return received


def device_of_rank(rank: int, device: torch.device) -> torch.device:
    """The device of a process by its rank among those of its machine."""
    return torch.device("cuda", rank) if device.type == "cuda" else device


def join(rank: int, count: int, device: torch.device, meeting: Meeting, store: Any = None) -> Ranks:
    """Meets the other processes; the first one has the `store` of a port. On a machine that is alone, none can be reached from outside."""
    if "FILE" in meeting:
        for backend in ("GLOO", "NCCL"):
            os.environ.setdefault(f"{backend}_SOCKET_IFNAME", "lo0" if sys.platform == "darwin" else "lo")
        store = dist.FileStore(meeting["FILE"], count)  # type: ignore[attr-defined]
        store.set_timeout(PATIENCE)
    elif store is None:
        store = dist.TCPStore(meeting["HOST"], meeting["PORT"], count, is_master=False, timeout=PATIENCE)  # type: ignore[attr-defined]
    backend = "nccl" if device.type == "cuda" else "gloo"
    if device.type == "cuda":
        torch.cuda.set_device(device)
    dist.init_process_group(backend, store=store, rank=rank, world_size=count, timeout=PATIENCE)
    return Ranks(rank, count)


class FollowerChannel(Channel):
    """Commands come from the process that leads. Nothing is answered; a failure ends this process, which the leader notices."""

    def __init__(self, device: torch.device) -> None:
        super().__init__(commands=0, answers=os.open(os.devnull, os.O_WRONLY), device=device)

    def ended(self) -> None:
        """Removes the file of the meeting, which the first process could not if it was killed."""
        remove_meeting(meeting_in(os.environ))

    def answer(self, header: Header, tensors: Mapping[str, Tensor] | None = None) -> None:
        if "error" in header:
            print(header["error"]["message"], file=sys.stderr, flush=True)
            os._exit(OUT_OF_MEMORY if header["error"]["code"] == "out-of-memory" else 1)


def join_leader(environment: "os._Environ[str]", device: torch.device) -> Ranks:
    """Meets the process that started this one: see Group."""
    rank, count = (int(environment[f"LLMPIPE_TORCH_{name}"]) for name in ("RANK", "COUNT"))
    return join(rank, count, device, meeting_in(environment))


def meeting_in(environment: "os._Environ[str]") -> Meeting:
    """Where a process that follows another meets it."""
    file = environment.get("LLMPIPE_TORCH_FILE")
    if file is not None:
        return {"FILE": file}
    return {"HOST": environment["LLMPIPE_TORCH_HOST"], "PORT": int(environment["LLMPIPE_TORCH_PORT"])}


def remove_meeting(meeting: Meeting) -> None:
    if "FILE" in meeting:
        shutil.rmtree(os.path.dirname(meeting["FILE"]), ignore_errors=True)


class Followers:
    """The other processes, as the first one starts and leads them: those of this machine, and those of other nodes."""

    def __init__(
        self, count: int, each: int, device: torch.device, failed: Callable[[dict[str, str]], None], elsewhere: Elsewhere | None
    ) -> None:
        """Starts them; each node has `each`. `failed` is called, in a thread, with what happened if one of them ends too early."""
        if device.type == "cuda" and min(count, each) > torch.cuda.device_count():
            raise ValueError(f"{min(count, each)} GPUs are asked for, and PyTorch sees {torch.cuda.device_count()}")
        # The numbers of the tensors that they keep.
        self._kept: set[int] = set()
        self._failed = failed
        self._failure: dict[str, str] | None = None
        self._ended = threading.Event()
        self._others = None
        machine, store = None, None
        if elsewhere is None:
            # A TCPStore listens on all networks, and believes everybody. In this folder, only this user can read and write.
            self._meeting: Meeting = {"FILE": os.path.join(tempfile.mkdtemp(prefix="llmpipe-torch-"), "store")}
        else:
            # Port 0: the system chooses.
            store = dist.TCPStore(elsewhere["host"], 0, count, is_master=True, timeout=PATIENCE, wait_for_workers=False)  # type: ignore[attr-defined]
            self._meeting = {"HOST": elsewhere["host"], "PORT": store.port}
            self._others = OtherNodes(elsewhere, {"count": count, "each": each, "port": store.port}, self._note)
            use_network(self._others.wait())
            machine = socket.gethostname()
        # Its processes inherit the network.
        self._here = Group(range(1, min(each, count)), count, each, self._meeting, self._note, machine)
        self.ranks = join(0, count, device_of_rank(0, device), self._meeting, store)

    def _note(self, failure: dict[str, str]) -> None:
        self._failure = self._failure or failure
        self._ended.set()
        self._failed(self._failure)

    def failure(self) -> dict[str, str] | None:
        """How one of them ended, if one did. To be called after a failure here: theirs may be noticed a moment later."""
        self._ended.wait(timeout=5)
        return self._failure

    def keep(self, tensors: Mapping[int, Tensor]) -> None:
        """Gives them tensors that commands to come name, unless they have them."""
        for number in tensors.keys() - self._kept:
            self._kept.add(number)
            self.forward({"do": "keep", "tensor": number}, {"tensor": tensors[number].cpu()})

    def drop(self, numbers: list[int]) -> None:
        """Lets them drop tensors, of which they may have some."""
        known = [number for number in numbers if number in self._kept]
        if known:
            self._kept.difference_update(known)
            self.forward({"do": "drop", "kept": known}, {})

    def forward(self, command: Header, tensors: Tensors) -> None:
        """Passes on a command, which they do not answer."""
        unanswered = {name: value for name, value in command.items() if name not in ("id", "tensors")}
        parts = parts_of_frame(unanswered, tensors)
        if self._others is not None:
            self._others.send(b"".join(parts))
        self._here.send(*parts)

    def close(self) -> None:
        """Ends them."""
        if self._others is not None:
            self._others.begin_close()
        self._here.begin_close()
        dist.destroy_process_group()
        for each in (self._here, self._others):
            if each is not None:
                each.close()
        remove_meeting(self._meeting)
