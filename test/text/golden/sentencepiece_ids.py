"""Small models of SentencePiece, and the ids that it gives to texts.

    python sentencepiece_ids.py OUT COUNT [NAME…]    # OUT/NAME.model and OUT/expected.json, with COUNT lines of prose and as many random texts

The files here are those of `sentencepiece_ids.py sentencepiece 60 llama gemma unigram`; the others have large tables of Unicode.

The settings are those of Llama 2 and Mistral (llama), T5 (t5), Gemma (gemma), and the defaults for BPE; unigram_bytes falls back to bytes and folds cases.
"""

import io
import json
import random
import sys
from pathlib import Path

import sentencepiece

out, count, chosen = Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3:]
lines = [line for line in Path("pipelines/data/prose/moby-dick.txt").read_text("utf-8").split("\n") if line.strip()]
as_is = dict(normalization_rule_name="identity", remove_extra_whitespaces=False, allow_whitespace_only_pieces=True)
MODELS = {
    "llama": dict(model_type="bpe", byte_fallback=True, split_digits=True, **as_is),
    "t5": dict(model_type="unigram", pad_id=0, eos_id=1, unk_id=2, bos_id=-1),
    "gemma": dict(model_type="bpe", byte_fallback=True, split_digits=True, add_dummy_prefix=False, user_defined_symbols=["\n", "\n\n", "<b>", "▁▁"], **as_is),
    "unigram": dict(model_type="unigram", normalization_rule_name="identity", pad_id=0, eos_id=1, unk_id=2, bos_id=-1),
    "bpe": dict(model_type="bpe"),
    "unigram_bytes": dict(model_type="unigram", byte_fallback=True, normalization_rule_name="nfkc_cf"),
}
ODD = ["", " ", "  ", " a", "a ", "  a  b  ", "Größe, naïve. Привет, мир! 你好，世界！こんにちは 안녕하세요 👍🏽 🇩🇪", "ﬁne ½ ² Ⅷ ①", "a\tb\nc\r\nd", "▁a▁▁b", "▁", "a▁ ", "\u3000x\u00a0y"]
ODD += ["for (let i = 0; i < 1234567; i++) { x[i] += 3.14159 }\n    return", "\u200b zero", "e\u0301", "x\n\n\ny <b>bold</b>", "\n", "\u3000", "ＡＢＣ", "İstanbul ẞ"]

random.seed(1)
letters = "abc ABC.,▁ \n\t12é你👍ß½"
texts = ODD + lines[:count] + ["".join(random.choices(letters, k=random.randint(1, 30))) for _ in range(count)]
ids = {}
for name, settings in MODELS.items():
    if chosen and name not in chosen:
        continue
    model = io.BytesIO()
    sentencepiece.SentencePieceTrainer.train(sentence_iterator=iter(lines[:1500]), model_writer=model, minloglevel=2, num_threads=1, vocab_size=500, **settings)
    (out / f"{name}.model").write_bytes(model.getvalue())
    processor = sentencepiece.SentencePieceProcessor(model_proto=model.getvalue())
    ids[name] = [processor.encode(text) for text in texts]
(out / "expected.json").write_text(json.dumps({"texts": texts, "ids": ids}, ensure_ascii=False) + "\n", "utf-8")
