"""Modules from the source that the engine emits."""

import linecache
import os
from collections.abc import Callable, Iterable, Mapping
from contextlib import AbstractContextManager, ExitStack
from functools import partial
from typing import Protocol

import torch
from torch import Tensor, nn

from lanes import Lanes

_count = 0


def module_of(source: str) -> nn.Module:
    """The `Model` that a source defines; its parameters have no memory yet."""
    global _count
    _count += 1
    name = f"<model {_count}>"
    # Stacks of errors show the lines of the source.
    linecache.cache[name] = (len(source), None, source.splitlines(keepends=True), name)
    namespace: dict[str, object] = {"__name__": f"model_{_count}"}
    exec(compile(source, name, "exec"), namespace)
    model = namespace["Model"]
    assert isinstance(model, type) and issubclass(model, nn.Module)
    with torch.device("meta"):
        return model()


def place(module: nn.Module, name: str, tensor: Tensor, learned: bool = False) -> nn.Parameter:
    """Makes `tensor` the memory of the parameter of this name."""
    parameter = nn.Parameter(tensor, requires_grad=learned)
    put(module, name, parameter)
    return parameter


def put(module: nn.Module, name: str, parameter: nn.Parameter) -> None:
    """Makes a parameter the one of this name."""
    *path, last = name.split(".")
    # Not by attributes: a part of a model may be called `forward` or `train`, as methods of nn.Module are.
    for part in path:
        child = module._modules[part]
        assert child is not None, name
        module = child
    module._parameters[last] = parameter


def recompute_blocks(module: nn.Module, lists: list[str]) -> None:
    """Lets the layers in `lists` keep only their inputs, and compute the rest again for the gradients (Chen et al. 2016)."""
    from torch.utils.checkpoint import checkpoint

    for name in lists:
        for block in module.get_submodule(name).children():
            # The masks of dropout are inputs, so there is no state of random numbers to restore.
            block.forward = partial(checkpoint, block.forward, use_reentrant=False, preserve_rng_state=False)


def compile_blocks(module: nn.Module, lists: list[str], device: torch.device) -> None:
    """Compiles the layers in `lists`, or the whole model without them: on a GPU, unless LLMPIPE_TORCH_COMPILE says otherwise."""
    wanted = os.environ.get("LLMPIPE_TORCH_COMPILE")
    if not (device.type == "cuda" if wanted is None else wanted == "1"):
        return
    # Layers share their code, and PyTorch gives up compiling code that has many forms: layers of other shapes, and shapes of batches.
    # Loading the compiler takes a second, so only this loads it.
    from torch._dynamo import config

    # The compiler reads a setting of its own, which this sets too.
    torch.use_deterministic_algorithms(True)
    for limit in ("recompile_limit", "cache_size_limit"):
        if hasattr(config, limit):
            setattr(config, limit, 64)
    blocks = [block for name in lists for block in module.get_submodule(name).children()]
    for block in blocks or [module]:
        block.compile(dynamic=False)


class Held(Protocol):
    """The weights of a session, or fed weights that the processes divide."""

    tensors: dict[str, Tensor]

    def reader(
        self, model: nn.Module, units: list[str], halves: list[str], names: Iterable[str]
    ) -> Callable[[], AbstractContextManager[None]]: ...

    def leave(self, model: nn.Module, units: list[str]) -> None: ...


class Executable:
    """A module that computes without gradients. Its weights are those of a session, or are fed by their names."""

    def __init__(
        self,
        source: str,
        inputs: Mapping[str, str],
        threads: int,
        held: Held | None,
        units: list[str],
        halves: list[str],
        lanes: Lanes | None = None,
    ) -> None:
        """`held` are the weights of a session, `units` the layers whose weights nothing else reads, and `halves` the weights that are read
        in bfloat16.
        """
        self._halves = halves
        self.lanes = lanes or Lanes()
        self._module = module_of(source)
        self._names = [name for name, _ in self._module.named_parameters()]
        self._inputs = inputs
        self._threads = threads
        self._held = held
        self._units = units
        self._placed: dict[str, Tensor] = {}
        # Those that have the weights of the runs, and how they let the module have them.
        self._holding: list[Held] = []
        self._readings: list[Callable[[], AbstractContextManager[None]]] = []

    def bind(self, fed: Mapping[str, Tensor], divided: Held | None = None) -> None:
        """Sets the weights of the runs that follow: those of `fed` and `divided`; the others are the session's."""
        for each in self._holding:
            each.leave(self._module, self._units)
        self._holding = [each for each in (self._held, divided) if each is not None]
        known = dict(fed)
        self._readings = []
        for each in reversed(self._holding):
            own = [name for name in self._names if name not in known and name in each.tensors]
            known.update((name, each.tensors[name]) for name in own)
            self._readings.append(each.reader(self._module, self._units, self._halves, own))
        for name in self._names:
            if self._placed.get(name) is not known[name]:
                place(self._module, name, known[name])
                self._placed[name] = known[name]

    def run(self, tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
        """The outputs for all rows."""
        return self.lanes.join(self.compute(tensors, {}))

    def compute(self, tensors: Mapping[str, Tensor], own: Mapping[str, Tensor]) -> dict[str, Tensor]:
        """The outputs for the rows of this process; `own` are inputs that have those only."""
        use_threads(self._threads)
        with ExitStack() as stack:
            stack.enter_context(torch.inference_mode())
            for reading in self._readings:
                stack.enter_context(reading())
            outputs: dict[str, Tensor] = self._module(**arguments_of(self._inputs, {**self.lanes.cut(tensors), **own}))
        return outputs


def arguments_of(inputs: Mapping[str, str], tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """The arguments of `forward` from tensors by the names of a graph's inputs."""
    return {argument: tensors[name] for name, argument in inputs.items()}


def use_threads(count: int) -> None:
    if torch.get_num_threads() != count:
        torch.set_num_threads(count)
