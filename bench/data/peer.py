"""Does with datatrove what main.ts does with llmpipe, and prints how many documents are kept: peer.py TASK FOLDER WORK."""

import sys
from pathlib import Path

from datatrove.executor import LocalPipelineExecutor
from datatrove.pipeline.dedup import MinhashDedupCluster, MinhashDedupFilter, MinhashDedupSignature
from datatrove.pipeline.dedup.minhash import MinhashConfig, MinhashDedupBuckets
from datatrove.pipeline.filters import FineWebQualityFilter, GopherQualityFilter, GopherRepetitionFilter
from datatrove.pipeline.readers import JsonlReader
from datatrove.pipeline.writers import JsonlWriter

task, folder, work = sys.argv[1], sys.argv[2], sys.argv[3]
reader = JsonlReader(folder, glob_pattern="pages.jsonl")
writer = JsonlWriter(f"{work}/out", compression=None)


def run(name, steps, tasks=1):
    LocalPipelineExecutor(pipeline=steps, tasks=tasks, workers=1, logging_dir=f"{work}/logs/{name}").run()


if task == "filters":
    run("filters", [reader, GopherRepetitionFilter(), GopherQualityFilter(), FineWebQualityFilter(), writer])
else:
    config = MinhashConfig()
    run("signatures", [reader, MinhashDedupSignature(f"{work}/signatures", config)])
    buckets = MinhashDedupBuckets(f"{work}/signatures", f"{work}/buckets", config=config)
    run("buckets", [buckets], tasks=config.num_buckets)
    run("cluster", [MinhashDedupCluster(f"{work}/buckets", f"{work}/remove", config=config)])
    run("filter", [reader, MinhashDedupFilter(f"{work}/remove"), writer])

print(sum(1 for file in Path(work, "out").glob("*.jsonl") for _ in file.open()))
