"""Makes training steps of llmpipe's session without Node, as many as each line of stdin says, and prints the mean time and processor time: alone.py COMMAND WORKER,
the file of the command that begins the session, and the folder of the worker.
"""

import json
import os
import sys
import time

import torch

with open(sys.argv[1]) as file:
    training = json.load(file)
sys.path.insert(0, sys.argv[2])

from device import device_of  # noqa: E402
from ranks import Ranks  # noqa: E402
from sessions import Session  # noqa: E402

# As the worker does.
torch.set_deterministic_debug_mode("error")
torch.utils.deterministic.fill_uninitialized_memory = False
device = device_of(os.environ.get("LLMPIPE_TORCH_DEVICE"))
session = Session(training, {}, device, Ranks())
for slot in training["slots"]:
    ones = slot["name"].endswith("gain")
    session.fill(slot["start"], torch.ones(slot["size"]) if ones else 0.02 * torch.randn(slot["size"]))
shape = (training["batch"], training["context"])
positions = torch.arange(shape[1], dtype=torch.int32).expand(shape).contiguous()
counts = torch.ones(shape)
total = torch.tensor(float(shape[0] * shape[1]))
count = 0


def step() -> None:
    global count
    tokens, targets = (torch.randint(training["vocab"], shape, dtype=torch.int32) for _ in range(2))
    feeds = {"tokens": tokens, "positions": positions, "targets": targets, "counts": counts, "total": total}
    session.accumulate({name: tensor.to(device) for name, tensor in feeds.items()}, count)
    count += 1
    session.update({"step": count, "rate": 1e-3, "batches": 1, "maxNorm": 1.0})


for line in sys.stdin:
    start, before = time.perf_counter(), time.process_time()
    for _ in range(int(line)):
        step()
    session.norm().item()
    mean, processor = (time.perf_counter() - start) / int(line), (time.process_time() - before) / int(line)
    print(json.dumps({"mean": mean, "processor": processor}), flush=True)
