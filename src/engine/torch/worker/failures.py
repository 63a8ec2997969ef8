"""What went wrong, for Node: a code, a message in one line, and the stack for a bug report."""

import errno
import traceback

import torch

from group import OUT_OF_MEMORY


def failure_of(error: BaseException) -> dict[str, str]:
    lines = str(error).strip().splitlines()
    first = lines[0] if lines else ""
    if is_out_of_memory(error, first):
        return {"code": "out-of-memory", "message": first}
    name = type(error).__name__
    stack = "".join(traceback.format_exception(error))
    if isinstance(error, OSError) and error.errno is not None:
        # As Node words the errors of the system.
        system = errno.errorcode.get(error.errno, name)
        place = f" '{error.filename}'" if error.filename else ""
        return {"code": "system", "system": system, "message": f"{system}: {error.strerror}{place}", "stack": stack}
    return {"code": "failed", "message": f"{name}: {first}" if first else name, "stack": stack}


def exit_code_of(error: BaseException) -> int:
    """The exit code of a process that ends because of `error`."""
    return OUT_OF_MEMORY if is_out_of_memory(error, str(error)) else 1


def is_out_of_memory(error: BaseException, message: str) -> bool:
    if isinstance(error, (MemoryError, torch.OutOfMemoryError)) or (isinstance(error, OSError) and error.errno == errno.ENOMEM):
        return True
    return isinstance(error, RuntimeError) and ("DefaultCPUAllocator" in message or "out of memory" in message)
