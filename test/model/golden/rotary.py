"""Records the rates of rotary positions of transformers in rotary.json: python rotary.py > rotary.json"""

import json

from transformers import LlamaConfig
from transformers.modeling_rope_utils import ROPE_INIT_FUNCTIONS


def default(size, base):
    return [base ** (-i / size) for i in range(0, size, 2)], 1.0


cases = []
for size, base, scaling in [
    (64, 10_000.0, {"type": "linear", "factor": 4.0}),
    (128, 500_000.0, {"type": "llama3", "factor": 8.0, "original": 8192, "low": 1.0, "high": 4.0}),
    (64, 500_000.0, {"type": "llama3", "factor": 32.0, "original": 8192, "low": 1.0, "high": 4.0}),
    (128, 1_000_000.0, {"type": "yarn", "factor": 4.0, "original": 32768, "slow": 1.0, "fast": 32.0}),
    (64, 10_000.0, {"type": "yarn", "factor": 16.0, "original": 4096, "slow": 1.0, "fast": 32.0}),
]:
    kind = scaling["type"]
    given = {"rope_type": kind, "rope_theta": base, "factor": scaling["factor"]}
    if kind != "linear":
        given["original_max_position_embeddings"] = scaling["original"]
    if kind == "llama3":
        given |= {"low_freq_factor": scaling["low"], "high_freq_factor": scaling["high"]}
    if kind == "yarn":
        given |= {"beta_slow": scaling["slow"], "beta_fast": scaling["fast"]}
    context = int(scaling.get("original", 4096) * scaling["factor"])
    config = LlamaConfig(
        hidden_size=4 * size,
        num_attention_heads=4,
        head_dim=size,
        max_position_embeddings=context,
        rope_parameters=given,
    )
    rates, gain = ROPE_INIT_FUNCTIONS[kind](config, "cpu")
    cases.append({"size": size, "base": base, "scaling": scaling, "rates": rates.tolist(), "gain": gain})
print(json.dumps(cases))
