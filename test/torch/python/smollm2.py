"""SmolLM2-135M-Instruct as transformers saves it, and what becomes of it in llmpipe: an export as it was, one trained, an adapter."""

import json
import os
import sys

import torch
from transformers import AutoModelForCausalLM, AutoTokenizer


def make(path, out):
    from transformers import GgufConfig

    folder, name = os.path.split(path)
    packed = {"quantization_config": GgufConfig(dequantize=True), "dtype": torch.bfloat16}
    AutoModelForCausalLM.from_pretrained(folder, gguf_file=name, **packed).save_pretrained(out)
    AutoTokenizer.from_pretrained(folder, gguf_file=name).save_pretrained(out)


def check(base, tuned, adapter):
    from peft import PeftModel

    tokenizer = AutoTokenizer.from_pretrained(tuned)
    conversation = [{"role": "user", "content": "Who are you?"}]
    ids = tokenizer.apply_chat_template(
        conversation, add_generation_prompt=True, return_tensors="pt", return_dict=False
    )
    model = AutoModelForCausalLM.from_pretrained(tuned, dtype=torch.float32)
    start = AutoModelForCausalLM.from_pretrained(base, dtype=torch.float32)
    with torch.no_grad():
        before = start(ids).logits
        answer = start.generate(ids, max_new_tokens=12, do_sample=False)[0][ids.shape[1] :]
        merged = model(ids).logits
        beside = PeftModel.from_pretrained(start, adapter)(ids).logits
    json.dump(
        {
            "tied": model.config.tie_word_embeddings,
            "parameters": sum(each.numel() for each in model.parameters()),
            "answer": tokenizer.decode(answer, skip_special_tokens=True),
            "changed": (merged - before).abs().max().item(),
            "apart": (merged - beside).abs().max().item(),
        },
        sys.stdout,
    )


{"make": make, "check": check}[sys.argv[1]](*sys.argv[2:])
