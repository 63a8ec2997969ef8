"""How processes share the batches of a step: they compute parts of each batch, divided by its rows, or take whole batches in turn."""

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
    # Whether the processes take whole batches in turn.
    inTurn: bool


class Parts:
    def __init__(self, division: Division, ranks: Ranks) -> None:
        self._division = division
        self._ranks = ranks
        self._rows = -(-division["rows"] // division["parts"])

    @property
    def own(self) -> range:
        """The parts that this process computes."""
        if self._division["inTurn"]:
            return range(1)
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


class Turns:
    """Batches that the processes take in turn. Their outputs are known once the step is complete."""

    def __init__(self, ranks: Ranks) -> None:
        self._ranks = ranks
        # The outputs of the batches of this step; `None` for those of other processes.
        self._outputs: list[dict[str, Tensor] | None] = []

    def begin(self) -> bool:
        """Begins the next batch. Whether this process computes it; `add` then takes its outputs."""
        self._outputs.append(None)
        return (len(self._outputs) - 1) % self._ranks.count == self._ranks.rank

    def add(self, outputs: dict[str, Tensor]) -> None:
        self._outputs[-1] = outputs

    def collect(self) -> list[dict[str, Tensor]]:
        """The outputs of all batches since the last call, in their order, for the first process; the others send theirs and get none."""
        outputs, self._outputs = self._outputs, []
        if self._ranks.rank > 0:
            for tensor in (tensor for each in outputs if each is not None for tensor in each.values()):
                self._ranks.send(tensor)
            return []
        whole: list[dict[str, Tensor]] = []
        for i, each in enumerate(outputs):
            # The first batch is computed here, and the outputs of all batches have the same shapes.
            whole.append(each or {name: self._ranks.receive(like, i % self._ranks.count) for name, like in whole[0].items()})
        return whole
