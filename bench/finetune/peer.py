"""Takes steps of fine-tuning with PEFT and prints the medians of a step as JSON: peer.py FILE, which holds the options as JSON."""

import json
import statistics
import sys
import time
from pathlib import Path

import torch
from peft import LoraConfig, get_peft_model
from transformers import AutoModelForCausalLM, GgufConfig

options = json.loads(Path(sys.argv[1]).read_text())
torch.set_num_threads(options["threads"])
torch.manual_seed(1)
path = Path(options["checkpoint"])
packed = {"quantization_config": GgufConfig(dequantize=True), "dtype": torch.float32}
model = AutoModelForCausalLM.from_pretrained(path.parent, gguf_file=path.name, **packed)
model = get_peft_model(
    model,
    LoraConfig(task_type="CAUSAL_LM", r=options["rank"], lora_alpha=options["alpha"], target_modules="all-linear"),
)
model.train()
learned = [each for each in model.parameters() if each.requires_grad]
optimizer = torch.optim.AdamW(learned, lr=options["rate"], betas=(0.9, 0.999), weight_decay=0.0, fused=True)

sequences = options["sequences"]
longest = max(len(each["ids"]) for each in sequences)
shape = (len(sequences), longest)
ids, attention = torch.zeros(shape, dtype=torch.long), torch.zeros(shape, dtype=torch.long)
labels = torch.full(shape, -100)
for row, each in enumerate(sequences):
    count = len(each["ids"])
    ids[row, :count] = torch.tensor(each["ids"])
    attention[row, :count] = 1
    labels[row, :count] = torch.where(torch.tensor(each["mask"]) == 1, ids[row, :count], -100)

Path("/proc/self/clear_refs").write_text("5")
seconds, processor, losses = [], [], []
for _ in range(options["steps"] + 1):
    start, used = time.perf_counter(), time.process_time()
    optimizer.zero_grad(set_to_none=True)
    loss = model(input_ids=ids, attention_mask=attention, labels=labels).loss
    loss.backward()
    torch.nn.utils.clip_grad_norm_(learned, 1.0)
    optimizer.step()
    losses.append(loss.item())
    seconds.append(time.perf_counter() - start)
    processor.append(time.process_time() - used)

status = Path("/proc/self/status").read_text()
memory = 1024 * int(status.split("VmHWM:")[1].split()[0])
print(
    json.dumps(
        {
            "seconds": statistics.median(seconds[1:]),
            "processor": statistics.median(processor[1:]),
            "memory": memory,
            "losses": losses,
        }
    )
)
