"""Keys and values of texts that a model writes. The twin of src/train/generation/memory.ts."""

import re
from collections.abc import Mapping

import torch
from torch import Tensor

from lanes import Lanes

# Masks add this to logits that must not count: `masked` of src/model/ops.ts.
MASKED = -1e9

Parts = dict[str, list[int]]


class Memory:
    """`keys.n` and `values.n`, [texts, groups, room, size] each, and the mask of a step, [texts, 1, 1, room + 1]."""

    def __init__(self, parts: Parts, texts: int, room: int, device: torch.device, lanes: Lanes) -> None:
        """`texts` are those of this process."""
        self._lanes = lanes
        self._parts = {name: torch.zeros(shape, device=device) for name, shape in parts.items()}
        self._room = room
        self._mask = torch.full((texts, 1, 1, room + 1), MASKED, device=device)
        self._mask[..., room] = 0

    def past(self) -> dict[str, Tensor]:
        """The inputs of a graph with a past of `room`: see src/model/attention/past.ts."""
        named = {re.sub(r"^(keys|values)\.(\d+)$", r"past.\2.\1", name): part for name, part in self._parts.items()}
        return {**named, "mask": self._mask}

    def append(self, outputs: Mapping[str, Tensor], filled: list[int], counts: list[int]) -> dict[str, Tensor]:
        """Keeps the first `counts[i]` new keys and values of text i behind the `filled[i]` there. Returns the other outputs."""
        if max(counts) <= 1:
            self._append_one(outputs, filled, counts)
        else:
            for text, (begin, count) in enumerate(zip(filled, counts, strict=True)):
                for name, part in self._parts.items():
                    part[text, :, begin : begin + count] = outputs[name][text, :, :count]
                self._mask[text, :, :, begin : begin + count] = 0
        return {name: tensor for name, tensor in outputs.items() if name not in self._parts}

    def _append_one(self, outputs: Mapping[str, Tensor], filled: list[int], counts: list[int]) -> None:
        """One token of each text that goes on: all texts at once."""
        texts = [text for text, count in enumerate(counts) if count == 1]
        if not texts:
            return
        device = self._mask.device
        rows = torch.tensor(texts, device=device)
        places = torch.tensor([filled[text] for text in texts], device=device)
        for name, part in self._parts.items():
            part[rows, :, places] = outputs[name][rows, :, 0]
        self._mask[rows, 0, 0, places] = 0

    def select(self, chosen_of_all: list[int], room: int) -> "Memory":
        """The memory of some texts, with more room: as many of each process."""
        texts = self._lanes.own_places(chosen_of_all, self._mask.shape[0])
        shapes = {name: [len(texts), part.shape[1], room, part.shape[3]] for name, part in self._parts.items()}
        chosen = Memory(shapes, len(texts), room, self._mask.device, self._lanes)
        rows = torch.tensor(texts, device=self._mask.device)
        kept = min(room, self._room)
        for name, part in self._parts.items():
            chosen._parts[name][:, :, :kept] = part[rows][:, :, :kept]
        chosen._mask[..., :kept] = self._mask[rows][..., :kept]
        return chosen
