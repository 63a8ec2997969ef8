"""Answers each line, a list of texts, with their languages by a model of fastText: peer.py MODEL."""

import json
import sys

import fasttext

model = fasttext.load_model(sys.argv[1])
for line in sys.stdin:
    labels = [model.predict(text.replace("\n", " "))[0][0] for text in json.loads(line)]
    print(json.dumps([label.removeprefix("__label__") for label in labels]), flush=True)
