"""Rows of batches that the processes of a session divide: each computes as many, in the order of their ranks."""

from collections.abc import Mapping, Sequence
from typing import TypeVar

import torch
from torch import Tensor

from ranks import Ranks

T = TypeVar("T")


class Lanes:
    def __init__(self, ranks: Ranks | None = None, inputs: Sequence[str] = ()) -> None:
        """`inputs` are those that have rows for all processes. Without `ranks`, this process computes all rows."""
        self._ranks = ranks or Ranks()
        self._inputs = frozenset(inputs)

    def own(self, rows: Sequence[T]) -> list[T]:
        """The rows of this process."""
        each = len(rows) // self._ranks.count
        return list(rows[self._ranks.rank * each : (self._ranks.rank + 1) * each])

    def own_places(self, places: Sequence[int], rows: int) -> list[int]:
        """The places of rows in this process, which has `rows` of them, from their places in all."""
        return [place - self._ranks.rank * rows for place in self.own(places)]

    def cut(self, tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
        """The inputs for the rows of this process."""
        return {name: self._cut(tensor) if name in self._inputs else tensor for name, tensor in tensors.items()}

    def _cut(self, tensor: Tensor) -> Tensor:
        return tensor.chunk(self._ranks.count)[self._ranks.rank]

    def join(self, outputs: Mapping[str, Tensor]) -> dict[str, Tensor]:
        """The outputs for all rows."""
        with torch.inference_mode():
            return {name: self._ranks.gather(tensor) for name, tensor in outputs.items()}
