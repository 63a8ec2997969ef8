"""Computes the modules in stdin with whole weights and with weights that two processes divide; prints how much the gradients differ."""

import json
import os
import sys
import tempfile

import torch
import torch.distributed as dist

sys.path.insert(0, "src/engine/torch/worker")

from modules import Executable, arguments_of, compile_blocks, module_of  # noqa: E402
from ranks import Ranks, join  # noqa: E402
from replicated import Replicated  # noqa: E402
from sharded import Sharded, end_of  # noqa: E402

COUNT = 2
CPU = torch.device("cpu")


def laid_out(weights):
    slots, start = [], 0
    for name, shape in weights.items():
        slots.append({"name": name, "shape": shape, "start": start, "size": torch.Size(shape).numel(), "decay": True})
        start = end_of(slots[-1])
    return slots, start


def difference(given, ranks):
    torch.manual_seed(1)
    names = list(given["weights"])
    # Every third weight is frozen, but for one that has to be learned.
    frozen_names = names[1::3]
    slots, span = laid_out({name: given["weights"][name] for name in names if name not in frozen_names})
    frozen_slots, frozen_span = laid_out({name: given["weights"][name] for name in frozen_names})
    values = {name: torch.randn(shape) / 4 for name, shape in given["weights"].items()}
    # No zeros: the loss is divided by the input `total`.
    inputs = {name: torch.randint(1, 5, each["shape"]).to(getattr(torch, each["dtype"])) for name, each in given["inputs"].items()}

    whole = Replicated(slots, span, {name: values[name] for name in frozen_names}, Ranks(), CPU)
    divided = Sharded(slots, span, frozen_slots, frozen_span, given["lists"], given["halves"], ranks, CPU)
    for slot in slots:
        whole.fill(slot["start"], values[slot["name"]])
        divided.fill(slot["start"], values[slot["name"]])
    for slot in frozen_slots:
        divided.freeze(slot["start"], values[slot["name"]])
    losses = []
    for weights, weight in ((whole, 1.0), (divided, 1 / COUNT)):
        model = module_of(given["source"])
        weights.place(model)
        compile_blocks(model, given["lists"], CPU)
        weights.attend(model, given["units"], given["halves"])
        # Twice: the second time begins as the first ended.
        for _ in range(2):
            outputs = weights.run(model, arguments_of(given["arguments"], inputs), weight)
            losses.append(outputs["loss"].detach())
        reader = Executable(given["source"], given["arguments"], 1, weights, given["units"], given["halves"])
        reader.bind({})
        losses.append(reader.run(inputs)["loss"])
    assert all(tensor.untyped_storage().nbytes() == 0 for tensor in divided.tensors.values()), "weights were not freed"
    learned = whole.own_gradients[divided.begin : divided.end] - divided.own_gradients
    differences = [(loss - losses[0]).abs() for loss in losses] + [(whole.norm() - divided.norm()).abs(), learned.abs().max()]
    return max(each.item() for each in differences)


jobs = json.load(sys.stdin)
with tempfile.TemporaryDirectory() as folder:
    # PyTorch has computed nothing yet, so a fork of this process can compute as well.
    other = os.fork()
    ranks = join(1 if other == 0 else 0, COUNT, CPU, {"FILE": f"{folder}/store"})
    found = {given["name"]: difference(given, ranks) for given in jobs}
    dist.destroy_process_group()
    if other == 0:
        os._exit(0)
    assert os.waitpid(other, 0)[1] == 0
print(json.dumps(found))
