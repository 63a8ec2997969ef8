"""GGUF files beside the package `gguf` and transformers.

    python check_gguf.py make FOLDER           # FOLDER/llama, FOLDER/gpt2: random checkpoints; FOLDER/NAME-TYPE.gguf: the same as GGUF
    python check_gguf.py check FOLDER          # reads FOLDER/out/NAME-TYPE/model.gguf; prints { NAME-TYPE: difference }
    python check_gguf.py blocks FOLDER         # random blocks of types that the package can only read, and their numbers
    python check_gguf.py folders FOLDER        # compares FOLDER/back/NAME-TYPE, made of the files, with the package's numbers
    python check_gguf.py smollm FOLDER FILE    # FOLDER/smol.gguf: a published model; prints its greedy answer

The layouts written here are those of llama.cpp's convert_hf_to_gguf.py.
"""

import json
import sys
from pathlib import Path

import gguf
import numpy as np
import torch
from safetensors.torch import load_file
from transformers import AutoModelForCausalLM, GPT2Config, LlamaConfig

TYPES = ["F32", "F16", "BF16", "Q8_0", "Q4_0", "Q4_1"]
# Where the float16 numbers of a block lie.
BLOCKS = {"Q5_0": [0], "Q5_1": [0, 2], "Q2_K": [80, 82], "Q3_K": [108], "Q4_K": [0, 2], "Q5_K": [0, 2], "Q6_K": [208]}
ARCHITECTURES = {"llama": gguf.MODEL_ARCH.LLAMA, "gpt2": gguf.MODEL_ARCH.GPT2}


def configs(vocab):
    torch.manual_seed(1)
    small = dict(vocab_size=vocab, bos_token_id=0, eos_token_id=1)
    return {
        "llama": LlamaConfig(hidden_size=64, intermediate_size=96, num_hidden_layers=2, num_attention_heads=4, num_key_value_heads=2, max_position_embeddings=128, rms_norm_eps=1e-5, rope_theta=50000.0, **small),
        "gpt2": GPT2Config(n_embd=64, n_layer=2, n_head=4, n_positions=128, **small),
    }


def permuted(rows, heads):
    """The rows of queries or keys in the order of llama.cpp."""
    return rows.reshape(heads, 2, rows.shape[0] // heads // 2, *rows.shape[1:]).swapaxes(1, 2).reshape(rows.shape)


def in_gguf(name, model):
    """The tensors of a checkpoint by their names in GGUF."""
    names = gguf.get_tensor_name_map(ARCHITECTURES[name], 2)
    config = model.config
    for key, tensor in model.state_dict().items():
        if key == "lm_head.weight" and name == "gpt2":
            continue
        data = tensor.float().numpy()
        if key.endswith("q_proj.weight"):
            data = permuted(data, config.num_attention_heads)
        if key.endswith("k_proj.weight"):
            data = permuted(data, config.num_key_value_heads)
        if name == "gpt2" and key.endswith(("c_attn.weight", "c_proj.weight", "c_fc.weight")):
            data = data.T
        yield names.get_name(key, try_suffixes=(".weight", ".bias")), np.ascontiguousarray(data)


def type_of(name, data, kind):
    return "F32" if data.ndim < 2 or name == "position_embd.weight" else kind


def make(folder):
    tokens = json.loads((folder / "tokens.json").read_text("utf-8"))
    for name, config in configs(len(tokens["tokens"])).items():
        model = AutoModelForCausalLM.from_config(config)
        with torch.no_grad():
            for parameter in model.parameters():
                parameter.add_(torch.randn_like(parameter) * 0.1)
        model.save_pretrained(folder / name)
        for kind in TYPES:
            writer = gguf.GGUFWriter(folder / f"{name}-{kind}.gguf", name)
            writer.add_context_length(128)
            writer.add_embedding_length(64)
            writer.add_block_count(2)
            writer.add_feed_forward_length(96 if name == "llama" else 256)
            writer.add_head_count(4)
            if name == "llama":
                writer.add_head_count_kv(2)
                writer.add_layer_norm_rms_eps(1e-5)
                writer.add_rope_freq_base(50000.0)
                writer.add_rope_dimension_count(16)
            else:
                writer.add_layer_norm_eps(1e-5)
            writer.add_tokenizer_model("gpt2")
            writer.add_tokenizer_pre("gpt-2")
            writer.add_token_list(tokens["tokens"])
            writer.add_token_types(tokens["types"])
            writer.add_token_merges(tokens["merges"])
            writer.add_eos_token_id(tokens["eos"])
            for key, data in in_gguf(name, model):
                to = gguf.GGMLQuantizationType[type_of(key, data, kind)]
                writer.add_tensor(key, gguf.quants.quantize(data, to), raw_dtype=to)
            writer.write_header_to_file()
            writer.write_kv_data_to_file()
            writer.write_tensors_to_file()
            writer.close()


def blocks(folder):
    """Random blocks of the types that the package cannot write: FOLDER/TYPE.bin, and FOLDER/TYPE.f32 with their numbers."""
    random = np.random.default_rng(7)
    for name, halves in BLOCKS.items():
        kind = gguf.GGMLQuantizationType[name]
        _, width = gguf.GGML_QUANT_SIZES[kind]
        data = random.integers(0, 256, (500, width), dtype=np.uint8)
        for at in halves:
            data[:, at : at + 2] = random.normal(0, 0.1, (500, 1)).astype(np.float16).view(np.uint8)
        data.tofile(folder / f"{name}.bin")
        gguf.quants.dequantize(data, kind).astype(np.float32).tofile(folder / f"{name}.f32")


def check(folder):
    """Whether the files of llmpipe have the bytes that the package gives for the same checkpoint."""
    found = {}
    for out in sorted((folder / "out").iterdir()):
        name, kind = out.name.split("-")
        model = AutoModelForCausalLM.from_pretrained(folder / name, dtype=torch.float32)
        reader = gguf.GGUFReader(out / "model.gguf")
        theirs = {tensor.name: tensor for tensor in reader.tensors}
        wrong = []
        for key, data in in_gguf(name, model):
            tensor = theirs.pop(key)
            to = type_of(key, data, kind)
            same = tensor.tensor_type.name == to and np.array_equal(tensor.data.view(np.uint8).ravel(), gguf.quants.quantize(data, gguf.GGMLQuantizationType[to]).view(np.uint8).ravel())
            wrong += [] if same else [key]
        found[out.name] = {
            "wrong": wrong,
            "more": sorted(theirs),
            "architecture": reader.fields["general.architecture"].contents(),
            "eos": int(reader.fields["tokenizer.ggml.eos_token_id"].contents()),
            "tokens": len(reader.fields["tokenizer.ggml.tokens"].contents()),
        }
    print(json.dumps(found))


def folders(folder):
    """The largest difference between folders that llmpipe made of the files, and the numbers of the package."""
    found = {}
    for back in sorted((folder / "back").iterdir()):
        name, kind = back.name.split("-")
        model = AutoModelForCausalLM.from_pretrained(back, dtype=torch.float32)
        stored = load_file(back / "model.safetensors")
        reader = gguf.GGUFReader(folder / f"{back.name}.gguf")
        theirs = {tensor.name: gguf.quants.dequantize(tensor.data, tensor.tensor_type) for tensor in reader.tensors}
        apart = max(float(np.abs(data - theirs[key].reshape(data.shape)).max()) for key, data in in_gguf(name, model))
        found[back.name] = {"apart": apart, "dtype": str(next(iter(stored.values())).dtype)}
    print(json.dumps(found))


def smollm(folder, path):
    """Links FOLDER/smol.gguf to the file of SmolLM2-135M-Instruct, and prints its greedy answer."""
    from transformers import AutoTokenizer, GgufConfig

    (folder / "smol.gguf").symlink_to(path)
    dequantized = {"quantization_config": GgufConfig(dequantize=True), "dtype": torch.float32}
    model = AutoModelForCausalLM.from_pretrained(path.parent, gguf_file=path.name, **dequantized)
    tokenizer = AutoTokenizer.from_pretrained(path.parent, gguf_file=path.name)
    conversation = [{"role": "user", "content": "Who are you?"}]
    ids = tokenizer.apply_chat_template(conversation, add_generation_prompt=True, return_tensors="pt", return_dict=False)
    answer = model.generate(ids, max_new_tokens=24, do_sample=False)[0][ids.shape[1] :]
    print(json.dumps(tokenizer.decode(answer, skip_special_tokens=True)))


{"make": make, "blocks": blocks, "check": check, "folders": folders, "smollm": smollm}[sys.argv[1]](*map(Path, sys.argv[2:]))
