"""The device that computes."""

import torch


def device_of(wanted: str | None) -> torch.device:
    """The device of this name, or the first GPU, or the CPU."""
    if wanted:
        return torch.device(wanted)
    return torch.device("cuda" if torch.cuda.is_available() else "cpu")


class UnusableDevice(Exception):
    """PyTorch cannot compute on the device that LLMPIPE_TORCH_DEVICE names; the message has the reason in one line."""


def usable_device(wanted: str | None) -> torch.device:
    """The device of `device_of`, once it has computed a number. Raises UnusableDevice if a named one does not."""
    try:
        device = device_of(wanted)
        if wanted:
            torch.zeros(1, device=device).item()
    except Exception as error:
        if not wanted:
            raise
        raise UnusableDevice(str(error).strip().partition("\n")[0] or type(error).__name__) from error
    return device


def describe(device: torch.device) -> dict[str, str | int]:
    """The versions and the device, for people, and the memory of a GPU in bytes."""
    version = str(torch.__version__).split("+")[0]
    if device.type != "cuda":
        return {"torch": version, "device": device.type.upper()}
    platform = f"CUDA {torch.version.cuda}" if torch.version.cuda else f"ROCm {torch.version.hip}"
    memory = torch.cuda.get_device_properties(device).total_memory
    return {"torch": version, "device": f"{platform}, {torch.cuda.get_device_name(device)}", "memory": memory}
