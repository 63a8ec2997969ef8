"""Where the weights of a training are in its flat arrays."""

from torch import Tensor
from typing_extensions import TypedDict

# A norm is the norm of the norms of rows of this many numbers.
ROW = 1024


class Slot(TypedDict):
    name: str
    shape: list[int]
    start: int
    size: int
    decay: bool


def part_of(flat: Tensor, slot: Slot) -> Tensor:
    """The weight of a slot, as a view."""
    return flat[slot["start"] : slot["start"] + slot["size"]].view(slot["shape"])
