"""DPO of a LoRA adapter by PyTorch and PEFT: the losses of some steps. The reference is the model with its adapter disabled."""

import json
import sys

import torch
from peft import PeftModel
from transformers import AutoModelForCausalLM


def log_probability(model: PeftModel, ids: list[int], prompt: int) -> torch.Tensor:
    """The log-probability of the tokens after the prompt."""
    logits = model(torch.tensor([ids])).logits[0, :-1].log_softmax(-1)
    return logits.gather(-1, torch.tensor(ids[1:])[:, None])[prompt - 1 :].sum()


def main(asked_path: str, answers_path: str) -> None:
    """Reads what to train from one file, and writes the losses to the other."""
    with open(asked_path, encoding="utf8") as file:
        asked = json.load(file)
    torch.manual_seed(0)
    base = AutoModelForCausalLM.from_pretrained(asked["base"], attn_implementation="eager", dtype=torch.float32)
    model = PeftModel.from_pretrained(base, asked["adapter"], is_trainable=True)
    learned = [parameter for parameter in model.parameters() if parameter.requires_grad]
    optimizer = torch.optim.AdamW(learned, lr=asked["lr"], betas=(0.9, 0.95), eps=1e-8, weight_decay=0)
    losses = []
    for _ in range(asked["steps"]):
        margins = []
        for better, worse, prompt in asked["pairs"]:
            policy = log_probability(model, better, prompt) - log_probability(model, worse, prompt)
            with torch.no_grad(), model.disable_adapter():
                reference = log_probability(model, better, prompt) - log_probability(model, worse, prompt)
            margins.append(asked["beta"] * (policy - reference))
        loss = -torch.nn.functional.logsigmoid(torch.stack(margins)).mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    with open(answers_path, "w", encoding="utf8") as file:
        json.dump({"losses": losses, "learned": sum(parameter.numel() for parameter in learned)}, file)


main(sys.argv[1], sys.argv[2])
