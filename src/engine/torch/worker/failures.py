"""What went wrong, for Node: a code, a message in one line, and the stack for a bug report."""

import traceback

import torch


def failure_of(error: BaseException) -> dict[str, str]:
    lines = str(error).strip().splitlines()
    first = lines[0] if lines else ""
    if is_out_of_memory(error, first):
        return {"code": "out-of-memory", "message": first}
    name = type(error).__name__
    stack = "".join(traceback.format_exception(error))
    return {"code": "failed", "message": f"{name}: {first}" if first else name, "stack": stack}


def is_out_of_memory(error: BaseException, message: str) -> bool:
    if isinstance(error, (MemoryError, torch.OutOfMemoryError)):
        return True
    return isinstance(error, RuntimeError) and ("DefaultCPUAllocator" in message or "out of memory" in message)
