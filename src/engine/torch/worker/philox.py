"""Philox4x32-10 (Salmon et al. 2011), the generator of llmpipe, for many numbers at once. The twin of src/core/values/random.ts."""

import hashlib
from math import ceil, prod

import torch
from torch import Tensor

MULTIPLIERS = (0xD2511F53, 0xCD9E8D57)
WEYL = (0x9E3779B9, 0xBB67AE85)
LOW = 0xFFFFFFFF


def multiply(x: Tensor, factor: int) -> tuple[Tensor, Tensor]:
    """The high and the low 32 bits of a product of 32-bit numbers, which are held as int64. Nothing exceeds 49 bits."""
    lower = x * (factor & 0xFFFF)
    upper = x * (factor >> 16)
    high = (upper + (lower >> 16)) >> 16
    low = (((upper & 0xFFFF) << 16) + lower) & LOW
    return high, low


def words(key: tuple[int, int], step: int, count: int, device: torch.device | str = "cpu", first: int = 0) -> Tensor:
    """`count` words of the stream of a key and a step, from word `first` on, as int64."""
    c0 = torch.arange(first // 4, (first + count + 3) // 4, dtype=torch.int64, device=device)
    c1 = c0 >> 32
    c0 = c0 & LOW
    c2 = torch.full_like(c0, step & LOW)
    c3 = torch.full_like(c0, step >> 32)
    k0, k1 = key
    for _ in range(10):
        high0, low0 = multiply(c0, MULTIPLIERS[0])
        high1, low1 = multiply(c2, MULTIPLIERS[1])
        c0, c1, c2, c3 = high1 ^ c1 ^ k0, low1, high0 ^ c3 ^ k1, low0
        k0, k1 = (k0 + WEYL[0]) & LOW, (k1 + WEYL[1]) & LOW
    return torch.stack((c0, c1, c2, c3), dim=1).flatten()[first % 4 :][:count]


def key_of(seed: int, purpose: str) -> tuple[int, int]:
    """The key of a stream: the first 8 bytes of SHA-256."""
    digest = hashlib.sha256(f"{seed}\n{purpose}".encode()).digest()
    return int.from_bytes(digest[:4], "little"), int.from_bytes(digest[4:8], "little")


def dropout_mask(
    key: tuple[int, int], step: int, rate: float, shape: list[int], device: torch.device | str = "cpu", first: int = 0
) -> Tensor:
    """Zeros with probability `rate`, else ones: those of a whole mask from number `first` on."""
    bits = words(key, step, prod(shape), device, first)
    # A whole number is less than a real one if it is less than that rounded up; a comparison with a float would round the bits.
    return (bits >= ceil(rate * 2**32)).to(torch.float32).view(shape)
