"""Hugging Face's `tokenizers` and OpenAI's `tiktoken` on what python.test.ts lays out in a folder; prints their answers as JSON.

Input:  cases.json = { corpus: [text], texts: [text], patterns: {name: regex}, tokenizers: [folder], ranks: {name: {file, pattern, special}} }
Output: { merges: {name: ["a b"]}, ids: {folder: [[id]]}, decoded: {folder: [text]}, config: {folder: [eos, size]}, tiktoken: {name: [[id]]} }
"""

import base64
import json
import sys
from pathlib import Path

import tiktoken
from tokenizers import Regex, Tokenizer, models, pre_tokenizers, trainers

folder = Path(sys.argv[1])
cases = json.loads((folder / "cases.json").read_text("utf-8"))
out = {"merges": {}, "ids": {}, "decoded": {}, "tiktoken": {}}

for name, pattern in cases["patterns"].items():
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Split(Regex(pattern), "isolated"),
            pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
        ]
    )
    trainer = trainers.BpeTrainer(
        vocab_size=1200,
        min_frequency=2,
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    tokenizer.train_from_iterator(cases["corpus"], trainer)
    merges = json.loads(tokenizer.to_str())["model"]["merges"]
    out["merges"][name] = [merge if isinstance(merge, str) else " ".join(merge) for merge in merges]

for path in cases["tokenizers"]:
    tokenizer = Tokenizer.from_file(str(folder / path / "tokenizer.json"))
    # Ours take special tokens in text for text unless asked; theirs do with this set.
    tokenizer.encode_special_tokens = True
    encoded = [tokenizer.encode(text).ids for text in cases["texts"]]
    out["ids"][path] = encoded
    out["decoded"][path] = [tokenizer.decode(ids, skip_special_tokens=False) for ids in encoded]

for name, ranks in cases["ranks"].items():
    lines = (folder / ranks["file"]).read_text("ascii").splitlines()
    pairs = [line.split() for line in lines]
    encoding = tiktoken.Encoding(
        name,
        pat_str=ranks["pattern"],
        mergeable_ranks={base64.b64decode(token): int(rank) for token, rank in pairs},
        special_tokens=ranks["special"],
    )
    out["tiktoken"][name] = [encoding.encode(text, disallowed_special=()) for text in cases["texts"]]

(folder / "answers.json").write_text(json.dumps(out), "utf-8")
