"""Does with datatrove or tokenizers what main.ts does with llmpipe: peer.py TASK FOLDER WORK [TOKENIZER].

The last line is JSON: how many documents are kept (tokens of `encode`), and the seconds if they are not those of the process.
"""

import json
import sys
import time
from pathlib import Path

task, folder, work = sys.argv[1], sys.argv[2], sys.argv[3]


def encode(tokenizer_folder):
    """One core, as llmpipe encodes. Reading and parsing count, writing four bytes a token counts."""
    import os

    os.environ["TOKENIZERS_PARALLELISM"] = "false"
    import numpy
    from tokenizers import Tokenizer

    tokenizer = Tokenizer.from_file(f"{tokenizer_folder}/tokenizer.json")
    start = time.perf_counter()
    tokens = 0
    with open(f"{folder}/pages.jsonl") as lines, open(f"{work}/tokens.bin", "wb") as out:
        batch = []

        def flush():
            found = tokenizer.encode_batch_fast(batch, add_special_tokens=False)
            for encoding in found:
                numpy.array(encoding.ids, dtype=numpy.uint32).tofile(out)
            return sum(len(encoding.ids) for encoding in found)

        for line in lines:
            batch.append(json.loads(line)["text"])
            if len(batch) == 1000:
                tokens += flush()
                batch.clear()
        tokens += flush()
    print(json.dumps({"kept": tokens, "seconds": time.perf_counter() - start}))


def with_datatrove():
    from datatrove.executor import LocalPipelineExecutor
    from datatrove.pipeline.dedup import MinhashDedupCluster, MinhashDedupFilter, MinhashDedupSignature
    from datatrove.pipeline.dedup.minhash import MinhashConfig, MinhashDedupBuckets
    from datatrove.pipeline.filters import (
        FineWebQualityFilter,
        GopherQualityFilter,
        GopherRepetitionFilter,
        LambdaFilter,
    )
    from datatrove.pipeline.readers import JsonlReader
    from datatrove.pipeline.writers import JsonlWriter

    reader = JsonlReader(folder, glob_pattern="pages.jsonl")
    writer = JsonlWriter(f"{work}/out", compression=None)

    def run(name, steps, tasks=1):
        LocalPipelineExecutor(pipeline=steps, tasks=tasks, workers=1, logging_dir=f"{work}/logs/{name}").run()

    if task == "read":
        run("read", [reader, LambdaFilter(lambda document: document.id == "0"), writer])
    elif task == "write":
        run("write", [reader, LambdaFilter(lambda document: document.id != "0"), writer])
    elif task == "filters":
        run("filters", [reader, GopherRepetitionFilter(), GopherQualityFilter(), FineWebQualityFilter(), writer])
    else:
        config = MinhashConfig()
        run("signatures", [reader, MinhashDedupSignature(f"{work}/signatures", config)])
        buckets = MinhashDedupBuckets(f"{work}/signatures", f"{work}/buckets", config=config)
        run("buckets", [buckets], tasks=config.num_buckets)
        run("cluster", [MinhashDedupCluster(f"{work}/buckets", f"{work}/remove", config=config)])
        run("filter", [reader, MinhashDedupFilter(f"{work}/remove"), writer])
    kept = sum(1 for file in Path(work, "out").glob("*.jsonl") for _ in file.open())
    print(json.dumps({"kept": kept}))


if task == "encode":
    encode(sys.argv[4])
else:
    with_datatrove()
