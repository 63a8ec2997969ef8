"""Makes small tokenizers in the layouts of published tokenizer.json files, and records what Hugging Face's `tokenizers` does with them.

    python record.py        # writes ../golden/layouts/NAME.json and ../golden/layouts.json

Each layout has the normalizer, pre-tokenizer, post-processor, decoder and kinds of added tokens of the model it is named after; the
vocabulary is trained on texts.json. Recorded for every text: `ids` (special tokens recognized, nothing added), `plain` (special tokens
taken for text), `wrapped` (with what the post-processor adds), `decoded` (of `ids`, special tokens spelt out).
"""

import base64
import json
from pathlib import Path

import tokenizers
from tokenizers import Tokenizer, models, pre_tokenizers, trainers

here = Path(__file__).parent
golden = here.parent / "golden"
texts = json.loads((here / "texts.json").read_text("utf-8"))

CL100K = (
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
)
QWEN = r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
O200K = "|".join(
    [
        r"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+(?i:'s|'t|'re|'ve|'m|'ll|'d)?",
        r"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*(?i:'s|'t|'re|'ve|'m|'ll|'d)?",
        r"\p{N}{1,3}",
        r" ?[^\s\p{L}\p{N}]+[\r\n/]*",
        r"\s*[\r\n]+",
        r"\s+(?!\S)",
        r"\s+",
    ]
)
DEEPSEEK = [
    r"\p{N}{1,3}",
    "[一-龥\u3040-ゟ゠-ヿ]+",
    r"[!\"#$%&'()*+,\-./:;<=>?@\[\\\]^_`{|}~][A-Za-z]+|[^\r\n\p{L}\p{P}\p{S}]?[\p{L}\p{M}]+| ?[\p{P}\p{S}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+",
]


def byte_level(use_regex, add_prefix_space=False, trim_offsets=True):
    return {"type": "ByteLevel", "add_prefix_space": add_prefix_space, "trim_offsets": trim_offsets, "use_regex": use_regex}


def split(pattern, behavior="Isolated", invert=False):
    return {"type": "Split", "pattern": {"Regex": pattern}, "behavior": behavior, "invert": invert}


def sequence(kind, *steps):
    return {"type": "Sequence", kind: list(steps)}


def added(content, special=True, normalized=None, **flags):
    token = {"content": content, "single_word": False, "lstrip": False, "rstrip": False}
    return {**token, "normalized": not special if normalized is None else normalized, "special": special, **flags}


def template(before, after=()):
    """TemplateProcessing that puts these tokens around a text; their ids are filled in later."""
    parts = lambda of, kind: [
        *({"SpecialToken": {"id": token, "type_id": kind}} for token in before),
        {"Sequence": {"id": of, "type_id": kind}},
        *({"SpecialToken": {"id": token, "type_id": kind}} for token in after),
    ]
    return {
        "type": "TemplateProcessing",
        "single": parts("A", 0),
        "pair": parts("A", 0) + parts("B", 1),
        "special_tokens": {token: {"id": token, "ids": [None], "tokens": [token]} for token in [*before, *after]},
    }


sentence_piece_decoder = sequence(
    "decoders",
    {"type": "Replace", "pattern": {"String": "▁"}, "content": " "},
    {"type": "ByteFallback"},
    {"type": "Fuse"},
    {"type": "Strip", "content": " ", "start": 1, "stop": 0},
)
cut_bytes = byte_level(False)
post_bytes = byte_level(True, trim_offsets=False)

metaspace = {"type": "Metaspace", "replacement": "▁", "prepend_scheme": "always", "split": True}
charsmap = {"type": "Precompiled", "precompiled_charsmap": base64.b64encode((here / "charsmap.bin").read_bytes()).decode()}
word_piece_tokens = [added(token) for token in ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]]

# Layouts of models that are not BPE, and of BPE that marks the parts of words. Their vocabularies are trained with their own steps.
OTHERS = {
    "bert": dict(
        kind="WordPiece",
        normalizer={"type": "BertNormalizer", "clean_text": True, "handle_chinese_chars": True, "strip_accents": None, "lowercase": True},
        pre={"type": "BertPreTokenizer"},
        post=template(["[CLS]"], ["[SEP]"]),
        decoder={"type": "WordPiece", "prefix": "##", "cleanup": True},
        added=word_piece_tokens,
        unknown="[UNK]",
    ),
    "t5": dict(
        kind="Unigram",
        normalizer=charsmap,
        pre=sequence("pretokenizers", {"type": "WhitespaceSplit"}, metaspace),
        post=template([], ["</s>"]),
        decoder=metaspace,
        added=[added("<pad>"), added("</s>"), added("<unk>"), added("<extra_id_0>"), added("<mask>", lstrip=True)],
        unknown="<unk>",
    ),
    "xlnet": dict(
        kind="Unigram",
        normalizer=sequence(
            "normalizers",
            {"type": "Replace", "pattern": {"String": "``"}, "content": '"'},
            {"type": "NFKD"},
            {"type": "StripAccents"},
            {"type": "Lowercase"},
            charsmap,
            {"type": "Strip", "strip_left": False, "strip_right": True},
            {"type": "Replace", "pattern": {"Regex": " {2,}"}, "content": " "},
        ),
        pre=metaspace,
        post=template([], ["<sep>", "<cls>"]),
        decoder=metaspace,
        added=[added("<unk>"), added("<sep>"), added("<cls>"), added("<mask>", lstrip=True)],
        unknown="<unk>",
    ),
    "clip": dict(
        kind="BPE",
        normalizer=sequence(
            "normalizers",
            {"type": "NFC"},
            {"type": "Replace", "pattern": {"Regex": r"\s+"}, "content": " "},
            {"type": "Lowercase"},
        ),
        pre=sequence(
            "pretokenizers",
            split(r"<\|startoftext\|>|<\|endoftext\|>|'s|'t|'re|'ve|'m|'ll|'d|[\p{L}]+|[\p{N}]|[^\s\p{L}\p{N}]+", "Removed", True),
            byte_level(False),
        ),
        post={"type": "RobertaProcessing", "sep": ["<|endoftext|>", None], "cls": ["<|startoftext|>", None], "trim_offsets": False, "add_prefix_space": False},
        decoder={"type": "BPEDecoder", "suffix": "</w>"},
        added=[added("<|startoftext|>"), added("<|endoftext|>")],
        unknown="<|endoftext|>",
        suffix="</w>",
    ),
    "words": dict(
        kind="WordLevel",
        normalizer={"type": "NFC"},
        pre=sequence("pretokenizers", {"type": "UnicodeScripts"}, {"type": "Whitespace"}),
        decoder=None,
        added=[added("<unk>")],
        unknown="<unk>",
    ),
}

LAYOUTS = {
    "gpt2": dict(
        pre=byte_level(True),
        post=byte_level(True, add_prefix_space=True, trim_offsets=False),
        added=[added("<|endoftext|>")],
        in_vocab=True,
    ),
    "llama3": dict(
        pre=sequence("pretokenizers", split(CL100K), cut_bytes),
        post=sequence("processors", post_bytes, template(["<|begin_of_text|>"])),
        added=[added("<|begin_of_text|>"), added("<|end_of_text|>"), added("<|eot_id|>"), added("<|im_start|>")],
        model=dict(ignore_merges=True),
    ),
    "qwen3": dict(
        normalizer={"type": "NFC"},
        pre=sequence("pretokenizers", split(QWEN), cut_bytes),
        post=byte_level(False),
        decoder=byte_level(False),
        added=[
            added("<|endoftext|>"),
            added("<|im_start|>"),
            added("<|im_end|>"),
            added("<tool_call>", special=False, normalized=False),
            added("<think>", special=False, normalized=False),
            added("</think>", special=False, normalized=False),
        ],
    ),
    "smollm2": dict(
        pre=sequence("pretokenizers", {"type": "Digits", "individual_digits": True}, byte_level(True)),
        added=[added("<|endoftext|>"), added("<|im_start|>"), added("<|im_end|>"), added("<repo_name>")],
        in_vocab=True,
        first=True,
        alphabet=False,
    ),
    "olmo2": dict(
        pre=sequence("pretokenizers", split(CL100K), cut_bytes),
        post=post_bytes,
        added=[
            added("<|endoftext|>"),
            added("|||IP_ADDRESS|||", special=False, normalized=False),
            added("<|im_start|>", special=False, normalized=False),
            added("<|pad|>"),
        ],
    ),
    "gpt-neox": dict(
        normalizer={"type": "NFC"},
        pre=byte_level(True),
        post=byte_level(True),
        added=[
            added("<|endoftext|>"),
            added("<|padding|>"),
            *(added(" " * count, special=False) for count in range(24, 1, -1)),
        ],
        first_added=2,
    ),
    "phi": dict(
        pre=byte_level(True),
        post=byte_level(True),
        added=[
            added("<|endoftext|>"),
            *(added(" " * count, special=False) for count in range(31, 1, -1)),
            *(added("\t" * count, special=False) for count in range(9, 1, -1)),
        ],
    ),
    "deepseek-v3": dict(
        normalizer=sequence("normalizers"),
        pre=sequence("pretokenizers", *map(split, DEEPSEEK), cut_bytes),
        post=template(["<｜begin▁of▁sentence｜>"]),
        added=[
            added("<｜begin▁of▁sentence｜>"),
            added("<｜end▁of▁sentence｜>"),
            added("<think>", special=False, normalized=True),
            added("</think>", special=False, normalized=True),
            added("<｜User｜>", special=False, normalized=False),
        ],
    ),
    "gpt-4o": dict(
        pre=sequence("pretokenizers", split(O200K, "Removed", True), cut_bytes),
        added=[added("<|endoftext|>"), added("<|endofprompt|>")],
    ),
    # No published layout, but all the other steps.
    "steps": dict(
        normalizer=sequence(
            "normalizers",
            {"type": "NFKD"},
            {"type": "Lowercase"},
            {"type": "StripAccents"},
            {"type": "Strip", "strip_left": True, "strip_right": True},
            {"type": "Replace", "pattern": {"Regex": r"(\p{L})\1{2,}"}, "content": "$1"},
        ),
        pre=sequence(
            "pretokenizers",
            {"type": "WhitespaceSplit"},
            {"type": "Punctuation", "behavior": "MergedWithPrevious"},
            {"type": "Digits", "individual_digits": False},
            {"type": "Whitespace"},
            {"type": "Split", "pattern": {"String": ""}, "behavior": "Isolated", "invert": False},
            cut_bytes,
        ),
        added=[added("Word", special=False), added("<s>")],
    ),
    "roberta": dict(
        pre=byte_level(True, add_prefix_space=True),
        post={"type": "RobertaProcessing", "sep": ["</s>", None], "cls": ["<s>", None], "trim_offsets": True, "add_prefix_space": True},
        added=[added("<s>"), added("</s>"), added("<mask>", lstrip=True), added("word", special=False, single_word=True)],
    ),
    "gemma": dict(
        normalizer={"type": "Replace", "pattern": {"String": " "}, "content": "▁"},
        pre={"type": "Split", "pattern": {"String": " "}, "behavior": "MergedWithPrevious", "invert": False},
        post=template(["<bos>"]),
        decoder=sequence("decoders", *sentence_piece_decoder["decoders"][:3]),
        added=[
            added("<pad>"),
            added("<eos>"),
            added("<bos>"),
            added("<unk>"),
            added("<start_of_turn>"),
            *(added("\n" * count, special=False, normalized=False) for count in range(2, 8)),
            *(added("▁" * count, special=False, normalized=False) for count in range(2, 8)),
        ],
        model=dict(byte_fallback=True, fuse_unk=True, unk_token="<unk>"),
        first=True,
    ),
    "llama2": dict(
        normalizer=sequence(
            "normalizers",
            {"type": "Prepend", "prepend": "▁"},
            {"type": "Replace", "pattern": {"String": " "}, "content": "▁"},
        ),
        pre=None,
        post=template(["<s>"]),
        decoder=sentence_piece_decoder,
        added=[
            added("<unk>"),
            added("<s>"),
            added("</s>"),
            added("<|im_start|>", rstrip=True),
            added("<|assistant|>", rstrip=True),
            added("<|end|>", special=False, normalized=True),
        ],
        model=dict(byte_fallback=True, fuse_unk=True, unk_token="<unk>"),
        first=True,
    ),
    "mistral": dict(
        pre={"type": "Metaspace", "replacement": "▁", "prepend_scheme": "first", "split": False},
        post=template(["<s>"]),
        decoder=sentence_piece_decoder,
        added=[added("<unk>"), added("<s>"), added("</s>"), added("[INST]"), added("[/INST]")],
        model=dict(byte_fallback=True, fuse_unk=True, unk_token="<unk>"),
        first=True,
    ),
    "metaspace": dict(
        pre={"type": "Metaspace", "replacement": "▁", "prepend_scheme": "always", "split": True},
        decoder={"type": "Metaspace", "replacement": "▁", "prepend_scheme": "always", "split": True},
        added=[added("<unk>"), added("<s>")],
        model=dict(fuse_unk=False, unk_token="<unk>"),
        first=True,
        alphabet=False,
    ),
}


def trained(layout):
    """Tokens and merges of texts.json, as tokenizer.json has them."""
    pre = layout["pre"]
    steps = [] if pre is None else pre["pretokenizers"] if pre["type"] == "Sequence" else [pre]
    is_bytes = any(step["type"] == "ByteLevel" for step in steps)
    tokenizer = Tokenizer(models.BPE())
    if is_bytes:
        tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
        alphabet = pre_tokenizers.ByteLevel.alphabet() if layout.get("alphabet", True) else []
    else:
        tokenizer.pre_tokenizer = pre_tokenizers.Metaspace()
        alphabet = []
    corpus = [text for text in texts.values() if len(text) < 1000]
    if not layout.get("alphabet", True):
        # Some bytes and characters are left without a token.
        corpus = [text for text in corpus if text.isascii()]
    trainer = trainers.BpeTrainer(
        vocab_size=480 if is_bytes else 300, initial_alphabet=alphabet, show_progress=False, limit_alphabet=256 if is_bytes else 120
    )
    tokenizer.train_from_iterator(corpus, trainer)
    model = json.loads(tokenizer.to_str())["model"]
    return sorted(model["vocab"], key=model["vocab"].get), model["merges"]


def trained_whole(layout):
    """A tokenizer.json whose model is trained with the normalizer and pre-tokenizer of the layout."""
    special = [token["content"] for token in layout["added"]]
    marks = {"end_of_word_suffix": layout["suffix"]} if "suffix" in layout else {}
    unknown = layout["unknown"]
    model, trainer = {
        "BPE": lambda: (models.BPE(unk_token=unknown, **marks), trainers.BpeTrainer(vocab_size=420, initial_alphabet=pre_tokenizers.ByteLevel.alphabet(), special_tokens=special, **marks, show_progress=False)),
        "Unigram": lambda: (models.Unigram(), trainers.UnigramTrainer(vocab_size=300, special_tokens=special, unk_token=unknown, show_progress=False)),
        "WordLevel": lambda: (models.WordLevel(unk_token=unknown), trainers.WordLevelTrainer(vocab_size=90, special_tokens=special, show_progress=False)),
        "WordPiece": lambda: (models.WordPiece(unk_token=unknown), trainers.WordPieceTrainer(vocab_size=300, special_tokens=special, limit_alphabet=120, show_progress=False)),
    }[layout["kind"]]()
    base = json.loads(Tokenizer(model).to_str())
    parts = {"normalizer": layout["normalizer"], "pre_tokenizer": layout["pre"], "decoder": layout["decoder"]}
    tokenizer = Tokenizer.from_str(json.dumps({**base, **parts}))
    spelt = lambda text: any(token in text for token in [*special, "<s>", "</s>", "<|endoftext|>"])
    tokenizer.train_from_iterator([text for text in texts.values() if len(text) < 1000 and not spelt(text)], trainer)
    out = json.loads(tokenizer.to_str())
    ids = {token: tokenizer.token_to_id(token) for token in special}
    added = sorted(({"id": ids[token["content"]], **token} for token in layout["added"]), key=lambda token: token["id"])
    return {**out, "added_tokens": added, "post_processor": filled(layout.get("post"), ids)}


def filled(json, ids):
    """The ids of tokens in the places that a layout leaves open."""
    if isinstance(json, list):
        return [ids[json[0]] if part is None else filled(part, ids) for part in json]
    if isinstance(json, dict):
        if json.keys() == {"id", "ids", "tokens"}:
            return {**json, "ids": [ids[json["id"]]]}
        return {key: filled(value, ids) for key, value in json.items()}
    return json


def build(layout):
    if "kind" in layout:
        return trained_whole(layout)
    tokens, merges = trained(layout)
    special = [token["content"] for token in layout["added"]]
    first = layout.get("first", False)
    model = {
        "type": "BPE",
        "dropout": None,
        "unk_token": None,
        "continuing_subword_prefix": None,
        "end_of_word_suffix": None,
        "fuse_unk": False,
        "byte_fallback": False,
        "ignore_merges": False,
        **layout.get("model", {}),
    }
    if model["byte_fallback"]:
        tokens = [f"<0x{byte:02X}>" for byte in range(256)] + tokens
    order = special + tokens if first else tokens + special
    ids = {token: number for number, token in enumerate(order)}
    inside = order if first or layout.get("in_vocab") else tokens
    model["vocab"] = {token: ids[token] for token in inside}
    model["merges"] = merges

    return {
        "version": "1.0",
        "truncation": None,
        "padding": None,
        "added_tokens": [{"id": ids[token["content"]], **token} for token in layout["added"]],
        "normalizer": layout.get("normalizer"),
        "pre_tokenizer": layout["pre"],
        "post_processor": filled(layout.get("post"), ids),
        "decoder": layout.get("decoder", byte_level(True, add_prefix_space=True)),
        "model": model,
    }


def main():
    (golden / "layouts").mkdir(exist_ok=True)
    recorded = {}
    for name, layout in {**LAYOUTS, **OTHERS}.items():
        path = golden / "layouts" / f"{name}.json"
        # A vocabulary depends on the order of hash tables, and so a file is made once.
        if not path.exists():
            path.write_text(json.dumps(build(layout), ensure_ascii=False, separators=(",", ":")) + "\n", "utf-8")
        tokenizer = Tokenizer.from_file(str(path))
        recorded[name] = {}
        for label, text in texts.items():
            tokenizer.encode_special_tokens = False
            ids = tokenizer.encode(text, add_special_tokens=False).ids
            wrapped = tokenizer.encode(text, add_special_tokens=True).ids
            decoded = tokenizer.decode(ids, skip_special_tokens=False)
            tokenizer.encode_special_tokens = True
            plain = tokenizer.encode(text, add_special_tokens=False).ids
            recorded[name][label] = {"ids": ids, "plain": plain, "wrapped": wrapped, "decoded": decoded}
    out = {"tokenizers": tokenizers.__version__, "layouts": recorded}
    (golden / "layouts.json").write_text(json.dumps(out, ensure_ascii=False, separators=(",", ":")) + "\n", "utf-8")


main()
