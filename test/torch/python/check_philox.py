"""Prints what the generator of the worker gives for the streams in its argument: words, and the zeros of masks."""

import json
import sys

sys.path.insert(0, "src/engine/torch/worker")

from philox import dropout_mask, key_of, words  # noqa: E402

print(
    json.dumps(
        [
            {
                "words": words(key_of(seed, purpose), step, count).tolist(),
                "mask": dropout_mask(key_of(seed, purpose), step, rate, [count]).int().tolist(),
            }
            for seed, purpose, step, count, rate in json.loads(sys.argv[1])
        ]
    )
)
