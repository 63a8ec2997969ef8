"""Logits of folders that llmpipe exported, and of random models saved by transformers for llmpipe to read."""

import json
import sys

import torch
from transformers import (
    AutoModelForCausalLM,
    AutoTokenizer,
    GPT2Config,
    GPT2LMHeadModel,
    LlamaConfig,
    LlamaForCausalLM,
    MistralConfig,
    MistralForCausalLM,
)

asked = json.load(open(sys.argv[1]))
prompt = torch.tensor([asked["prompt"]])


def logits_of(model):
    model.eval()
    with torch.no_grad():
        return model(prompt).logits[0].float().tolist()


exported = {}
for name, folder in asked["exported"].items():
    model = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32)
    tokenizer = AutoTokenizer.from_pretrained(folder)
    ids = tokenizer.apply_chat_template(
        asked["conversation"], add_generation_prompt=True, tokenize=True, return_dict=False
    )
    exported[name] = {
        "logits": logits_of(model),
        "ends": model.generation_config.eos_token_id,
        "ids": list(ids),
    }

made = {}
for seed, (name, folder) in enumerate(asked["made"].items()):
    torch.manual_seed(seed)
    kind, dtype = name.split()
    if kind in ("llama", "mistral"):
        config, model_class, more = {
            "llama": (LlamaConfig, LlamaForCausalLM, {}),
            "mistral": (MistralConfig, MistralForCausalLM, {"sliding_window": None}),
        }[kind]
        model = model_class(
            config(
                **more,
                vocab_size=asked["vocab"],
                hidden_size=32,
                intermediate_size=80,
                num_hidden_layers=2,
                num_attention_heads=4,
                num_key_value_heads=2,
                max_position_embeddings=64,
                initializer_range=0.2,
                tie_word_embeddings=seed % 2 == 1,
            )
        )
    else:
        model = GPT2LMHeadModel(
            GPT2Config(
                vocab_size=asked["vocab"], n_embd=32, n_layer=2, n_head=4, n_positions=64, initializer_range=0.2
            )
        )
        for parameter in model.parameters():
            if parameter.dim() == 1:
                torch.nn.init.normal_(parameter, 0.5, 0.2)
    # What is saved are rounded weights; computed with is float32, as llmpipe does.
    model.to(getattr(torch, dtype)).save_pretrained(folder)
    loaded = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32)
    made[name] = {"folder": folder, "logits": logits_of(loaded)}

json.dump({"exported": exported, "made": made}, open(sys.argv[2], "w"))
