"""Tiny random checkpoints of every family that transformers and llmpipe share.

    python check_families.py make ASKED ANSWERS    # saves the checkpoints; answers with their logits, greedy ids and losses
    python check_families.py check ASKED ANSWERS   # reads what llmpipe wrote of them: logits of folders, tensors of GGUF files
"""

import copy
import json
import sys

import gguf
import numpy as np
import torch
import torch.nn.functional as F
import transformers
from transformers import AutoModelForCausalLM
from transformers.models.qwen3_moe.modeling_qwen3_moe import load_balancing_loss_func

torch.set_num_threads(1)
SMALL = dict(hidden_size=32, intermediate_size=48, num_hidden_layers=2, num_attention_heads=4, num_key_value_heads=2)
SMALL |= dict(max_position_embeddings=64, initializer_range=0.2, bos_token_id=None, eos_token_id=None, pad_token_id=None)

LLAMA3 = dict(rope_type="llama3", factor=8.0, low_freq_factor=1.0, high_freq_factor=4.0, original_max_position_embeddings=32)
EXPERTS = dict(num_experts=4, num_experts_per_tok=2, moe_intermediate_size=24)
YARN = dict(rope_type="yarn", factor=4.0, original_max_position_embeddings=16)


def kinds(whole, scaling, local):
    """The rotary positions of layers that see everything, and of those that see a window."""
    return {
        "full_attention": {**scaling, "rope_theta": whole},
        "sliding_attention": {"rope_type": "default", "rope_theta": local},
    }


# The class of each case, its settings, and the name of its architecture in llama.cpp.
CASES = {
    "gpt2": ("GPT2", dict(n_embd=32, n_layer=2, n_head=4, n_positions=64, embd_pdrop=0, attn_pdrop=0, resid_pdrop=0), "GPT2"),
    "llama": ("Llama", dict(), "LLAMA"),
    "llama tied, with biases": ("Llama", dict(attention_bias=True, mlp_bias=True, tie_word_embeddings=True), "LLAMA"),
    "mistral": ("Mistral", dict(sliding_window=None, rope_theta=1e6), "LLAMA"),
    "qwen2": ("Qwen2", dict(rope_theta=1e6), "QWEN2"),
    "qwen2 tied": ("Qwen2", dict(tie_word_embeddings=True), "QWEN2"),
    "qwen3": ("Qwen3", dict(head_dim=16, rope_theta=1e6), "QWEN3"),
    "qwen3 tied": ("Qwen3", dict(head_dim=8, tie_word_embeddings=True, num_key_value_heads=4), "QWEN3"),
    "qwen3_moe": ("Qwen3Moe", dict(head_dim=16, norm_topk_prob=True, **EXPERTS), "QWEN3MOE"),
    "qwen3_moe balanced": (
        "Qwen3Moe",
        dict(head_dim=16, norm_topk_prob=True, output_router_logits=True, router_aux_loss_coef=0.5, **EXPERTS),
        "QWEN3MOE",
    ),
    "qwen3_moe yarn": ("Qwen3Moe", dict(head_dim=16, norm_topk_prob=True, rope_scaling=YARN, **EXPERTS), "QWEN3MOE"),
    "qwen2_moe": ("Qwen2Moe", dict(norm_topk_prob=False, shared_expert_intermediate_size=40, **EXPERTS), "QWEN2MOE"),
    "qwen2 yarn": ("Qwen2", dict(rope_theta=1e6, rope_scaling=YARN), "QWEN2"),
    "qwen2 linear": ("Qwen2", dict(rope_scaling={"rope_type": "linear", "factor": 4.0}), "QWEN2"),
    "qwen3 llama3": ("Qwen3", dict(head_dim=16, rope_scaling=LLAMA3), None),
    "qwen3 yarn": ("Qwen3", dict(head_dim=16, rope_scaling=YARN), "QWEN3"),
    "mistral yarn": ("Mistral", dict(sliding_window=None, rope_scaling=YARN), "LLAMA"),
    "mistral llama3 with a window": ("Mistral", dict(sliding_window=7, rope_scaling=LLAMA3), None),
    "qwen3_moe otherwise": ("Qwen3Moe", dict(head_dim=8, norm_topk_prob=False, tie_word_embeddings=True, **EXPERTS), None),
    "olmo2": ("Olmo2", dict(rope_theta=5e5), "OLMO2"),
    "mistral with a window": ("Mistral", dict(head_dim=12, sliding_window=7), None),
    "smollm3": ("SmolLM3", dict(num_hidden_layers=5, rope_theta=2e6), "SMOLLM3"),
    "smollm3 apart": ("SmolLM3", dict(num_hidden_layers=4, no_rope_layer_interval=2, tie_word_embeddings=False), None),
    "llama3": ("Llama", dict(rope_theta=5e5, rope_scaling=LLAMA3), "LLAMA"),
    "llama3 linear, with large heads": ("Llama", dict(head_dim=12, rope_scaling={"rope_type": "linear", "factor": 4.0}), "LLAMA"),
    "llama3 yarn": ("Llama", dict(tie_word_embeddings=True, rope_scaling=YARN), "LLAMA"),
    "olmo3": ("Olmo3", dict(num_hidden_layers=5, sliding_window=7, rope_parameters=kinds(5e5, YARN, 5e5)), "OLMO2"),
    "olmo3 apart": ("Olmo3", dict(num_hidden_layers=2, layer_types=["sliding_attention", "full_attention"], sliding_window=7), None),
    "gemma2": ("Gemma2", dict(head_dim=16, query_pre_attn_scalar=16, sliding_window=7, attn_logit_softcapping=5.0), "GEMMA2"),
    "gemma3": ("Gemma3Text", dict(num_hidden_layers=7, head_dim=16, query_pre_attn_scalar=16, sliding_window=7), "GEMMA3"),
    "gemma3 otherwise": (
        "Gemma3Text",
        dict(
            num_hidden_layers=5,
            head_dim=12,
            query_pre_attn_scalar=20,
            sliding_window=5,
            layer_types=["sliding_attention", "full_attention"] * 2 + ["sliding_attention"],
            rope_parameters=kinds(4e5, {"rope_type": "linear", "factor": 2.0}, 2e4),
        ),
        None,
    ),
}

# llama.cpp rotates neighbors in these, and the halves of a head in others.
ROTATES_NEIGHBORS = {"LLAMA", "SMOLLM3"}


def config_of(name, vocab):
    kind, settings, _ = CASES[name]
    small = SMALL if kind != "GPT2" else {key: SMALL[key] for key in SMALL if key.endswith(("_id", "_range"))}
    # transformers writes into the settings of rotary positions, which several cases share.
    return getattr(transformers, f"{kind}Config")(**{**small, "vocab_size": vocab, **copy.deepcopy(settings)})


def logits_of(model, prompt):
    with torch.no_grad():
        return model.eval()(torch.tensor([prompt])).logits[0].float().tolist()


def balance_of(model, prompt):
    """What transformers adds to the loss of a text for the balance of its experts; `None` if it adds nothing."""
    if not getattr(model.config, "output_router_logits", False):
        return None
    with torch.no_grad():
        return model.config.router_aux_loss_coef * model(torch.tensor([prompt])).aux_loss.item()


def balance_of_texts(model, router_logits, texts):
    """The mean over the texts of a batch of what transformers computes for each alone; it has the balance of the whole batch instead."""
    experts, top = model.config.num_experts, model.config.num_experts_per_tok
    own = [[layer.chunk(texts)[i] for layer in router_logits] for i in range(texts)]
    return sum(load_balancing_loss_func(tuple(layers), experts, top) for layers in own) / texts


def losses_of(model, batches, optimizer):
    """The loss of each step, by AdamW that decays matrices alone."""
    model.train()
    groups = [
        {"params": [each for each in model.parameters() if each.dim() > 1], "weight_decay": optimizer["weight_decay"]},
        {"params": [each for each in model.parameters() if each.dim() < 2], "weight_decay": 0.0},
    ]
    adamw = torch.optim.AdamW(groups, lr=optimizer["lr"], betas=tuple(optimizer["betas"]), eps=optimizer["eps"])
    losses = []
    for batch in batches:
        out = model(torch.tensor(batch["tokens"]))
        loss = F.cross_entropy(out.logits.flatten(0, 1), torch.tensor(batch["targets"]).flatten())
        if getattr(model.config, "output_router_logits", False):
            loss = loss + model.config.router_aux_loss_coef * balance_of_texts(model, out.router_logits, len(batch["tokens"]))
        adamw.zero_grad()
        loss.backward()
        adamw.step()
        losses.append(loss.item())
    return losses


def make(asked):
    answers = {}
    for seed, (name, folder) in enumerate(asked["made"].items()):
        torch.manual_seed(seed)
        model = AutoModelForCausalLM.from_config(config_of(name, asked["vocab"]), dtype=torch.float32)
        with torch.no_grad():
            for parameter in model.parameters():
                # Gains and biases other than 1 and 0: a mistaken one would not show.
                if parameter.dim() == 1:
                    parameter.add_(torch.randn_like(parameter) * 0.2)
        # The smallest shards make an index of several files.
        model.save_pretrained(folder, max_shard_size="20KB")
        prompt = asked["prompt"]
        logits = logits_of(model, prompt)
        greedy = model.generate(
            torch.tensor([prompt]), attention_mask=torch.ones(1, len(prompt)), max_new_tokens=asked["new"], do_sample=False
        )
        balance = balance_of(model, prompt)
        losses = losses_of(model, asked["batches"], asked["optimizer"])
        answers[name] = {"logits": logits, "greedy": greedy[0][len(prompt) :].tolist(), "losses": losses, "balance": balance}
    return answers


def permuted(rows, heads):
    """The rows of queries or keys of a Llama in the order of llama.cpp."""
    return rows.reshape(heads, 2, rows.shape[0] // heads // 2, *rows.shape[1:]).swapaxes(1, 2).reshape(rows.shape)


def split_experts(tensors):
    """Tensors with the matrices of experts as the converter names them; transformers 5 keeps two of the three as one."""
    for key, tensor in tensors.items():
        if key.endswith(".experts.gate_up_proj"):
            for part, half in zip(("gate", "up"), tensor.chunk(2, dim=1)):
                yield key.replace("gate_up_proj", f"{part}_proj.weight"), half
        else:
            yield key + ".weight" if key.endswith(".experts.down_proj") else key, tensor


def in_gguf(name, model):
    """The tensors of a checkpoint by their names in GGUF, as convert_hf_to_gguf.py of llama.cpp writes them."""
    kind, _, architecture = CASES[name]
    names = gguf.get_tensor_name_map(getattr(gguf.MODEL_ARCH, architecture), model.config.num_hidden_layers)
    shift = 1 if kind.startswith("Gemma") else 0
    for key, tensor in split_experts(model.state_dict()):
        if key == "lm_head.weight" and model.config.tie_word_embeddings:
            continue
        data = tensor.float().numpy()
        # llama.cpp stores the gains of Gemma, transformers those less 1.
        if key.endswith("norm.weight"):
            data = data + shift
        if architecture in ROTATES_NEIGHBORS and ".q_proj." in key:
            data = permuted(data, model.config.num_attention_heads)
        if architecture in ROTATES_NEIGHBORS and ".k_proj." in key:
            data = permuted(data, model.config.num_key_value_heads)
        if kind == "GPT2" and key.endswith(("c_attn.weight", "c_proj.weight", "c_fc.weight")):
            data = data.T
        yield names.get_name(key, try_suffixes=(".weight", ".bias")), np.ascontiguousarray(data)
    if kind == "Llama" and model.config.rope_parameters["rope_type"] == "llama3":
        yield "rope_freqs.weight", factors_of(model)


def factors_of(model):
    """By how much the rotations of a Llama 3.1 are slower than those of a Llama."""
    rates = model.model.rotary_emb.inv_freq
    base = model.config.rope_parameters["rope_theta"]
    return np.array([base ** (-i / len(rates)) / rate for i, rate in enumerate(rates.tolist())], np.float32)


def decoded(file, model, prompt, new):
    """Greedy tokens of an ONNX decoder with its cache, and how far its logits are from those of transformers for two texts of which one is padded."""
    import onnxruntime

    session = onnxruntime.InferenceSession(file, providers=["CPUExecutionProvider"])
    names = {each.name for each in session.get_inputs()}
    outputs = [each.name for each in session.get_outputs()]

    def run(ids, mask, past):
        positions = (np.cumsum(mask, axis=1) - 1).clip(0)[:, -ids.shape[1] :]
        feeds = {"input_ids": ids, "attention_mask": mask, "position_ids": positions, **past}
        got = dict(zip(outputs, session.run(None, {key: value for key, value in feeds.items() if key in names})))
        return got.pop("logits"), {key.replace("present", "past_key_values"): value for key, value in got.items()}

    def empty(batch):
        shapes = {each.name: each.shape for each in session.get_inputs() if each.name.startswith("past_key_values.")}
        return {key: np.zeros((batch, shape[1], 0, shape[3]), np.float32) for key, shape in shapes.items()}

    past, ids, greedy = empty(1), np.array([prompt]), []
    for _ in range(new):
        mask = np.ones((1, len(prompt) + len(greedy)), np.int64)
        logits, past = run(ids, mask, past)
        greedy.append(int(logits[0, -1].argmax()))
        ids = np.array([[greedy[-1]]])

    # The second text begins with padding. Both are read in two parts, so that the padding lies in the past too.
    padding, part = 5, 11
    texts = torch.tensor([prompt, [0] * padding + prompt[padding:]])
    mask = torch.ones_like(texts)
    mask[1, :padding] = 0
    places = (mask.cumsum(1) - 1).clip(0)
    with torch.no_grad():
        theirs = model(texts, attention_mask=mask, position_ids=places).logits.numpy()
    _, past = run(texts[:, :part].numpy(), mask[:, :part].numpy(), empty(2))
    logits, _ = run(texts[:, part:].numpy(), mask.numpy(), past)
    return {"greedy": greedy, "apart": float(np.abs(logits - theirs[:, part:]).max())}


def check(asked):
    answers = {}
    for name, (made, folder, file, decoder) in asked["written"].items():
        model, loading = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32, output_loading_info=True)
        original = AutoModelForCausalLM.from_pretrained(made, dtype=torch.float32)
        answer = {
            "logits": logits_of(model, asked["prompt"]),
            "config": model.config.to_diff_dict(),
            "original": original.config.to_diff_dict(),
            "loading": [f"{kind}: {key}" for kind in ("missing_keys", "unexpected_keys", "mismatched_keys") for key in loading[kind]],
        }
        if file is not None:
            reader = gguf.GGUFReader(file)
            theirs = {tensor.name: tensor for tensor in reader.tensors}
            wrong = []
            for key, data in in_gguf(name, original):
                tensor = theirs.pop(key, None)
                near = 1e-6 if key == "rope_freqs.weight" else 0
                same = tensor is not None and np.allclose(tensor.data.view(np.float32).ravel(), data.ravel(), rtol=near, atol=0)
                wrong += [] if same else [key]
            sizes = {key: field.contents() for key, field in reader.fields.items() if not key.startswith(("tokenizer.", "GGUF."))}
            answer["gguf"] = {"wrong": wrong, "more": sorted(theirs), "sizes": sizes}
        if decoder is not None:
            answer["onnx"] = decoded(decoder, original, asked["prompt"], asked["new"])
        answers[name] = answer
    return answers


command, asked, answers = sys.argv[1:]
result = {"make": make, "check": check}[command](json.load(open(asked)))
json.dump(result, open(answers, "w"))
