"""Weights that the processes divide: each has a stretch of the weights, of their gradients and of the moments, and the whole of a layer
only while it computes the layer (ZeRO stage 3, Rajbhandari et al. 2020; FSDP, Zhao et al. 2023).

A stretch is a part of the flat arrays, as it is for the moments. So a layer lies with one process, or with a few neighbors, which send it
to all before it is computed, forward and backward. Its gradients are added up where its weights are.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from typing import Any
from weakref import WeakKeyDictionary

import torch
from torch import Tensor, nn
from torch.utils._pytree import tree_flatten, tree_unflatten

from layout import ROW, Slot, part_of
from modules import put
from ranks import Pending, Ranks
from shards import Array, Shard

# The name of the unit with all weights that belong to no layer.
ROOT = ""


class Unit:
    """The weights of a layer: memory for all of them, which it has only while they are needed."""

    def __init__(self, learned: list[Slot], frozen: list[Slot], halves: frozenset[str], device: torch.device) -> None:
        self.learned, self.count = ranges_of(learned, 0, halves)
        self.frozen, size = ranges_of(frozen, self.count, halves)
        buffer = torch.empty(size, device=device)
        self._storage = buffer.untyped_storage()
        self._bytes = self._storage.nbytes()
        # What is written here is no change that autograd sees: the same numbers come back before the gradients are computed.
        self.values = buffer.data
        self.parameters: dict[str, nn.Parameter] = {}
        self._gradient_of: dict[str, Slot] = {}
        for ranges, is_learned in ((self.learned, True), (self.frozen, False)):
            for each in ranges:
                for slot in each.slots:
                    here = slot.copy()
                    here["start"] += each.at - each.start
                    self.parameters[slot["name"]] = nn.Parameter(part_of(buffer, here), requires_grad=is_learned)
                    if is_learned:
                        self._gradient_of[slot["name"]] = here
        self.gradients: Tensor | None = None
        # Transfers under way that fill the memory; `None` if it has none.
        self.filling: list[Pending] | None = None
        self._storage.resize_(0)

    def allocate(self) -> None:
        self._storage.resize_(self._bytes)

    def free(self) -> None:
        self._storage.resize_(0)
        self.filling = None

    def begin_gradients(self) -> None:
        if self.gradients is not None or self.count == 0:
            return
        self.gradients = torch.zeros(self.count, device=self.values.device)
        for name, slot in self._gradient_of.items():
            self.parameters[name].grad = part_of(self.gradients, slot)

    def take_gradients(self) -> Tensor | None:
        taken, self.gradients = self.gradients, None
        for name in self._gradient_of:
            self.parameters[name].grad = None
        return taken


class Range:
    """Slots that follow each other in a flat array, and the place of the first in the memory of a unit."""

    def __init__(self, slot: Slot, at: int) -> None:
        self.slots = [slot]
        self.start = slot["start"]
        self.end = end_of(slot)
        self.at = at

    def is_in(self, names: frozenset[str]) -> bool:
        return all(slot["name"] in names for slot in self.slots)


class Halved:
    """A transfer of float32 weights in bfloat16, for a module that reads no more of them."""

    def __init__(self, target: Tensor, rank: int, ranks: Ranks) -> None:
        """Replaces `target` of all processes by that of one."""
        self._target = target
        self._sent = target.to(torch.bfloat16) if rank == ranks.rank else torch.empty_like(target, dtype=torch.bfloat16)
        # As bytes: not every backend of every version of PyTorch sends bfloat16.
        self._transfer = ranks.give(self._sent.view(torch.uint8), rank)

    def wait(self) -> None:
        self._transfer.wait()
        self._target.copy_(self._sent)


class Sharded:
    def __init__(
        self,
        slots: list[Slot],
        span: int,
        frozen: list[Slot],
        frozen_span: int,
        lists: list[str],
        halves: list[str],
        ranks: Ranks,
        device: torch.device,
    ) -> None:
        """Of a module whose layers are in `lists`, and that reads `halves` in bfloat16. The numbers are 0 until they are filled in."""
        self._ranks = ranks
        # Of the module that is computed now.
        self._halves = known_halves = frozenset(halves)
        self._learned = Shard(span, ranks, device)
        self._frozen = Shard(frozen_span, ranks, device)
        self.begin, self.end = self._learned.begin, self._learned.end
        own = self.end - self.begin
        self._gradient_rows = torch.zeros(-(-own // ROW), ROW, device=device)
        self.own_gradients = self._gradient_rows.view(-1)[:own]
        names = {slot["name"]: unit_of(slot["name"], lists) for slot in (*slots, *frozen)}
        # In the order in which layers are computed: that of their slots.
        self._units = {
            unit: Unit(
                [s for s in slots if names[s["name"]] == unit],
                [s for s in frozen if names[s["name"]] == unit],
                known_halves,
                device,
            )
            for unit in dict.fromkeys((ROOT, *names.values()))
        }
        self._order = [unit for name, unit in self._units.items() if name != ROOT]
        self._summing: list[tuple[Unit, Tensor, list[Pending]]] = []
        # The layers that get their weights when they are called, and how they were called before.
        self._inner: WeakKeyDictionary[nn.Module, Callable[..., Any] | None] = WeakKeyDictionary()
        # The tensors that modules read, by name. They have memory only in `reading`.
        self.tensors: dict[str, Tensor] = {name: unit.parameters[name] for name, unit in self._named()}
        self._root: Callable[[], AbstractContextManager[None]] | None = None

    def place(self, model: nn.Module) -> None:
        """Makes them the parameters of a model that is trained."""
        known = {name for name, _ in model.named_parameters()}
        for name, unit in self._named():
            if name in known:
                put(model, name, unit.parameters[name])

    def attend(self, model: nn.Module, units: list[str], halves: list[str]) -> None:
        """Lets the model have its weights while it is computed; `units` are its layers whose weights nothing else reads."""
        self._root = self.reader(model, units, halves, {name for name, _ in model.named_parameters()})

    def reader(
        self, model: nn.Module, units: list[str], halves: list[str], names: Iterable[str]
    ) -> Callable[[], AbstractContextManager[None]]:
        """The context in which a module computes that reads the weights `names`: layers get theirs by themselves, all others are there. Of
        `halves`, it reads no more than their values in bfloat16.
        """
        halved = frozenset(halves)
        self.leave(model, units)
        needed = {name: unit for name, unit in self._units.items() if not unit.parameters.keys().isdisjoint(names)}
        for name in needed.keys() & set(units):
            self._wrap(model.get_submodule(name), needed.pop(name))

        @contextmanager
        def reading() -> Iterator[None]:
            self._halves = halved
            for unit in needed.values():
                self._gather(unit)
                if torch.is_grad_enabled():
                    unit.begin_gradients()
            yield
            self._end()

        return reading

    def leave(self, model: nn.Module, units: list[str]) -> None:
        """Takes back what `reader` did to the layers of a module."""
        for name in units:
            self._unwrap(model.get_submodule(name))

    def _named(self) -> Iterator[tuple[str, Unit]]:
        for unit in self._units.values():
            for name in unit.parameters:
                yield name, unit

    @property
    def own(self) -> Tensor:
        return self._learned.values

    @property
    def learned(self) -> Array:
        return self._learned

    def fill(self, start: int, values: Tensor) -> None:
        self._learned.put(start, values.reshape(-1))

    def freeze(self, start: int, values: Tensor) -> None:
        """Fills in weights that are not learned."""
        self._frozen.put(start, values.reshape(-1))

    def clear(self) -> None:
        self._gradient_rows.zero_()

    def run(self, model: nn.Module, arguments: Mapping[str, Tensor], weight: float = 1.0) -> dict[str, Tensor]:
        """Computes the outputs of a batch, and adds its gradients times `weight`. All processes have to, at the same time."""
        assert self._root is not None
        with self._root():
            outputs: dict[str, Tensor] = model(**arguments)
            loss = outputs["loss"]
            torch.autograd.backward(loss, torch.full_like(loss, weight))
        return outputs

    def sum_gradients(self) -> None:
        """They are sums already: each layer's are added up as soon as they are computed."""

    def norm(self) -> Tensor:
        """The Euclidean norm of all gradients, in double precision from rows of 1024 on. It stays on the device."""
        rows = torch.linalg.vector_norm(self._gradient_rows, dim=1)
        square = torch.linalg.vector_norm(rows, dtype=torch.float64).square()
        return self._ranks.sum(square).sqrt()

    def scale(self, factor: Tensor | float) -> None:
        self.own_gradients.mul_(factor)

    def updated(self) -> None:
        """The others get what this process has updated when they need it."""

    def finish(self) -> None:
        """Frees what only training needs."""
        self._root = None
        self._gradient_rows = self.own_gradients = torch.empty(0)

    def _unwrap(self, layer: nn.Module) -> None:
        """Takes back what `_wrap` did for other weights of the layer."""
        if layer in self._inner:
            layer._compiled_call_impl = self._inner.pop(layer)

    def _wrap(self, layer: nn.Module, unit: Unit) -> None:
        """Lets a layer have its weights while it is computed, and again while its gradients are."""
        # The compiled layer, if it is: what happens around it is no part of what is compiled.
        self._inner[layer] = layer._compiled_call_impl
        inner: Callable[..., Any] = layer._compiled_call_impl or layer._call_impl

        def call(*arguments: Any) -> Any:
            self._gather(unit, ahead=1)
            if not torch.is_grad_enabled():
                result = inner(*arguments)
                unit.free()
                return result
            result = inner(*self._before(unit, arguments))
            unit.free()
            for tensor in tree_flatten(result)[0]:
                if isinstance(tensor, Tensor) and tensor.requires_grad:
                    tensor.register_hook(lambda _: self._begin_backward(unit))  # type: ignore[no-untyped-call]
            return result

        layer._compiled_call_impl = call

    def _before(self, unit: Unit, arguments: Any) -> Any:
        """The arguments of a layer, through which its gradients leave it last."""
        leaves, spec = tree_flatten(arguments)
        places = [i for i, leaf in enumerate(leaves) if isinstance(leaf, Tensor) and leaf.requires_grad]
        passed = After.apply(lambda: self._end_backward(unit), *(leaves[i] for i in places)) if places else ()
        for i, tensor in zip(places, passed, strict=True):
            leaves[i] = tensor
        return tree_unflatten(leaves, spec)

    def _begin_backward(self, unit: Unit) -> None:
        self._gather(unit, ahead=-1)
        unit.begin_gradients()

    def _end_backward(self, unit: Unit) -> None:
        unit.free()
        self._sum(unit)

    def _gather(self, unit: Unit, ahead: int = 0) -> None:
        """Waits for the weights of a unit; asks for those of its neighbor, which is computed next, without waiting for them."""
        self._ask(unit)
        for transfer in unit.filling or ():
            transfer.wait()
        unit.filling = []
        if ahead != 0:
            at = self._order.index(unit) + ahead
            if 0 <= at < len(self._order):
                self._ask(self._order[at])

    def _ask(self, unit: Unit) -> None:
        if unit.filling is not None:
            return
        unit.allocate()
        unit.filling = []
        for shard, ranges in ((self._learned, unit.learned), (self._frozen, unit.frozen)):
            for each in ranges:
                is_half = each.is_in(self._halves)
                for rank, begin, end, at in pieces(shard, [each], self._ranks):
                    target = unit.values[at : at + end - begin]
                    if rank == self._ranks.rank:
                        target.copy_(shard.values[begin - shard.begin : end - shard.begin])
                    unit.filling.append(Halved(target, rank, self._ranks) if is_half else self._ranks.give(target, rank))

    def _sum(self, unit: Unit) -> None:
        """Begins to add up the gradients of a unit. Those of the unit before are waited for: no more than two have memory for gradients."""
        gradients = unit.take_gradients()
        if gradients is None:
            return
        self._add_sums()
        parts = pieces(self._learned, unit.learned, self._ranks)
        sums = [self._ranks.sum_at(gradients[at : at + end - begin], rank) for rank, begin, end, at in parts]
        self._summing.append((unit, gradients, sums))

    def _add_sums(self) -> None:
        """Adds the sums under way to the gradients of the stretch of this process."""
        for unit, gradients, transfers in self._summing:
            for transfer in transfers:
                transfer.wait()
            for rank, begin, end, at in pieces(self._learned, unit.learned, self._ranks):
                if rank == self._ranks.rank:
                    self.own_gradients[begin - self.begin : end - self.begin] += gradients[at : at + end - begin]
        self._summing.clear()

    def _end(self) -> None:
        """Frees all memory of units. A layer whose gradients have not left it, because nothing before it learns, gives them up now."""
        for unit in self._units.values():
            self._sum(unit)
            if unit.filling is not None:
                for transfer in unit.filling:
                    transfer.wait()
                unit.free()
        self._add_sums()


class After(torch.autograd.Function):
    """Passes tensors on, and calls a function once their gradients are known."""

    @staticmethod
    def forward(ctx: Any, then: Callable[[], None], *tensors: Tensor) -> tuple[Tensor, ...]:
        ctx.then = then
        return tuple(tensor.view_as(tensor) for tensor in tensors)

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor | None, ...]:
        ctx.then()
        return (None, *gradients)


def unit_of(name: str, lists: list[str]) -> str:
    """The unit of a weight: `layers.3` of `layers.3.attention.q.weight`, if `layers` is a list of layers."""
    for each in lists:
        if name.startswith(f"{each}."):
            return f"{each}.{name[len(each) + 1 :].partition('.')[0]}"
    return ROOT


def end_of(slot: Slot) -> int:
    """The index at which the next slot begins: `endOf` in src/engine/training-session.ts."""
    return slot["start"] + -(-slot["size"] // 16) * 16


def ranges_of(slots: list[Slot], at: int, halves: frozenset[str]) -> tuple[list[Range], int]:
    """Slots as ranges, from the place `at` of the memory of their unit on; and the place behind them. All slots of a range are in `halves`,
    or none.
    """
    ranges: list[Range] = []
    for slot in slots:
        if ranges and ranges[-1].end == slot["start"] and ranges[-1].is_in(halves) == (slot["name"] in halves):
            ranges[-1].slots.append(slot)
            ranges[-1].end = end_of(slot)
        else:
            ranges.append(Range(slot, at))
        at += end_of(slot) - slot["start"]
    return ranges, at


def pieces(shard: Shard, ranges: list[Range], ranks: Ranks) -> list[tuple[int, int, int, int]]:
    """The pieces of ranges that lie with one process: its rank, the begin and the end in the flat array, and the place in the unit."""
    found = []
    for each in ranges:
        for rank in range(ranks.count):
            first, last = shard.stretch(rank)
            begin, end = max(first, each.start), min(last, each.end)
            if begin < end:
                found.append((rank, begin, end, each.at + begin - each.start))
    return found
