"""
Records what datatrove 0.10 counts on varied documents: golden/metrics.json. Its filters' own functions, with words split at
white space, which is how llmpipe counts, and words with a letter, mark or number where datatrove takes all but its list of
punctuation (a lone bullet or emoji is a word to it); stop words by spaCy's words, in lower case.

    python test/data/python/record_metrics.py > test/data/golden/metrics.json
"""

import json
import re
import sys
import unicodedata
from pathlib import Path

import numpy as np
from datatrove.data import Document
from datatrove.pipeline.filters import C4QualityFilter, FineWebQualityFilter, GopherQualityFilter, GopherRepetitionFilter
from datatrove.pipeline.filters import c4_filters, fineweb_quality_filter, gopher_quality_filter, gopher_repetition_filter
from datatrove.pipeline.filters.gopher_repetition_filter import find_all_duplicate, find_duplicates, find_top_duplicate, get_n_grams
from datatrove.utils.text import TERMINAL_PUNCTUATION, split_into_words as spacy_words

root = Path(__file__).parents[3]
words_of = lambda text, language=None: text.split()
gopher_quality_filter.PUNCTUATION_SET = {c for c in map(chr, range(0x110000)) if unicodedata.category(c)[0] not in "LMN"}
for module in (gopher_quality_filter, gopher_repetition_filter, fineweb_quality_filter):
    module.split_into_words = words_of
STOP_WORDS = set(gopher_quality_filter.STOP_WORDS)


def documents():
    moby = (root / "pipelines/data/prose/moby-dick.txt").read_text()
    union = (root / "pipelines/data/prose/union-1790-george-washington.txt").read_text()
    yield "prose", moby[30000:34000]
    yield "contents", moby[:3000]
    yield "one line", union[:5000]
    yield "short", "To be, or not to be: that is the question."
    yield "one word", "Whale"
    yield "bullets", "\n".join(f"- point {i}" for i in range(12)) + "\n• last one\nplain"
    yield "ellipses", "Read more...\nGo on…\nand so the story of it ends.\nMore...  \nwith the end"
    yield "hashes", "#one #two three ### four ... five … six"
    yield "repeated lines", "Buy now!\nThe offer ends today.\n" * 9 + "Something else."
    yield "repeated paragraphs", "A paragraph about the sea.\nIt has two lines.\n\n" * 5 + "Another one.\n\n\nAnd another.\n\nAnother one."
    yield "repeated words", "the whale and the sea " * 40 + "were there to have been seen with that"
    yield "repeated five", " ".join(f"w{i % 7}" for i in range(60)) + " and so it goes on to the very end of that"
    yield "unicode", "Ein Ölgemälde für 12 €: schöne Straße! Ça va? Да, конечно. 한국어로쓰인문장이다。 𝒜𝓑 😀 café\u0301 naïve\u00a0word"
    yield "crlf and separators", "one line\r\ntwo lines.\r\n\r\nthree\x85four\u2028five\x0bsix.\n"
    yield "numbers", "In 1851, 3 of 4 had 12,000 — that is 25 % — and ٣٤ more."
    yield "code", "function f(x) {\n  return { a: x }\n}\n// lorem ipsum\n"
    yield "blank lines", "\n\n  \nThe text begins here.\n\n\n\nIt ends there.\n\n"
    yield "menu", "Home\nAbout\nContact\nPrivacy policy\n" + "This sentence is the only one of the page that says anything to anybody.\n" * 2
    yield "long lines", "x" * 40 + ".\n" + "y" * 30 + "\n" + "z" * 31 + "?\n" + "😀" * 30 + "\n" + "😀" * 31


def metrics(text):
    words = words_of(text)
    n = len(words)
    real = [w for w in words if any(unicodedata.category(c)[0] in "LMN" for c in w)]
    lines = text.splitlines()
    written = [line for line in text.split("\n") if line.strip() != ""]
    paragraphs = re.compile(r"\n{2,}").split(text.strip())
    newline = re.compile("\n+").split(text)
    dup_p, dup_pc = find_duplicates(paragraphs)
    dup_l, dup_lc = find_duplicates(newline)
    found = {
        "characters": len(text),
        "bytes": len(text.encode()),
        "words": len(real),
        "mean_word_length": float(np.mean([len(w) for w in real])),
        "symbol_word_ratio": max(text.count("#") / n, (text.count("...") + text.count("…")) / n),
        "bullet_line_ratio": sum(s.lstrip().startswith("•") or s.lstrip().startswith("-") for s in lines) / len(lines),
        "ellipsis_line_ratio": sum(s.rstrip().endswith("...") or s.rstrip().endswith("…") for s in lines) / len(lines),
        "alpha_word_ratio": sum(any(c.isalpha() for c in w) for w in words) / n,
        "alpha_ratio": sum(c.isalpha() for c in text) / len(text),
        "digit_ratio": sum(c.isdecimal() for c in text) / len(text),
        "stop_words": len(STOP_WORDS & {w.lower() for w in spacy_words(text, "en")}),
        "duplicate_paragraph_ratio": dup_p / len(paragraphs),
        "duplicate_paragraph_character_ratio": dup_pc / len(text),
        "duplicate_line_ratio": dup_l / len(newline),
        "duplicate_line_character_ratio": dup_lc / len(text),
        "lines": len(written),
        "terminal_punctuation_line_ratio": sum(line.endswith(tuple(TERMINAL_PUNCTUATION)) for line in written) / len(written),
        "short_line_ratio": sum(len(line) <= 30 for line in written) / len(written),
        "net_duplicate_line_character_ratio": find_duplicates(written)[1] / len(text.replace("\n", "")),
        "newline_word_ratio": text.count("\n") / n,
        "curly_brackets": text.count("{"),
        "lorem_ipsum": "lorem ipsum" in text.lower(),
    }
    for k in (2, 3, 4):
        grams = get_n_grams(words, k)
        found[f"top_{k}gram_ratio"] = find_top_duplicate(grams) / len(text) if grams else 0
    for k in range(5, 11):
        found[f"duplicate_{k}gram_ratio"] = find_all_duplicate(words, k) / len(text)
    return found


def verdicts(text):
    """What each filter says: true, or the reason."""
    said = {}
    for name, make in (
        ("gopher_quality", GopherQualityFilter),
        ("gopher_repetition", GopherRepetitionFilter),
        ("fineweb_quality", FineWebQualityFilter),
    ):
        result = make().filter(Document(text=text, id=""))
        said[name] = result is True
    document = Document(text=text, id="")
    C4QualityFilter(min_num_sentences=-1, filter_lorem_ipsum=False, filter_curly_bracket=False).filter(document)
    said["c4_lines"] = document.text
    return said


rows = [{"name": name, "text": text, "metrics": metrics(text), "verdicts": verdicts(text)} for name, text in documents()]
json.dump(rows, sys.stdout, indent=1, ensure_ascii=True)
