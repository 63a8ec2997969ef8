"""Runs emitted modules: reads a list of jobs as JSON, and writes each one's outputs and gradients as safetensors.

A job: the file of a module, its tensors (weights and arguments), which of them are ids, where the results go, and whether `loss` is
differentiated, compiled and without storage of its own.
"""

import json
import sys

import torch
from safetensors.torch import load_file, save_file

torch.set_num_threads(1)


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
    if job.get("compile"):
        model.compile(fullgraph=True, dynamic=False)
    outputs = model(**{argument: tensors[name] for name, argument in job["inputs"].items()})
    results = {name: output.detach().float() for name, output in outputs.items()}
    if job["differentiate"] and outputs["loss"].requires_grad:
        outputs["loss"].backward()
        for name in job["weights"]:
            gradient = model.get_parameter(name).grad
            if gradient is not None:
                results[f"grad:{name}"] = gradient.float()
    save_file({name: result.clone().contiguous() for name, result in results.items()}, job["results"])


with open(sys.argv[1]) as file:
    jobs = json.load(file)
for job in jobs:
    try:
        run(job)
    except Exception as error:
        raise RuntimeError(f"the module of {job['name']}: {job['module']}") from error
