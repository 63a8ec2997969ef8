"""Modules from the source that the engine emits."""

import linecache
import os
from collections.abc import Mapping

import torch
from torch import Tensor, nn

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
    *path, last = name.split(".")
    parameter = nn.Parameter(tensor, requires_grad=learned)
    # Not by attributes: a part of a model may be called `forward` or `train`, as methods of nn.Module are.
    for part in path:
        child = module._modules[part]
        assert child is not None, name
        module = child
    module._parameters[last] = parameter
    return parameter


def compile_blocks(module: nn.Module, lists: list[str], device: torch.device) -> None:
    """Compiles the layers in `lists`, or the whole model without them: on a GPU, unless LLMPIPE_TORCH_COMPILE says otherwise."""
    wanted = os.environ.get("LLMPIPE_TORCH_COMPILE")
    if not (device.type == "cuda" if wanted is None else wanted == "1"):
        return
    # Layers share their code, and PyTorch gives up compiling code that has many forms: layers of other shapes, and shapes of batches.
    # Loading the compiler takes a second, so only this loads it.
    from torch._dynamo import config

    for limit in ("recompile_limit", "cache_size_limit"):
        if hasattr(config, limit):
            setattr(config, limit, 64)
    blocks = [block for name in lists for block in module.get_submodule(name).children()]
    for block in blocks or [module]:
        block.compile(dynamic=False)


class Executable:
    """A module that computes without gradients. Its weights are those of a session, or are fed by their names."""

    def __init__(self, source: str, inputs: Mapping[str, str], held: Mapping[str, Tensor], threads: int) -> None:
        self._module = module_of(source)
        self._names = [name for name, _ in self._module.named_parameters()]
        self._inputs = inputs
        self._held = held
        self._threads = threads
        self._placed: dict[str, Tensor] = {}

    def bind(self, fed: Mapping[str, Tensor]) -> None:
        """Sets the weights of the runs that follow; those that are not fed are the session's."""
        for name in self._names:
            tensor = fed[name] if name in fed else self._held[name]
            if self._placed.get(name) is not tensor:
                place(self._module, name, tensor)
                self._placed[name] = tensor

    def run(self, tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
        use_threads(self._threads)
        with torch.inference_mode():
            outputs: dict[str, Tensor] = self._module(**arguments_of(self._inputs, tensors))
        return outputs


def arguments_of(inputs: Mapping[str, str], tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """The arguments of `forward` from tensors by the names of a graph's inputs."""
    return {argument: tensors[name] for name, argument in inputs.items()}


def use_threads(count: int) -> None:
    if torch.get_num_threads() != count:
        torch.set_num_threads(count)
