"""
Records which documents datatrove 0.10 takes for near copies, with its defaults: golden/minhash.json. The corpus is paragraphs of Moby
Dick, each several times with more and more of its words replaced; those are made here, and kept with the answer.

    python test/data/python/record_minhash.py > test/data/golden/minhash.json
"""

import json
import random
import struct
import sys
import tempfile
from pathlib import Path

from datatrove.data import Document
from datatrove.pipeline.dedup import MinhashDedupSignature
from datatrove.pipeline.dedup.minhash import MinhashConfig, MinhashDedupBuckets
from loguru import logger

logger.remove()
root = Path(__file__).parents[3]
draw = random.Random(1)
moby = (root / "pipelines/data/prose/moby-dick.txt").read_text()
paragraphs = [p.replace("\n", " ") for p in moby.split("\n\n") if 100 <= len(p.split()) <= 180]
vocabulary = sorted({w for p in paragraphs for w in p.split()})

texts = []
for paragraph in draw.sample(paragraphs, 60):
    words = paragraph.split()
    texts.append(paragraph)
    # One word in every hundred changed: 5 n-grams, a similarity of 0.9 and more; one in five: next to none in common.
    for changed in (0, 1, len(words) // 5):
        copy = list(words)
        for place in draw.sample(range(len(copy)), changed):
            copy[place] = draw.choice(vocabulary)
        texts.append(" ".join(copy) if changed else paragraph.upper().replace(",", " ,"))
draw.shuffle(texts)

config = MinhashConfig()
documents = [Document(text=text, id=str(i)) for i, text in enumerate(texts)]
with tempfile.TemporaryDirectory() as folder:
    MinhashDedupSignature(f"{folder}/signatures", config).run(documents, 0, 1)
    for bucket in range(config.num_buckets):
        MinhashDedupBuckets(f"{folder}/signatures", f"{folder}/buckets", config=config).run(None, bucket, config.num_buckets)
    pairs = []
    for file in sorted(Path(folder, "buckets").glob("*.dups")):
        # Pairs of (file, document), as 32-bit numbers.
        pairs += [(a, b) for _, a, _, b in struct.iter_unpack("<4I", file.read_bytes())]

# The pairs joined by hand, since MinhashDedupCluster keeps any one of a cluster, and llmpipe the first.
firsts = list(range(len(texts)))
for a, b in pairs * 3:
    old, new = sorted((firsts[a], firsts[b]))[::-1]
    firsts = [new if first == old else first for first in firsts]
json.dump({"texts": texts, "firsts": firsts}, sys.stdout, indent=0)
