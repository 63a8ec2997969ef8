"""
Collects the stop words of FineWeb 2 for the languages of lid.176: src/data/language/stop-words.json. The lists are those of configs/*.yml of
github.com/huggingface/fineweb-2 (Apache 2.0; commit named in docs/decisions/words.md): words that are frequent in Wikipedia and other texts. Lists of
one language in several scripts are joined. English is that of Gopher (Rae et al. 2021, section A1.1). Needs pycountry and pyyaml.

    python test/data/python/record_stop_words.py FINEWEB2/configs LABELS > src/data/language/stop-words.json

LABELS: the labels of lid.176, one a line.
"""

import json
import re
import sys
import unicodedata
from pathlib import Path

import pycountry
import yaml

# FineWeb 2 names individual languages; lid.176 names these by their macrolanguage.
individual = {
    "ar": "arb", "az": "azj", "et": "ekk", "fa": "fas", "gn": "gug", "ku": "kmr", "lv": "lvs", "mg": "plt", "mn": "khk", "ms": "zsm",
    "ne": "npi", "no": "nob", "or": "ory", "ps": "pbt", "qu": "quy", "sq": "als", "sw": "swh", "uz": "uzn", "yi": "ydd", "zh": "cmn",
    "sh": "hrv", "tl": "fil", "kv": "kpv", "eml": "egl", "bh": "bho", "als": "gsw",
}  # fmt: skip
gopher = ["the", "be", "to", "of", "and", "that", "have", "with"]


def iso3(label):
    if label in individual:
        return individual[label]
    if len(label) == 3:
        return label
    language = pycountry.languages.get(alpha_2=label)
    return language.alpha_3 if language else label


def plain(word):
    """A word of letters, marks and numbers only, as llmpipe splits texts: `d'` is `d`; none for `·` and `ha'e`."""
    word = re.sub(r"^[^\w\u0300-\U000e01ef]+|[^\w\u0300-\U000e01ef]+$", "", word.lower())
    return word if word and all(unicodedata.category(c)[0] in "LMN" for c in word) else None


lists = {}
for label in sorted(Path(sys.argv[2]).read_text().split()):
    words = {
        plain(word)
        for path in sorted(Path(sys.argv[1]).glob(f"{iso3(label)}_*.yml"))
        for word in yaml.safe_load(path.read_text()).get("stopwords") or []
    }
    words.discard(None)
    if words:
        lists[label] = sorted(words)
lists["en"] = gopher
lines = [f" {json.dumps(label)}: {json.dumps(words, ensure_ascii=False)}" for label, words in sorted(lists.items())]
print("{\n" + ",\n".join(lines) + "\n}")
