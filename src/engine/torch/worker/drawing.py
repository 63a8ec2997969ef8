"""Draws the next tokens of texts on the device. The twin of src/train/generation/sampling.ts: the same ids for the same random numbers."""

from typing import TypedDict

import torch
from torch import Tensor


class Drawing(TypedDict):
    """How tokens are drawn: `TokenDrawing` in src/engine/engine.ts."""

    temperature: float
    topK: int
    topP: float
    minP: float
    # No id from `end` on is drawn, nor any of `holes`.
    end: int
    holes: list[int]
    logProbabilities: bool
    # For each text a number in [0, 1); 0 for texts that have ended.
    uniforms: list[float]


def draw(logits: Tensor, drawing: Drawing) -> dict[str, Tensor]:
    """`ids` [texts] from `logits` [texts, 1, vocab] and, if asked for, `logProbabilities` [texts] in nats before top-k and its like."""
    rows = logits.reshape(logits.shape[0], -1).to(torch.float64)
    scores = rows[:, : drawing["end"]]
    if drawing["holes"]:
        scores = scores.clone()
        scores[:, drawing["holes"]] = -torch.inf
    ids = _likeliest(scores) if drawing["temperature"] == 0 else _drawn(scores, drawing)
    drawn = {"ids": ids.to(torch.int32)}
    if drawing["logProbabilities"]:
        # A temperature of 0 counts as 1.
        scaled = torch.log_softmax(rows / (drawing["temperature"] or 1.0), dim=-1)
        drawn["logProbabilities"] = scaled.gather(1, ids[:, None])[:, 0].to(torch.float32)
    return drawn


def _likeliest(scores: Tensor) -> Tensor:
    """Of equal scores, the first: argmax of a GPU promises no order."""
    places = torch.arange(scores.shape[1], device=scores.device)
    return torch.where(scores == scores.amax(-1, keepdim=True), places, scores.shape[1]).amin(-1)


def _drawn(scores: Tensor, drawing: Drawing) -> Tensor:
    temperature, top_p, min_p = drawing["temperature"], drawing["topP"], drawing["minP"]
    highest = scores.amax(-1, keepdim=True)
    uniforms = torch.tensor(drawing["uniforms"], dtype=torch.float64, device=scores.device)
    narrowed = 0 < drawing["topK"] < scores.shape[1]
    count = drawing["topK"]
    total: Tensor | None = None
    if not narrowed:
        weights = torch.exp((scores - highest) / temperature)
        if top_p == 1 and min_p == 0:
            return _place_of(uniforms, weights)
        total = weights.sum(-1, keepdim=True)
        # n ids, each less likely than (1 - p)/n, have less than 1 - p together, so none of them is among the most likely of mass p.
        least = (total * (1 - top_p) / scores.shape[1]).clamp(min=min_p)
        count = int((weights >= torch.minimum(least, torch.ones_like(least))).sum(-1).max())
    likely = _most_likely(scores, count)
    weights = torch.exp((scores.gather(1, likely) - highest) / temperature)
    kept = weights >= min_p
    if top_p < 1:
        before = torch.cumsum(weights, -1) - weights
        kept &= before < top_p * (weights.sum(-1, keepdim=True) if total is None else total)
    # The most likely id has weight 1, and always remains.
    kept[:, 0] = True
    return likely.gather(1, _place_of(uniforms, weights * kept)[:, None])[:, 0]


def _most_likely(scores: Tensor, count: int) -> Tensor:
    """The `count` most likely ids of each row, the most likely first; of equally likely ids the lower comes first, and stays."""
    bound = torch.topk(scores, count, dim=-1).values[:, -1:]
    above, equal = scores > bound, scores == bound
    room = count - above.sum(-1, keepdim=True)
    chosen = above | (equal & (torch.cumsum(equal, -1) <= room))
    # Every row has `count` of them, in the order of their ids.
    ids = chosen.nonzero()[:, 1].view(-1, count)
    return ids.gather(1, torch.sort(scores.gather(1, ids), dim=-1, descending=True, stable=True).indices)


def _place_of(uniforms: Tensor, weights: Tensor) -> Tensor:
    """The place up to which the weights add up to more than their share `uniforms`; rounding never leads to a weight of 0."""
    sums = torch.cumsum(weights, -1)
    places = (sums <= uniforms[:, None] * sums[:, -1:]).sum(-1)
    last = (sums < sums[:, -1:]).sum(-1)
    return torch.minimum(places, last)
