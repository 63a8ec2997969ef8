"""The process that computes for the engine `torch`: it reads commands from descriptor 3 and writes answers to descriptor 4.

Descriptor 3 ends when Node does, and this process with it. Whatever libraries print goes to stdout and stderr, which are not part of
the protocol. In a training that is spread over several devices, this program also runs in the other processes (ranks.py): there it
reads the commands from its stdin, and does not answer.
"""

import os
import signal

# A Ctrl-C in the terminal reaches this process too; Node decides when it ends.
signal.signal(signal.SIGINT, signal.SIG_IGN)
# cuBLAS repeats its sums only with a workspace of a fixed size. It reads this when CUDA starts.
os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")

import torch  # noqa: E402

from channel import Channel, write_frame  # noqa: E402
from commands import Worker  # noqa: E402
from device import UnusableDevice, describe, device_of, usable_device  # noqa: E402
from ranks import FollowerChannel, device_of_rank, join_leader  # noqa: E402


def main() -> None:
    # One machine repeats the same bytes. torch.use_deterministic_algorithms does the same and loads the compiler, which takes a second.
    torch.set_deterministic_debug_mode("error")
    torch.utils.deterministic.fill_uninitialized_memory = False  # type: ignore[attr-defined]
    torch.backends.cudnn.benchmark = False
    wanted = os.environ.get("LLMPIPE_TORCH_DEVICE")
    if "LLMPIPE_TORCH_RANK" in os.environ:
        device = device_of_rank(int(os.environ["LLMPIPE_TORCH_LOCAL"]), device_of(wanted))
        if device.type == "cuda":
            torch.cuda.set_device(device)
        channel: Channel = FollowerChannel(device)
        worker = Worker(device, channel, join_leader(os.environ, device))
    else:
        try:
            device = usable_device(wanted)
        except UnusableDevice as unusable:
            with os.fdopen(4, "wb", buffering=0) as answers:
                write_frame(answers, {"id": 0, "error": {"code": "no-device", "message": str(unusable)}}, {})
            return
        if device.type == "cuda" and device.index is not None:
            # Streams and events belong to the current GPU, which is the first unless another is set.
            torch.cuda.set_device(device)
        channel = Channel(commands=3, answers=4, device=device)
        channel.answer({"id": 0, **describe(device)})
        worker = Worker(device, channel)
    while True:
        worker.do(*channel.next())


main()
