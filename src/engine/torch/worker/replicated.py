"""Weights that every process has whole; of the moments each has a stretch (ZeRO stage 1, Rajbhandari et al. 2020)."""

from collections.abc import Callable, Iterable, Mapping
from contextlib import AbstractContextManager, nullcontext

import torch
from torch import Tensor, nn

from layout import ROW, Slot, part_of
from modules import place as place_in
from ranks import Ranks
from shards import Array, Whole, stretch_size


class Replicated:
    """Flat arrays in the layout of the slots; the parameters of a module and their gradients are views of them."""

    def __init__(self, slots: list[Slot], span: int, frozen: Mapping[str, Tensor], ranks: Ranks, device: torch.device) -> None:
        self._slots = slots
        self._ranks = ranks
        # Each process updates a stretch of the weights, and then has those of the others.
        size = stretch_size(span, ranks)
        self._stretches = torch.zeros(size * ranks.count, device=device)
        self._parameters = self._stretches[:span]
        self._gradient_rows = torch.zeros(-(-span // ROW), ROW, device=device)
        self._gradients = self._gradient_rows.view(-1)[:span]
        # Whether the gradients are the sums over all processes. More can be added to them only after `clear`.
        self._is_summed = False
        self.begin, self.end = min(ranks.rank * size, span), min((ranks.rank + 1) * size, span)
        # The tensors that modules read, by name.
        self.tensors: dict[str, Tensor] = {**frozen, **{slot["name"]: part_of(self._parameters, slot) for slot in slots}}
        self._frozen = frozen

    def place(self, model: nn.Module) -> None:
        """Makes them the parameters of a model that is trained."""
        known = {name for name, _ in model.named_parameters()}
        for name, tensor in self._frozen.items():
            if name in known:
                place_in(model, name, tensor)
        for slot in self._slots:
            if slot["name"] in known:
                parameter = place_in(model, slot["name"], self.tensors[slot["name"]], learned=True)
                parameter.grad = part_of(self._gradients, slot)

    def attend(self, model: nn.Module, units: list[str], halves: list[str]) -> None:
        """Nothing is to be done while the model is computed: its weights are always there."""

    def reader(
        self, model: nn.Module, units: list[str], halves: list[str], names: Iterable[str]
    ) -> Callable[[], AbstractContextManager[None]]:
        """The context in which a module computes that reads the weights `names`."""
        return nullcontext

    def leave(self, model: nn.Module, units: list[str]) -> None:
        """Nothing is to be taken back."""

    @property
    def own(self) -> Tensor:
        """The stretch of the weights that this process updates."""
        return self._parameters[self.begin : self.end]

    @property
    def own_gradients(self) -> Tensor:
        return self._gradients[self.begin : self.end]

    @property
    def learned(self) -> Array:
        """The learned weights, as files hold them."""
        return Whole(self._parameters)

    def fill(self, start: int, values: Tensor) -> None:
        self._parameters[start : start + values.numel()].copy_(values.reshape(-1))

    def clear(self) -> None:
        self._is_summed = False
        self._gradients.zero_()

    def run(self, model: nn.Module, arguments: Mapping[str, Tensor], weight: float = 1.0) -> dict[str, Tensor]:
        """Computes the outputs of a batch, and adds its gradients times `weight`."""
        assert not self._is_summed, "the gradients of the step are complete"
        outputs: dict[str, Tensor] = model(**arguments)
        loss = outputs["loss"]
        torch.autograd.backward(loss, torch.full_like(loss, weight))
        return outputs

    def sum_gradients(self) -> None:
        """Adds up the gradients of all processes, once a step."""
        if self._ranks.count > 1 and not self._is_summed:
            self._ranks.sum(self._gradients)
            self._is_summed = True

    def norm(self) -> Tensor:
        """The Euclidean norm of all gradients, in double precision from rows of 1024 on. It stays on the device."""
        self.sum_gradients()
        rows = torch.linalg.vector_norm(self._gradient_rows, dim=1)
        norm: Tensor = torch.linalg.vector_norm(rows, dtype=torch.float64)
        return norm

    def scale(self, factor: Tensor | float) -> None:
        self._gradients.mul_(factor)

    def updated(self) -> None:
        """Gives the others the stretch that this process has updated, and takes theirs."""
        self._ranks.share(self._stretches)

    def finish(self) -> None:
        """Frees what only training needs."""
        none = torch.empty(0)
        self._gradient_rows, self._gradients = none, none
