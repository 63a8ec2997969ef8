"""Prints the bytes that autograd keeps of a module in stdin, with and without recomputation of layers, and whether gradients are equal."""

import json
import sys

import torch

sys.path.insert(0, "src/engine/torch/worker")

from modules import arguments_of, module_of, place, recompute_blocks  # noqa: E402

given = json.load(sys.stdin)
torch.manual_seed(1)
weights = {name: torch.randn(shape) / 8 for name, shape in given["weights"].items()}
inputs = {name: torch.randint(0, 10, each["shape"]).to(getattr(torch, each["dtype"])) for name, each in given["inputs"].items()}


def run(recompute: bool) -> tuple[int, list[torch.Tensor]]:
    module = module_of(given["source"])
    parameters = [place(module, name, tensor, learned=True) for name, tensor in weights.items()]
    if recompute:
        recompute_blocks(module, given["lists"])
    kept: dict[int, int] = {}

    def keep(tensor: torch.Tensor) -> torch.Tensor:
        kept[tensor.untyped_storage().data_ptr()] = tensor.untyped_storage().nbytes()
        return tensor

    with torch.autograd.graph.saved_tensors_hooks(keep, lambda tensor: tensor):
        loss = module(**arguments_of(given["arguments"], inputs))["loss"]
    loss.backward()
    return sum(kept.values()), [parameter.grad for parameter in parameters]


(all_bytes, first), (bytes_with, second) = run(False), run(True)
equal = all(torch.equal(a, b) for a, b in zip(first, second, strict=True))
print(json.dumps({"without": all_bytes, "with": bytes_with, "equal": equal}))
