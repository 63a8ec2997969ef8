"""The device that computes."""

import torch


def device_of(wanted: str | None) -> torch.device:
    """The device of this name, or the first GPU, or the CPU."""
    if wanted:
        return torch.device(wanted)
    return torch.device("cuda" if torch.cuda.is_available() else "cpu")


def describe(device: torch.device) -> dict[str, str | int]:
    """The versions and the device, for people, and the memory of a GPU in bytes."""
    version = str(torch.__version__).split("+")[0]
    if device.type != "cuda":
        return {"torch": version, "device": device.type.upper()}
    platform = f"CUDA {torch.version.cuda}" if torch.version.cuda else f"ROCm {torch.version.hip}"
    memory = torch.cuda.get_device_properties(device).total_memory
    return {"torch": version, "device": f"{platform}, {torch.cuda.get_device_name(device)}", "memory": memory}
