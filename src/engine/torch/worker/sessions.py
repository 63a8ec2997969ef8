"""Training on the device: weights, gradients and moments are flat tensors in the layout of the slots, and a module's parameters and their
gradients are views of them. So the norm, clipping and AdamW are a few calls each, however many weights there are.
"""

from collections.abc import Mapping

import torch
from torch import Tensor, nn
from typing_extensions import NotRequired, TypedDict  # typing has NotRequired since Python 3.11

from checkpoints import read_checkpoint, write_checkpoint
from modules import arguments_of, compile_blocks, module_of, place, use_threads
from parts import Division, Parts
from philox import key_of
from ranks import Ranks

# A norm is the norm of the norms of rows of this many numbers.
ROW = 1024


class Slot(TypedDict):
    name: str
    shape: list[int]
    start: int
    size: int
    decay: bool


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
    # Processes that share the parts of a batch.
    processes: int


class Update(TypedDict):
    """A step of AdamW."""

    step: int
    rate: float
    batches: int
    maxNorm: NotRequired[float]


class Session:
    def __init__(self, training: Training, frozen: Mapping[str, Tensor], device: torch.device, ranks: Ranks) -> None:
        slots, span = training["slots"], training["span"]
        self._training = training
        self._device = device
        self._span = span
        self._parameters = torch.zeros(span, device=device)
        self._moments: tuple[Tensor, Tensor] = (torch.zeros(span, device=device), torch.zeros(span, device=device))
        rows = -(-span // ROW)
        self._gradient_rows = torch.zeros(rows, ROW, device=device)
        self._gradients = self._gradient_rows.view(-1)[:span]
        self._norm: Tensor | None = None
        self._ranks = ranks
        self._parts = Parts(training["division"], ranks)
        # Whether the gradients are the sums over all processes. More can be added to them only after `clear`.
        self._is_summed = False

        def part(flat: Tensor, slot: Slot) -> Tensor:
            return flat[slot["start"] : slot["start"] + slot["size"]].view(slot["shape"])

        # The tensors that executables read.
        self.weights: dict[str, Tensor] = dict(frozen)
        self._model: nn.Module | None = module_of(training["source"])
        known = {name for name, _ in self._model.named_parameters()}
        for name, tensor in frozen.items():
            if name in known:
                place(self._model, name, tensor)
        for slot in slots:
            weight = part(self._parameters, slot)
            self.weights[slot["name"]] = weight
            if slot["name"] in known:
                parameter = place(self._model, slot["name"], weight, learned=True)
                parameter.grad = part(self._gradients, slot)
        compile_blocks(self._model, training["lists"], device)
        self._keys = {mask["name"]: key_of(training["seed"], mask["name"]) for mask in training["masks"]}
        self._optimizer = self._adamw(training["optimizer"], training["decayed"])

    def _adamw(self, settings: AdamWSettings, decayed: int) -> torch.optim.AdamW:
        """AdamW over the part that decays and the part that does not, with the moments that checkpoints hold."""
        beta1, beta2 = settings["betas"]
        groups = []
        state = []
        for begin, end, decay in ((0, decayed, settings["weight_decay"]), (decayed, self._span, 0.0)):
            if begin == end:
                continue
            part = nn.Parameter(self._parameters[begin:end])
            part.grad = self._gradients[begin:end]
            groups.append({"params": [part], "weight_decay": decay})
            first, second = (moment[begin:end] for moment in self._moments)
            step = torch.zeros((), device=self._device)
            state.append((part, {"step": step, "exp_avg": first, "exp_avg_sq": second}))
        optimizer = torch.optim.AdamW(groups, betas=(beta1, beta2), eps=settings["eps"], fused=True)
        for part, own in state:
            optimizer.state[part] = own
        return optimizer

    def fill(self, start: int, values: Tensor) -> None:
        flat = values.reshape(-1)
        self._parameters[start : start + flat.numel()].copy_(flat)

    def clear(self) -> None:
        self._norm = None
        self._is_summed = False
        self._gradients.zero_()

    def accumulate(self, tensors: Mapping[str, Tensor], index: int) -> dict[str, Tensor]:
        """Adds the gradients of a batch; returns the outputs of the objective."""
        assert self._model is not None, "the session is finished"
        use_threads(self._training["threads"])
        self._norm = None
        if self._training["single"]:
            self.clear()
        assert not self._is_summed, "the gradients of the step are complete"
        return self._parts.join([self._part(tensors, index, part) for part in self._parts.own])

    def _part(self, tensors: Mapping[str, Tensor], index: int, part: int) -> dict[str, Tensor]:
        """Adds the gradients of a part of a batch; returns the outputs."""
        assert self._model is not None
        masks = {
            mask["name"]: self._parts.mask(mask["name"], self._keys[mask["name"]], index, mask["rate"], mask["shape"], part, self._device)
            for mask in self._training["masks"]
        }
        given = {**self._parts.inputs(tensors, part), **masks}
        outputs: dict[str, Tensor] = self._model(**arguments_of(self._training["inputs"], given))
        torch.autograd.backward(outputs["loss"])
        return {name: tensor.detach() for name, tensor in outputs.items()}

    def _sum_gradients(self) -> None:
        """Adds up the gradients of all processes, once a step."""
        if self._ranks.count > 1 and not self._is_summed:
            self._ranks.sum(self._gradients)
            self._is_summed = True

    def norm(self) -> Tensor:
        """The Euclidean norm of all gradients, in double precision from rows of 1024 on. It stays on the device."""
        if self._norm is None:
            self._sum_gradients()
            rows = torch.linalg.vector_norm(self._gradient_rows, dim=1)
            self._norm = torch.linalg.vector_norm(rows, dtype=torch.float64)
        return self._norm

    def update(self, update: Update) -> None:
        use_threads(self._training["threads"])
        self._sum_gradients()
        batches = update["batches"]
        longest = update.get("maxNorm")
        if longest is not None:
            # As torch.nn.utils.clip_grad_norm_ computes it.
            factor = torch.clamp(longest / (self.norm() / batches + 1e-6), max=1.0) / batches
            self._gradients.mul_(factor.to(torch.float32))
        elif batches != 1:
            self._gradients.mul_(1 / batches)
        self._norm = None
        for group in self._optimizer.param_groups:
            group["lr"] = update["rate"]
            for part in group["params"]:
                self._optimizer.state[part]["step"].fill_(update["step"] - 1)
        self._optimizer.step()

    def parameters(self) -> Tensor:
        return self._parameters

    def save(self, path: str, metadata: dict[str, str]) -> None:
        write_checkpoint(path, self._arrays(), metadata)

    def restore(self, path: str) -> dict[str, str] | None:
        return read_checkpoint(path, self._arrays())

    def finish(self) -> None:
        """Frees what only training needs; the weights stay."""
        self._model = None
        self._optimizer.state.clear()
        self._optimizer.param_groups.clear()
        none = torch.empty(0)
        self._gradient_rows, self._gradients, self._moments = none, none, (none, none)

    def _arrays(self) -> dict[str, Tensor]:
        first, second = self._moments
        return {"parameters": self._parameters, "first": first, "second": second}
