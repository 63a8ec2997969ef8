"""Models with code of their own, loaded by transformers: check_own_code.py ASKED ANSWERS, both JSON."""

import json
import sys

import torch
from transformers import AutoConfig, AutoModelForCausalLM

asked = json.load(open(sys.argv[1]))
prompt = torch.tensor([asked["prompt"]])


def check(folder):
    trusted = {"trust_remote_code": True}
    model, loading = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32, output_loading_info=True, **trusted)
    assert not loading["missing_keys"] and not loading["unexpected_keys"], loading
    assert AutoConfig.from_pretrained(folder, **trusted).vocab_size == model.config.vocab_size
    half = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.bfloat16, **trusted)
    with torch.no_grad():
        outputs = model(prompt, labels=prompt)
        padding = torch.zeros(1, 5, dtype=torch.long)
        rows = torch.cat([torch.cat([padding, prompt], 1), torch.cat([prompt, padding + 7], 1)])
        mask = torch.ones_like(rows)
        mask[0, :5] = 0
        padded = model(rows, attention_mask=mask).logits[0, 5:]
        coarse = half(prompt).logits.float()
        greedy = model.generate(prompt, max_new_tokens=asked["new"], do_sample=False, eos_token_id=None)
    logits = outputs.logits
    return {
        "logits": logits[0].tolist(),
        "padded": (padded - logits[0]).abs().max().item(),
        "bfloat16": ((coarse - logits).abs().max() / logits.abs().max()).item(),
        "greedy": greedy[0, prompt.shape[1] :].tolist(),
        "parameters": sum(each.numel() for each in model.parameters()),
        "loss": outputs.loss.item(),
        "takesMean": model.accepts_loss_kwargs is False,
    }


json.dump({name: check(folder) for name, folder in asked["folders"].items()}, open(sys.argv[2], "w"))
