"""
Records what fastText predicts with lid.176.ftz: golden/languages.json. The texts are the first sentence in each of the 75 languages of lingua's
test data (github.com/pemistahl/lingua-rs, Apache 2.0, commit 77e94d1), the first three of some as one text, and odd ones. Needs fasttext-predict 0.9.2.

    python test/data/python/record_languages.py LINGUA/language-models > test/data/golden/languages.json
"""

import json
import sys
from pathlib import Path

import fasttext

root = Path(__file__).parents[3]
model = fasttext.load_model(str(root / "src/data/language/lid.176.ftz"))


def sentences(language, count):
    (path,) = Path(sys.argv[1], language).rglob("sentences.txt")
    return path.read_text().splitlines()[:count]


def texts():
    languages = sorted(path.name for path in Path(sys.argv[1]).iterdir() if any(path.rglob("sentences.txt")))
    for language in languages:
        yield sentences(language, 1)[0]
    for language in ("de", "ja", "th", "zh"):
        yield "\n".join(sentences(language, 3))
    yield "a"
    yield "Grüße"
    yield "__label__de is a word of this English text"
    yield "one\ttwo\u000bthree\u000cfour\rfive\u00a0six\u2003seven\u0000eight"
    yield "x" * 3000
    yield "the " * 500
    yield "我们" * 1000
    yield "😀 😀 ok 😀"
    yield "e\u0301te\u0301 et e\u0301te\u0301"


def predict(text):
    (label,), (probability,) = model.predict(text.replace("\n", " "))
    return {"text": text, "language": label.removeprefix("__label__"), "score": float(probability)}


json.dump([predict(text) for text in texts()], sys.stdout, ensure_ascii=False, indent=1)
print()
