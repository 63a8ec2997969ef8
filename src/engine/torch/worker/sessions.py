"""Training on the device: weights, gradients and moments are flat tensors in the layout of the slots. So the norm, clipping and AdamW are a
few calls each, however many weights there are.
"""

from collections import deque
from collections.abc import Callable, Iterable, Mapping
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.optim.adamw import adamw
from typing_extensions import NotRequired, TypedDict  # typing has NotRequired since Python 3.11

from checkpoints import read_checkpoint, write_checkpoint, write_weights
from layout import Slot
from modules import arguments_of, compile_blocks, module_of, recompute_blocks, use_threads
from nodes import Elsewhere
from parts import Division, Parts, Turns
from philox import key_of
from ranks import Ranks
from replicated import Replicated
from sharded import Sharded
from shards import Array, Shard


class AdamWSettings(TypedDict):
    betas: list[float]
    eps: float
    weight_decay: float


class Mask(TypedDict):
    name: str
    rate: float
    shape: list[int]


class Training(TypedDict):
    """The command that begins a session."""

    source: str
    inputs: dict[str, str]
    # The names of the lists of layers.
    lists: list[str]
    slots: list[Slot]
    span: int
    decayed: int
    optimizer: AdamWSettings
    masks: list[Mask]
    seed: int
    single: bool
    threads: int
    division: Division
    # Processes that share the parts of a batch, or the batches of a step.
    processes: int
    # Processes on each node, and the other nodes, if there are some.
    each: int
    elsewhere: NotRequired[Elsewhere]
    # Whether layers are computed again for their gradients.
    recompute: bool
    # The layers whose weights nothing else reads.
    units: list[str]
    # The weights that the module reads in bfloat16.
    halves: list[str]
    # The weights that are not learned, if the processes divide all weights; without it each has them whole.
    shard: NotRequired["Frozen"]


class Frozen(TypedDict):
    """Weights that are not learned, in a flat array of their own."""

    slots: list[Slot]
    span: int


class Update(TypedDict):
    """A step of AdamW."""

    step: int
    rate: float
    batches: int
    maxNorm: NotRequired[float]


class Stretch(NamedTuple):
    """Weights that one call of AdamW updates, with their gradients and moments."""

    weights: Tensor
    gradients: Tensor
    means: Tensor
    squares: Tensor
    decay: float


class Session:
    def __init__(self, training: Training, frozen: Mapping[str, Tensor], device: torch.device, ranks: Ranks) -> None:
        slots, span = training["slots"], training["span"]
        self._training = training
        self._device = device
        self._moments = (Shard(span, ranks, device), Shard(span, ranks, device))
        self._norm: Tensor | None = None
        self.ranks = ranks
        self._parts = Parts(training["division"], ranks)
        self._turns = Turns(ranks) if training["division"]["inTurn"] else None
        # Batches that the processes compute in turn, but at the same time, once there is one for each.
        self._round: list[tuple[Mapping[str, Tensor], int]] = []
        self._model: nn.Module | None = module_of(training["source"])
        shard = training.get("shard")
        # The weights, which executables read too.
        self.weights = (
            Replicated(slots, span, frozen, ranks, device)
            if shard is None
            else Sharded(slots, span, shard["slots"], shard["span"], training["lists"], training["halves"], ranks, device)
        )
        self.weights.place(self._model)
        if training["recompute"]:
            recompute_blocks(self._model, training["lists"])
        compile_blocks(self._model, training["lists"], device)
        self.weights.attend(self._model, training["units"], training["halves"])
        self._keys = {mask["name"]: key_of(training["seed"], mask["name"]) for mask in training["masks"]}
        self._learning = self._stretches(training["optimizer"], training["decayed"])

    def _stretches(self, settings: AdamWSettings, decayed: int) -> list[Stretch]:
        """The stretch of this process that AdamW updates: the part that decays and the part that does not, each unless it is empty."""
        shard = self._moments[0]
        stretches = []
        for first, last, decay in ((0, decayed, settings["weight_decay"]), (decayed, shard.length, 0.0)):
            begin, end = max(first, shard.begin) - shard.begin, min(last, shard.end) - shard.begin
            if begin < end:
                own = (self.weights.own, self.weights.own_gradients, *(moment.values for moment in self._moments))
                stretches.append(Stretch(*(array[begin:end] for array in own), decay))
        return stretches

    def fill(self, start: int, values: Tensor) -> None:
        self.weights.fill(start, values)

    def freeze(self, start: int, values: Tensor) -> None:
        """Fills in weights that are not learned, if the processes divide all weights."""
        assert isinstance(self.weights, Sharded)
        self.weights.freeze(start, values)

    def clear(self) -> None:
        self._norm = None
        self.weights.clear()

    def accumulate(self, tensors: Mapping[str, Tensor], index: int) -> dict[str, Tensor] | None:
        """Adds the gradients of a batch; returns the outputs of the objective, or `None` if `later` will have them."""
        assert self._model is not None, "the session is finished"
        use_threads(self._training["threads"])
        self._norm = None
        if self._training["single"]:
            self.clear()
        if self._turns is None:
            return self._parts.join([self._part(tensors, index, part) for part in self._parts.own])
        if isinstance(self.weights, Sharded):
            self._round.append((tensors, index))
            if len(self._round) == self.ranks.count:
                self._compute_round(self._turns)
        elif self._turns.begin():
            self._turns.add(self._part(tensors, index, 0))
        return None

    def _part(self, tensors: Mapping[str, Tensor], index: int, part: int, weight: float = 1.0) -> dict[str, Tensor]:
        """Adds the gradients of a part of a batch, times `weight`; returns the outputs."""
        assert self._model is not None
        masks = {
            mask["name"]: self._parts.mask(mask["name"], self._keys[mask["name"]], index, mask["rate"], mask["shape"], part, self._device)
            for mask in self._training["masks"]
        }
        given = {**self._parts.inputs(tensors, part), **masks}
        outputs = self.weights.run(self._model, arguments_of(self._training["inputs"], given), weight)
        return {name: tensor.detach() for name, tensor in outputs.items()}

    def _compute_round(self, turns: Turns) -> None:
        """Computes a batch in each process. Those without one compute the first, whose gradients do not count: all have to send weights."""
        batches, self._round = self._round, []
        is_own = self.ranks.rank < len(batches)
        tensors, index = batches[self.ranks.rank if is_own else 0]
        outputs = self._part(tensors, index, 0, 1.0 if is_own else 0.0)
        for _ in batches:
            if turns.begin():
                turns.add(outputs)

    def later(self) -> list[dict[str, Tensor]]:
        """The outputs of batches since the last call for which `accumulate` returned `None`. Completes the gradients of the step."""
        self._sum_gradients()
        return [] if self._turns is None else self._turns.collect()

    def _sum_gradients(self) -> None:
        """Completes the gradients of the step: the sums over all processes."""
        if self._turns is not None and isinstance(self.weights, Sharded) and self._round:
            self._compute_round(self._turns)
        self.weights.sum_gradients()

    def norm(self) -> Tensor:
        """The Euclidean norm of all gradients. It stays on the device."""
        if self._norm is None:
            self._sum_gradients()
            self._norm = self.weights.norm()
        return self._norm

    def update(self, update: Update) -> None:
        use_threads(self._training["threads"])
        self._sum_gradients()
        batches = update["batches"]
        longest = update.get("maxNorm")
        if longest is not None:
            # As torch.nn.utils.clip_grad_norm_ computes it.
            factor = torch.clamp(longest / (self.norm() / batches + 1e-6), max=1.0) / batches
            self.weights.scale(factor.to(torch.float32))
        elif batches != 1:
            self.weights.scale(1 / batches)
        self._norm = None
        self._step(update["step"], update["rate"])
        self.weights.updated()

    def _step(self, step: int, rate: float) -> None:
        settings = self._training["optimizer"]
        beta1, beta2 = settings["betas"]
        # The function of torch.optim.AdamW, without the class: its first object loads the compiler, which takes two seconds.
        for each in self._learning:
            adamw(
                [each.weights],
                [each.gradients],
                [each.means],
                [each.squares],
                [],
                [torch.full((), step - 1.0, device=self._device)],
                fused=True,
                amsgrad=False,
                beta1=beta1,
                beta2=beta2,
                lr=rate,
                weight_decay=each.decay,
                eps=settings["eps"],
                maximize=False,
            )

    def write(self, path: str) -> None:
        """Writes the learned weights to a safetensors file in the first process; the others send it their stretches."""
        self._in_first(lambda: write_weights(path, self.weights.learned, self._training["slots"]), [self.weights.learned])

    def save(self, path: str, metadata: dict[str, str]) -> None:
        """Writes a checkpoint in the first process; the others send it their stretches."""
        arrays = self._arrays()
        self._in_first(lambda: write_checkpoint(path, arrays, metadata), arrays.values())

    def _in_first(self, write: Callable[[], None], arrays: Iterable[Array]) -> None:
        if self.ranks.rank == 0:
            write()
            return
        for array in arrays:
            if isinstance(array, Shard):
                deque(array.parts(), maxlen=0)

    def restore(self, path: str) -> dict[str, str] | None:
        return read_checkpoint(path, self._arrays())

    def finish(self) -> None:
        """Frees what only training needs; the weights stay."""
        self._model = None
        self._learning = []
        self.weights.finish()
        for moment in self._moments:
            moment.values = torch.empty(0)

    def _arrays(self) -> Mapping[str, Array]:
        first, second = self._moments
        return {"parameters": self.weights.learned, "first": first, "second": second}
