"""A batch divided by its rows: the module computes one part at a time, and several processes may share the parts of a batch."""

from collections.abc import Mapping
from math import prod
from typing import TypedDict

import torch
import torch.nn.functional as F
from torch import Tensor

from philox import dropout_mask
from ranks import Ranks


class Division(TypedDict):
    """How batches are divided. The loss of a batch is the sum of the losses of its parts, and rows of zeros add nothing to it."""

    parts: int
    # Rows of a whole batch.
    rows: int
    # The inputs and outputs that have a row for each row of the batch.
    inputs: list[str]
    outputs: list[str]


class Parts:
    def __init__(self, division: Division, ranks: Ranks) -> None:
        self._division = division
        self._ranks = ranks
        self._rows = -(-division["rows"] // division["parts"])

    @property
    def own(self) -> range:
        """The parts that this process computes."""
        count = self._division["parts"] // self._ranks.count
        return range(self._ranks.rank * count, (self._ranks.rank + 1) * count)

    def inputs(self, tensors: Mapping[str, Tensor], part: int) -> dict[str, Tensor]:
        """The inputs of a part, filled with rows of zeros at the end of the batch."""
        divided = self._division["inputs"]
        return {name: self._cut(tensor, part) if name in divided else tensor for name, tensor in tensors.items()}

    def _cut(self, tensor: Tensor, part: int) -> Tensor:
        rows = tensor[part * self._rows : (part + 1) * self._rows]
        missing = self._rows - rows.shape[0]
        return rows if missing == 0 else F.pad(rows, (0, 0) * (rows.dim() - 1) + (0, missing))

    def mask(self, name: str, key: tuple[int, int], step: int, rate: float, shape: list[int], part: int, device: torch.device) -> Tensor:
        """The rows of a mask of dropout: the same numbers whatever the number of parts is."""
        if name not in self._division["inputs"]:
            return dropout_mask(key, step, rate, shape, device)
        first = part * self._rows * prod(shape[1:])
        return dropout_mask(key, step, rate, [self._rows, *shape[1:]], device, first)

    def join(self, results: list[dict[str, Tensor]]) -> dict[str, Tensor]:
        """The outputs of the whole batch: rows are put together, and everything else is added up, over the parts of all processes."""
        if self._division["parts"] == 1:
            return results[0]
        return {name: self._joined(name, [each[name] for each in results]) for name in results[0]}

    def _joined(self, name: str, parts: list[Tensor]) -> Tensor:
        if name in self._division["outputs"]:
            return self._ranks.gather(torch.cat(parts))[: self._division["rows"]]
        return self._ranks.sum(torch.stack(parts).sum(0))
