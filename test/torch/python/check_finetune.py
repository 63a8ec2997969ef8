"""What pipelines/finetune.llmpipe exports, read by transformers, PEFT and the package `gguf`.

    python check_finetune.py OUT GGUF    # OUT: the folder of its exports; GGUF: the checkpoint that it began with
"""

import json
import sys
from pathlib import Path

import gguf
import numpy as np
import torch
from peft import PeftModel
from transformers import AutoModelForCausalLM, AutoTokenizer, GgufConfig

out, checkpoint = Path(sys.argv[1]), Path(sys.argv[2])

tokenizer = AutoTokenizer.from_pretrained(out / "cynic")
conversation = [{"role": "user", "content": "Define politeness."}]
ids = tokenizer.apply_chat_template(conversation, add_generation_prompt=True, return_tensors="pt", return_dict=False)
packed = {"quantization_config": GgufConfig(dequantize=True), "dtype": torch.float32}
model = AutoModelForCausalLM.from_pretrained(out / "cynic", dtype=torch.float32)
start = AutoModelForCausalLM.from_pretrained(checkpoint.parent, gguf_file=checkpoint.name, **packed)
with torch.no_grad():
    before = start(ids).logits
    answer = model.generate(ids, max_new_tokens=16, do_sample=False)[0][ids.shape[1] :]
    merged = model(ids).logits
    beside = PeftModel.from_pretrained(start, out / "cynic-adapter")(ids).logits

# A table that no rows are exchanged in: its numbers in both exports.
reader = gguf.GGUFReader(out / "cynic-gguf" / "model.gguf")
theirs = {each.name: gguf.quants.dequantize(each.data, each.tensor_type) for each in reader.tensors}
down = model.model.layers[3].mlp.down_proj.weight.detach().numpy()
apart = np.abs(down - theirs["blk.3.ffn_down.weight"]).max() / np.abs(down).max()

json.dump(
    {
        "stored": str(AutoModelForCausalLM.from_pretrained(out / "cynic", dtype="auto").dtype),
        "tensors": len(reader.tensors),
        "answer": tokenizer.decode(answer, skip_special_tokens=True),
        "changed": (merged - before).abs().max().item(),
        "adapter": (merged - beside).abs().max().item() / merged.abs().max().item(),
        "gguf": float(apart),
    },
    sys.stdout,
)
