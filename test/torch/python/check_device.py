"""Runs modules on the device `meta`, which holds no numbers: it fails where a module makes a tensor on another device than its inputs'."""

import json
import sys

import torch

with open(sys.argv[1]) as file:
    modules = json.load(file)
faults = []
for module in modules:
    try:
        namespace: dict = {"__name__": "model"}
        exec(module["source"], namespace)
        with torch.device("meta"):
            model = namespace["Model"]()
        given = {
            name: torch.empty(shape, dtype=getattr(torch, dtype), device="meta") for name, (dtype, shape) in module["arguments"].items()
        }
        outputs = model(**given)
        if "loss" in outputs:
            outputs["loss"].backward()
        faults += [f"{module['name']}: {name} is on {value.device}" for name, value in outputs.items() if value.device.type != "meta"]
    except Exception as error:
        faults.append(f"{module['name']}: {error!r}")
print(json.dumps(faults))
