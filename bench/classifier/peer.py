"""Does with scikit-learn, and with fastText if it can train, what main.ts does with llmpipe: peer.py FOLDER. Prints rows of JSON."""

import json
import sys
import time
from pathlib import Path

import numpy as np
from sklearn.feature_extraction.text import HashingVectorizer
from sklearn.linear_model import LogisticRegression

folder = Path(sys.argv[1])
texts = lambda name: [json.loads(line)["text"] for line in (folder / f"{name}.jsonl").open()]
good, bad, test = texts("good"), texts("bad"), texts("test")
rows = []


def scikit_learn():
    vectorizer = HashingVectorizer(ngram_range=(1, 2), n_features=2**20, alternate_sign=False, token_pattern=r"\w+")
    model = LogisticRegression(class_weight="balanced", max_iter=1000, C=100)
    model.fit(vectorizer.transform(good + bad), np.r_[np.ones(len(good)), np.zeros(len(bad))])
    return model.predict_proba(vectorizer.transform(test))[:, 1].tolist()


def fast_text():
    import fasttext

    path = folder / "train.txt"
    plain = lambda text: " ".join(text.lower().split())
    lines = [f"__label__good {plain(text)}" for text in good] + [f"__label__bad {plain(text)}" for text in bad]
    np.random.default_rng(1).shuffle(lines)
    path.write_text("\n".join(lines) + "\n")
    model = fasttext.train_supervised(str(path), wordNgrams=2, epoch=10, lr=0.5, dim=32, bucket=2**20, thread=1, verbose=0)
    # Its method `predict` needs NumPy 1; the one beneath does not.
    found = [{label: probability for probability, label in model.f.predict(plain(text) + "\n", 2, 0.0, "strict")} for text in test]
    return [float(each.get("__label__good", 0)) for each in found]


for name, act in [("scikit-learn, LogisticRegression", scikit_learn), ("fastText, supervised", fast_text)]:
    begin = time.perf_counter()
    try:
        probabilities = act()
    except (ImportError, AttributeError) as error:
        print(f"{name}: {error}", file=sys.stderr)
        continue
    rows.append({"name": name, "seconds": time.perf_counter() - begin, "probabilities": probabilities})
print(json.dumps(rows))
