"""Records how Hugging Face's `tokenizers` splits some texts by some patterns.

    python record_patterns.py        # writes ../golden/patterns.json
"""

import json
from pathlib import Path

from tokenizers import Regex, pre_tokenizers

here = Path(__file__).parent
texts = [
    "Größe naïve Привет, мир! x_y z2 ½ x² a½b ³",
    "你好，世界！ 한국어 नमस्ते e\u0301a ﬁ ǅ ʰ",
    "line one\nline two\r\n\n  three\u2028four\tfive\u0085six\ufeffseven\u00a0eight",
    "foo-bar foo_bar 0x1Fg 3.14 ١٢٣ Ⅷ $%^ «quoted» — … “x”",
    "aaaa abab AbAb K\u212a ſs ß DON'T don't it'ſ",
    "",
]
isolated = [
    r"\w+|[^\w\s]+|\s+",
    r"\w+",
    r"\W+",
    r"[\W]",
    r"[^\w]+",
    r"\bfoo\b",
    r"\b",
    r"\B",
    r"\d+",
    r"\D+",
    r"[\d.]+",
    r"\s+",
    r"\S+",
    r"\h+",
    r"\H+",
    r"\R",
    r".+",
    r"^.",
    r".$",
    r"\A.",
    r".\z",
    r"[[:alpha:]]+",
    r"[[:punct:]]+",
    r"[[:^space:]]+",
    r"[a-z&&[^aeiou]]+",
    r"\p{Han}+|\p{Hangul}+|\p{Devanagari}+",
    r"\p{^L}+",
    r"\P{L}+",
    r"\p{Lu}\p{Ll}*",
    r"\p{Alpha}+",
    r"(?i:'s|'t|don)",
    r"(?i:k|s)",
    r"a++b|a",
    r"(?>a+)b|a",
    r"a*+",
    r"(?<=o)-|(?<!o)_",
    r"\s+(?!\S)|\s+",
    r"(a)(b)\1|.",
    r"\u00e9|\x{e9}|\x41|\t",
    r"[\s\S]",
    r"x?",
    r"(?m:.+)",
    r"\p{N}{1,3}",
    r"[^\s\p{L}\p{N}]+",
]
others = [
    (pattern, behavior, invert)
    for pattern in [r"\s", r"\p{L}+", " ", "a"]
    for behavior in ["isolated", "removed", "contiguous", "merged_with_previous", "merged_with_next"]
    for invert in [False, True]
]

patterns = []
for pattern, behavior, invert in [*((pattern, "isolated", False) for pattern in isolated), *others]:
    split = pre_tokenizers.Split(Regex(pattern), behavior, invert)
    pieces = [[piece for piece, _ in split.pre_tokenize_str(text)] for text in texts]
    patterns.append({"pattern": pattern, "behavior": behavior, "invert": invert, "pieces": pieces})
out = {"texts": texts, "patterns": patterns}
(here.parent / "golden" / "patterns.json").write_text(json.dumps(out, ensure_ascii=False, indent=0) + "\n", "utf-8")
