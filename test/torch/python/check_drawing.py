"""Draws tokens as the worker does, for each case of JSON in stdin; prints their ids and log-probabilities."""

import json
import sys

import torch

sys.path.insert(0, "src/engine/torch/worker")

from drawing import draw  # noqa: E402

torch.use_deterministic_algorithms(True)
results = []
for case in json.load(sys.stdin):
    drawn = draw(torch.tensor(case["logits"])[:, None], case["drawing"])
    results.append({name: tensor.tolist() for name, tensor in drawn.items()})
print(json.dumps(results))
