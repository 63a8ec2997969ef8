"""Adapters that llmpipe wrote, loaded by PEFT; and adapters that PEFT wrote, for llmpipe to read: the logits of both."""

import json
import sys

import torch
from peft import LoraConfig, PeftModel, get_peft_model
from transformers import AutoModelForCausalLM, AutoModelForSequenceClassification

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

# The adapter of a reward model: a classifier with one label, read at the last token.
base, adapter = asked["scored"]
classifier = AutoModelForSequenceClassification.from_pretrained(base, num_labels=1, dtype=torch.float32)
classifier.config.pad_token_id = 0
scorer = PeftModel.from_pretrained(classifier, adapter).eval()
with torch.no_grad():
    score = scorer(prompt).logits[0, 0].item()

# Two adapters of one model, the sum of which PEFT makes of both.
base, first, second = asked["both"]
several = PeftModel.from_pretrained(base_of(base), first, adapter_name="first")
several.load_adapter(second, adapter_name="second")
several.add_weighted_adapter(["first", "second"], [1.0, 1.0], "both", combination_type="cat")
several.set_adapter("both")

answers = {"read": read, "made": made, "score": score, "both": logits_of(several)}
json.dump(answers, open(sys.argv[2], "w"))
