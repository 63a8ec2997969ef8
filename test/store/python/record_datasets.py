"""
Records which files the library `datasets` takes for each split of folders in many layouts: golden/datasets.json. Needs datasets 5.2.

    python test/store/python/record_datasets.py > test/store/golden/datasets.json
"""

import json
import os
import tempfile
from pathlib import Path

os.environ["HF_HUB_OFFLINE"] = "1"
os.environ["HF_DATASETS_CACHE"] = tempfile.mkdtemp()

import datasets  # noqa: E402

configs = """---
license: mit
tags:
- text
configs:
- config_name: en
  data_files:
  - split: train
    path: "en/train-*.jsonl"
  - split: test
    path:
    - en/test-a.jsonl
    - 'en/test-b.jsonl'
- config_name: de
  default: true
  data_dir: de  # the folder
- config_name: flat
  data_files: "*.jsonl"
- {config_name: flow, data_files: [{split: train, path: [en/train-0.jsonl, "en/train-1.jsonl"]}]}
size_categories:
- n<1K
---

# A card

configs:
"""
one = '---\nconfigs:\n  - config_name: default\n    data_files:\n      - split: "dev.clean"\n        path: data/*/x-?.jsonl\n---\n'
no_files = "---\nlanguage: en\ndataset_info:\n  features:\n  - name: text\n    dtype: string\n  splits:\n  - name: train\n    num_bytes: 1\n---\n"
empty = "---\nconfigs:\n- config_name: default\n  data_files:\n  - split: train\n    path: data/train-*\n  - split: more\n    path: data/more-*\n---\n"
files_of_configs = ["en/train-0.jsonl", "en/train-1.jsonl", "en/test-a.jsonl", "en/test-b.jsonl", "de/train.jsonl", "de/dev.jsonl", "x.jsonl"]

layouts = [
    (None, ["data/train-00000-of-00002.parquet", "data/train-00001-of-00002.parquet", "data/test-00000-of-00001.parquet"]),
    (None, ["data/train-00000-of-00001-0a1b2c3d.parquet", "data/random-00000-of-00001.parquet", "data/validation-00000-of-00001.parquet", "data/a.jsonl"]),
    (None, ["data/train.jsonl", "data/test.jsonl", "data/notes.txt"]),
    (None, ["train.csv", "validation.csv", "README.txt"]),
    (None, ["train_0.jsonl.gz", "train_1.jsonl.gz", "my-test-file.jsonl.gz", "dev.jsonl"]),
    (None, ["train/a.jsonl", "train/b/c.jsonl", "test/d.jsonl", "other/e.jsonl"]),
    (None, ["data/training-part/a.jsonl", "evaluation/b.jsonl", "my_val/c.jsonl"]),
    (None, ["a.jsonl", "b/c.jsonl", "d.csv", "config.json", "dataset_infos.json"]),
    (None, ["a.parquet", "b.csv"]),
    (None, ["a.csv", "b.tsv", "c.json", "d.json"]),
    (None, ["a.json", "b.jsonl", "c.ndjson"]),
    (None, ["corpus.txt", ".hidden.txt", "__pycache__/x.txt", ".git/y.txt", "sub/z.txt"]),
    (None, ["trained.jsonl", "contest.jsonl", "latest-news.jsonl"]),
    (None, ["pre train 0.jsonl", "TEST.jsonl", "test.jsonl"]),
    (None, ["data/train-0-of-2.parquet", "data/train-1-of-2.parquet"]),
    (None, ["train/train-00000-of-00001.parquet", "data/x-00000-of-00001.parquet"]),
    (configs, files_of_configs),
    (one, ["data/a/x-1.jsonl", "data/b/x-22.jsonl", "data/b/x-3.jsonl", "data/c/d/x-4.jsonl"]),
    (no_files, ["data/train-00000-of-00001.parquet"]),
    (empty, ["data/train-0.parquet", "data/more-0.parquet", "data/more-1.parquet"]),
]

records = []
for readme, files in layouts:
    with tempfile.TemporaryDirectory() as folder:
        folder = os.path.realpath(folder)
        for file in files:
            path = Path(folder, file)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text("{}" if file.endswith("infos.json") else "")
        if readme is not None:
            Path(folder, "README.md").write_text(readme)
        names = datasets.get_dataset_config_names(folder)
        default = datasets.get_dataset_default_config_name(folder)
        found = {}
        for name in names:
            builder = datasets.load_dataset_builder(folder, name)
            found[name] = {str(split): sorted(os.path.relpath(path, folder) for path in paths) for split, paths in builder.config.data_files.items()}
        records.append({"files": files, **({} if readme is None else {"readme": readme}), "default": default, "configs": found})

print(json.dumps(records, indent=1))
