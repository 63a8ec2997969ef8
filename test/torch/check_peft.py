"""Adapters that llmpipe wrote, loaded by PEFT; and adapters that PEFT wrote, for llmpipe to read: the logits of both."""

import json
import sys

import torch
from peft import LoraConfig, PeftModel, get_peft_model
from transformers import AutoModelForCausalLM

asked = json.load(open(sys.argv[1]))
prompt = torch.tensor([asked["prompt"]])


def logits_of(model):
    model.eval()
    with torch.no_grad():
        return model(prompt).logits[0].float().tolist()


def base_of(folder):
    return AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32)


read = {}
for name, (base, adapter) in asked["written"].items():
    read[name] = logits_of(PeftModel.from_pretrained(base_of(base), adapter))

made = {}
for seed, (name, (base, folder, settings)) in enumerate(asked["made"].items()):
    torch.manual_seed(seed)
    model = get_peft_model(base_of(base), LoraConfig(task_type="CAUSAL_LM", **settings))
    for parameter_name, parameter in model.named_parameters():
        if "lora_" in parameter_name:
            torch.nn.init.normal_(parameter, 0, 0.15)
    model.save_pretrained(folder)
    made[name] = logits_of(model)

json.dump({"read": read, "made": made}, open(sys.argv[2], "w"))
