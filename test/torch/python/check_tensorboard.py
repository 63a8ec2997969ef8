"""Prints what TensorBoard's own loader finds below a folder, as JSON: scalars and texts by run and tag."""

import json
import os
import sys

from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

found = {}
for folder, _, names in os.walk(sys.argv[1]):
    if not any("tfevents" in name for name in names):
        continue
    loader = EventAccumulator(folder, size_guidance={"scalars": 0, "tensors": 0})
    loader.Reload()
    tags = loader.Tags()
    found[os.path.relpath(folder, sys.argv[1])] = {
        "scalars": {
            tag: [[event.step, event.value, event.wall_time] for event in loader.Scalars(tag)]
            for tag in tags["scalars"]
        },
        "texts": {
            tag: [[event.step, event.tensor_proto.string_val[0].decode()] for event in loader.Tensors(tag)]
            for tag in tags["tensors"]
            if loader.SummaryMetadata(tag).plugin_data.plugin_name == "text"
        },
    }
print(json.dumps(found))
