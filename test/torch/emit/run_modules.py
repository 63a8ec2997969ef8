"""Runs emitted modules: reads a list of jobs as JSON, and writes each one's outputs and gradients as safetensors.

A job: the file of a module, its tensors (weights and arguments), which of them are ids, where the results go, and whether `loss` is
differentiated, the layers are compiled by which backend, and the largest tensor of all is measured.
"""

import contextlib
import json
import sys

import torch
from safetensors.torch import load_file, save_file
from torch import nn
from torch._dynamo.utils import counters
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves

torch.set_num_threads(1)


class Largest(TorchDispatchMode):
    """Measures the largest tensor that any operation makes, also in the backward pass."""

    numbers = 0

    def __torch_dispatch__(self, function, types, arguments=(), options=None):
        result = function(*arguments, **(options or {}))
        for each in tree_leaves(result):
            if isinstance(each, torch.Tensor):
                self.numbers = max(self.numbers, each.untyped_storage().nbytes() // 4)
        return result


def run(job):
    module = {}
    with open(job["module"]) as file:
        exec(compile(file.read(), job["module"], "exec"), module)
    tensors = load_file(job["tensors"])
    for name in job["ids"]:
        tensors[name] = tensors[name].int()
    model = module["Model"]()
    for name in job["weights"]:
        parameter = model.get_parameter(name)
        assert isinstance(parameter, torch.nn.Parameter), name
        assert parameter.shape == tensors[name].shape, name
        parameter.data.copy_(tensors[name])
    assert sum(1 for _ in model.parameters()) == len(job["weights"])
    if job["compile"]:
        torch._dynamo.reset()
        counters.clear()
        blocks = [block for each in model.modules() if isinstance(each, nn.ModuleList) for block in each]
        for block in blocks or [model]:
            block.compile(fullgraph=True, dynamic=False, backend=job["compile"])
    measured = Largest() if job["measure"] else contextlib.nullcontext()
    with measured:
        outputs = model(**{argument: tensors[name] for name, argument in job["inputs"].items()})
        results = {name: output.detach() for name, output in outputs.items()}
        if job["differentiate"] and outputs["loss"].requires_grad:
            outputs["loss"].backward()
    for name in job["weights"]:
        gradient = model.get_parameter(name).grad
        if gradient is not None:
            results[f"grad:{name}"] = gradient
    if job["compile"]:
        results["graphs"] = torch.tensor(counters["stats"]["unique_graphs"])
    if isinstance(measured, Largest):
        results["largest"] = torch.tensor(measured.numbers)
    assert all(result.dtype in (torch.float32, torch.int32, torch.int64) for result in results.values())
    results = {name: result.float() for name, result in results.items()}
    save_file({name: result.clone().contiguous() for name, result in results.items()}, job["results"])


with open(sys.argv[1]) as file:
    jobs = json.load(file)
for job in jobs:
    try:
        run(job)
    except Exception as error:
        raise RuntimeError(f"the module of {job['name']}: {job['module']}") from error
