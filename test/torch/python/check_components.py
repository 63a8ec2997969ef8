"""Builds tokenizers of random components of Hugging Face's `tokenizers`, trains them, and records what they do with texts.

    python check_components.py FOLDER COUNT SEED

Input:  FOLDER/texts.json = [text]
Output: FOLDER/NUMBER.json, a tokenizer.json for each tokenizer, and FOLDER/answers.json =
        [{ plain: [[id] or null], found: [[id] or null], wrapped: [[id] or null], samples: [[id]], decoded: [text or null] }]

`plain`: special tokens taken for text; `found`: special tokens found; `wrapped`: with what the post-processor adds; `decoded`: the
texts of `samples`, which are random ids. null: the library refuses, or panics.
"""

import json
import random
import sys
from pathlib import Path

from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers

folder, count, seed = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
texts = json.loads((folder / "texts.json").read_text("utf-8"))
charsmap = (Path(__file__).parents[2] / "text" / "layouts" / "charsmap.bin").read_bytes()
rng = random.Random(seed)
behaviors = ["removed", "isolated", "merged_with_previous", "merged_with_next", "contiguous"]
# What is first after a normalizer depends there on the offsets in the original text, which llmpipe does not keep.
schemes = ["always", "first", "never"]
plain = True
flag = lambda: rng.random() < 0.5

NORMALIZERS = {
    "NFC": normalizers.NFC,
    "NFD": normalizers.NFD,
    "NFKC": normalizers.NFKC,
    "NFKD": normalizers.NFKD,
    "Lowercase": normalizers.Lowercase,
    "StripAccents": normalizers.StripAccents,
    "Nmt": normalizers.Nmt,
    "Strip": lambda: normalizers.Strip(left=False, right=flag()),
    "Prepend": lambda: normalizers.Prepend("▁"),
    "Replace": lambda: normalizers.Replace(rng.choice([" ", "a", "é", Regex(r" {2,}"), Regex(r"\s+"), Regex(r"(\p{L})\1")]), rng.choice(["▁", "", "$1", "ab"])),
    "BertNormalizer": lambda: normalizers.BertNormalizer(
        clean_text=flag(), handle_chinese_chars=flag(), strip_accents=rng.choice([None, True, False]), lowercase=flag()
    ),
    "ByteLevel": normalizers.ByteLevel,
    "Precompiled": lambda: normalizers.Precompiled(charsmap),
}

PRE = {
    "ByteLevel": lambda: pre_tokenizers.ByteLevel(add_prefix_space=flag(), use_regex=flag()),
    "Split": lambda: pre_tokenizers.Split(
        rng.choice([Regex(r"\p{N}{1,3}"), Regex(r"\s+"), Regex(r"[^\W\d]+"), Regex(r"'\w+| ?\p{L}+"), " ", "▁", "a"]),
        rng.choice(behaviors),
        invert=flag(),
    ),
    "Digits": lambda: pre_tokenizers.Digits(individual_digits=flag()),
    "Metaspace": lambda: pre_tokenizers.Metaspace(replacement=rng.choice(["▁", "▁", "_"]), prepend_scheme=rng.choice(schemes[:: 1 if plain else 2]), split=flag()),
    "Whitespace": pre_tokenizers.Whitespace,
    "WhitespaceSplit": pre_tokenizers.WhitespaceSplit,
    "Punctuation": lambda: pre_tokenizers.Punctuation(rng.choice(behaviors)),
    "BertPreTokenizer": pre_tokenizers.BertPreTokenizer,
    "UnicodeScripts": pre_tokenizers.UnicodeScripts,
    "CharDelimiterSplit": lambda: pre_tokenizers.CharDelimiterSplit(rng.choice([" ", "e"])),
    "FixedLength": lambda: pre_tokenizers.FixedLength(rng.randint(1, 7)),
}

DECODERS = {
    "ByteLevel": decoders.ByteLevel,
    "Metaspace": lambda: decoders.Metaspace(replacement="▁", prepend_scheme=rng.choice(schemes)),
    "ByteFallback": decoders.ByteFallback,
    "Fuse": decoders.Fuse,
    "Strip": lambda: decoders.Strip(content=rng.choice([" ", "a"]), left=rng.randint(0, 2), right=0),
    "Replace": lambda: decoders.Replace(rng.choice(["▁", "e", Regex(r"[ab]+")]), rng.choice([" ", "", "xy"])),
    "WordPiece": lambda: decoders.WordPiece(prefix=rng.choice(["##", "a"]), cleanup=flag()),
    "BPEDecoder": lambda: decoders.BPEDecoder(suffix="</w>"),
    "CTC": lambda: decoders.CTC(pad_token="a", word_delimiter_token="|", cleanup=flag()),
}


def some(table, most):
    names = [rng.choice(list(table)) for _ in range(rng.randint(0, most))]
    return [table[name]() for name in names]


def model_and_trainer(special):
    size = rng.choice([150, 400])
    kind = rng.choice(["BPE", "BPE", "BPE", "Unigram", "WordPiece", "WordLevel"])
    common = dict(special_tokens=special, show_progress=False)
    if kind == "BPE":
        marks = {}
        if rng.random() < 0.3:
            marks = rng.choice([dict(continuing_subword_prefix="##"), dict(end_of_word_suffix="</w>"), dict(continuing_subword_prefix="#", end_of_word_suffix="~")])
        fallback = not marks and flag()
        if fallback:
            common["special_tokens"] = special + [f"<0x{byte:02X}>" for byte in range(256 if flag() else 200)]
        model = models.BPE(unk_token=rng.choice([None, "<unk>"]), fuse_unk=flag(), byte_fallback=fallback, ignore_merges=flag(), **marks)
        alphabet = pre_tokenizers.ByteLevel.alphabet() if flag() else []
        return model, trainers.BpeTrainer(
            vocab_size=size + 256 * fallback, initial_alphabet=alphabet, limit_alphabet=rng.choice([60, 256]), max_token_length=rng.choice([None, 8]), **marks, **common
        )
    if kind == "Unigram":
        return models.Unigram(), trainers.UnigramTrainer(vocab_size=size, unk_token="<unk>", **common)
    if kind == "WordPiece":
        return models.WordPiece(unk_token="<unk>", max_input_chars_per_word=rng.choice([5, 100])), trainers.WordPieceTrainer(
            vocab_size=size, limit_alphabet=rng.choice([60, 256]), **common
        )
    return models.WordLevel(unk_token="<unk>"), trainers.WordLevelTrainer(vocab_size=size, **common)


def added(content, special):
    # A special token is decoded as it is written in the file, and not as it is normalized.
    return AddedToken(content, single_word=flag(), lstrip=flag(), rstrip=flag(), normalized=not special and flag(), special=special)


def build():
    special = ["<unk>", "<s>", "</s>"]
    model, trainer = model_and_trainer(special)
    tokenizer = Tokenizer(model)
    global plain
    normal = some(NORMALIZERS, 3)
    steps = [rng.choice(list(PRE)) for _ in range(rng.randint(0, 3))]
    # The blank that ByteLevel puts before a text is at the offset 0 too.
    plain = not normal and "ByteLevel" not in steps
    pre, decode = [PRE[name]() for name in steps], some(DECODERS, 4)
    if normal:
        tokenizer.normalizer = normalizers.Sequence(normal) if len(normal) > 1 else normal[0]
    if pre:
        tokenizer.pre_tokenizer = pre_tokenizers.Sequence(pre) if len(pre) > 1 else pre[0]
    # llmpipe decodes bytes where a byte-level tokenizer has no decoder.
    if not decode and isinstance(model, models.BPE):
        decode = [decoders.ByteLevel()]
    if decode:
        tokenizer.decoder = decoders.Sequence(decode) if len(decode) > 1 else decode[0]
    # Special tokens are no tokens of the model.
    spelt = lambda text: any(mark in text for mark in ["<|", "[MASK]", "<s>"])
    tokenizer.train_from_iterator([text for text in texts if len(text) < 2000 and not spelt(text)][:60], trainer)
    # A token of blanks is nothing after `Strip`, and two tokens can be one after `Replace`.
    blanks = [] if any(isinstance(step, (normalizers.Strip, normalizers.Replace)) for step in normal) else [" ", "  "]
    tokenizer.add_tokens([added(content, False) for content in rng.sample([*blanks, "word", "ab", "ΣΩ", "<think>", "don't", "世"], 3)])
    tokenizer.add_special_tokens([added(content, True) for content in rng.sample(["<|im_start|>", "<s>", "[MASK]"], 2)])
    ids = [("<s>", tokenizer.token_to_id("<s>")), ("</s>", tokenizer.token_to_id("</s>"))]
    post = rng.choice(["none", "bert", "roberta", "template", "sequence"])
    template = processors.TemplateProcessing(single="<s> <s> $A </s>", pair="<s> $A $B:1", special_tokens=ids)
    if post == "bert":
        tokenizer.post_processor = processors.BertProcessing(ids[1], ids[0])
    elif post == "roberta":
        tokenizer.post_processor = processors.RobertaProcessing(ids[1], ids[0], trim_offsets=flag(), add_prefix_space=flag())
    elif post == "template":
        tokenizer.post_processor = template
    elif post == "sequence":
        tokenizer.post_processor = processors.Sequence([processors.ByteLevel(trim_offsets=False), template])
    return tokenizer


def guarded(function):
    try:
        return function()
    except BaseException as error:
        if isinstance(error, KeyboardInterrupt):
            raise
        return None


answers = []
while len(answers) < count:
    tokenizer = guarded(build)
    if tokenizer is None:
        continue
    tokenizer.save(str(folder / f"{len(answers)}.json"))
    # What is loaded counts, not what was built.
    tokenizer = guarded(lambda: Tokenizer.from_file(str(folder / f"{len(answers)}.json")))
    if tokenizer is None:
        continue
    encode = lambda text, add: guarded(lambda: tokenizer.encode(text, add_special_tokens=add).ids)
    tokenizer.encode_special_tokens = False
    answer = {"found": [encode(text, False) for text in texts], "wrapped": [encode(text, True) for text in texts]}
    tokenizer.encode_special_tokens = True
    answer["plain"] = [encode(text, False) for text in texts]
    size = max(tokenizer.get_vocab().values()) + 1
    held = sorted(tokenizer.get_vocab().values())
    samples = [[rng.choice(held) for _ in range(rng.randint(0, 12))] for _ in range(40)]
    answer["samples"] = samples
    answer["decoded"] = [guarded(lambda: tokenizer.decode(ids, skip_special_tokens=False)) for ids in samples]
    answers.append(answer)

(folder / "answers.json").write_text(json.dumps(answers), "utf-8")
