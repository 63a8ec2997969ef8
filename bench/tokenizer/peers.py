"""Measures Hugging Face's `tokenizers` and OpenAI's `tiktoken` on the task that main.ts writes: peers.py FOLDER THREADS."""

import base64
import hashlib
import json
import sys
import time
from pathlib import Path

import tiktoken
from tokenizers import Regex, Tokenizer, models, pre_tokenizers, trainers

folder, threads = Path(sys.argv[1]), int(sys.argv[2])
task = json.loads((folder / "task.json").read_text("utf-8"))
documents = task["documents"]


def digest(text):
    return hashlib.sha256(text.encode()).hexdigest()


def measure(run, rounds):
    seconds = []
    for _ in range(rounds):
        start = time.perf_counter()
        result = run()
        seconds.append(time.perf_counter() - start)
    return seconds, result


def split(pattern):
    return pre_tokenizers.Sequence(
        [
            pre_tokenizers.Split(Regex(pattern), "isolated"),
            pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
        ]
    )


def train():
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = split(task["train_pattern"])
    trainer = trainers.BpeTrainer(
        vocab_size=task["vocab"],
        min_frequency=2,
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    tokenizer.train_from_iterator(documents, trainer)
    return tokenizer


seconds, tokenizer = measure(train, task["rounds"])
merges = json.loads(tokenizer.to_str())["model"]["merges"]
merges = "\n".join(merge if isinstance(merge, str) else " ".join(merge) for merge in merges)
plural = "thread" if threads == 1 else "threads"
training = [{"name": f"tokenizers, Python ({threads} {plural})", "seconds": seconds, "gave": digest(merges)}]

encoding = []
if threads == 1:
    lines = (folder / "ranks.tiktoken").read_text("ascii").splitlines()
    ranks = {base64.b64decode(token): int(rank) for token, rank in (line.split() for line in lines)}
    cl100k = tiktoken.Encoding(
        "cl100k_base", pat_str=task["pattern"], mergeable_ranks=ranks, special_tokens=task["special"]
    )
    hugging_face = Tokenizer.from_file(str(folder / "tokenizer.json"))
    for name, run in [
        ("tiktoken, Python", lambda: [cl100k.encode_ordinary(text) for text in documents]),
        ("tokenizers, Python", lambda: [each.ids for each in hugging_face.encode_batch_fast(documents, add_special_tokens=False)]),
    ]:
        run()
        seconds, ids = measure(run, task["rounds"])
        text = "\n".join(" ".join(map(str, each)) for each in ids)
        encoding.append({"name": name, "seconds": seconds, "gave": digest(text)})

(folder / "answer.json").write_text(json.dumps({"encoding": encoding, "training": training}), "utf-8")
