"""Flat arrays of a training, as checkpoints read and write them: those that every process has, and those that the processes divide."""

from collections.abc import Iterator

import torch
from torch import Tensor

from ranks import Ranks

# Numbers that pass through the host at once.
CHUNK = 1 << 24


def stretch_size(length: int, ranks: Ranks) -> int:
    """The length of the stretches of an array; the last one may be shorter, and more may be empty."""
    return -(-length // ranks.count)


class Whole:
    """An array that every process has."""

    def __init__(self, values: Tensor) -> None:
        self.values = values
        self.length = values.numel()

    def parts(self) -> Iterator[Tensor]:
        """The array in pieces, each in host memory."""
        for part in torch.split(self.values, CHUNK):
            yield part.cpu()

    def put(self, at: int, part: Tensor) -> None:
        """Copies numbers to the places from `at` on."""
        self.values[at : at + part.numel()].copy_(part)


class Shard:
    """An array of which each process has one stretch: the moments of an optimizer, or weights."""

    def __init__(self, length: int, ranks: Ranks, device: torch.device) -> None:
        self.length = length
        self._ranks = ranks
        self._size = stretch_size(length, ranks)
        self.begin, self.end = self.stretch(ranks.rank)
        self.values = torch.zeros(self.end - self.begin, device=device)

    def stretch(self, rank: int) -> tuple[int, int]:
        """The begin and the end of the stretch of a process."""
        return min(rank * self._size, self.length), min((rank + 1) * self._size, self.length)

    def parts(self) -> Iterator[Tensor]:
        """The whole array in pieces, for the first process. Every process has to iterate; the others send their stretch and get nothing."""
        if self._ranks.rank > 0:
            for part in torch.split(self.values, CHUNK):
                self._ranks.send(part)
            return
        for part in torch.split(self.values, CHUNK):
            yield part.cpu()
        for rank in range(1, self._ranks.count):
            begin, end = self.stretch(rank)
            for at in range(begin, end, CHUNK):
                yield self._ranks.receive(self.values.new_empty(min(CHUNK, end - at)), rank).cpu()

    def put(self, at: int, part: Tensor) -> None:
        """Copies the numbers of a piece that are in the stretch of this process; `at` is the place of the piece in the array."""
        first, last = max(at, self.begin), min(at + part.numel(), self.end)
        if first < last:
            self.values[first - self.begin : last - self.begin].copy_(part[first - at : last - at])


Array = Whole | Shard
