"""Processes of a training on one machine, as whoever starts them has them. They read commands from their stdin, and end with it."""

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

from typing_extensions import NotRequired, TypedDict  # typing has NotRequired since Python 3.11

# The exit code of a process that ran out of memory and could not answer; src/engine/torch/failures.ts knows it too.
OUT_OF_MEMORY = 77


class Meeting(TypedDict):
    """Where the processes of a training meet: a file, if one machine has all of them, or a port of the first one's."""

    FILE: NotRequired[str]
    HOST: NotRequired[str]
    PORT: NotRequired[int]


class Group:
    def __init__(
        self, ranks: range, count: int, each: int, meeting: Meeting, failed: Callable[[dict[str, str]], None], machine: str | None
    ) -> None:
        """Starts the processes `ranks` of `count`, of which a machine has `each`. `failed` is called, in a thread, with what happened if
        one ends too early. `machine` is the name of this one; None if it is the only one.
        """
        self._closed = False
        self._failed = failed
        self._processes = []
        for rank in ranks:
            names = {"RANK": rank, "COUNT": count, "LOCAL": rank % each, **meeting}
            environment = {f"LLMPIPE_TORCH_{name}": str(value) for name, value in names.items()}
            command = [sys.executable, "-B", str(Path(__file__).with_name("main.py"))]
            process = subprocess.Popen(command, stdin=subprocess.PIPE, env={**os.environ, **environment}, bufsize=0)
            self._processes.append(process)
            who = f"process {rank + 1} of {count}" + ("" if machine is None else f" on {machine}")
            threading.Thread(target=self._watch, args=(who, process), daemon=True).start()

    def _watch(self, who: str, process: "subprocess.Popen[bytes]") -> None:
        code = process.wait()
        if self._closed:
            return
        if code == OUT_OF_MEMORY:
            self._failed({"code": "out-of-memory", "message": f"{who} could not allocate what it needs"})
        else:
            # Node words it as it words the end of this process.
            self._failed({"code": "ended", "who": who, **({"signal": name_of(-code)} if code < 0 else {"exit": str(code)})})

    def send(self, *parts: "bytes | memoryview") -> None:
        """Writes to all of them."""
        for process in self._processes:
            assert process.stdin is not None
            for part in parts:
                done = 0
                while done < len(part):
                    done += process.stdin.write(part[done : done + (1 << 30)])

    def begin_close(self) -> None:
        """Ends their commands, and with that the processes."""
        self._closed = True
        for process in self._processes:
            assert process.stdin is not None
            process.stdin.close()

    def close(self) -> None:
        """Waits for their end."""
        for process in self._processes:
            process.wait()


def name_of(number: int) -> str:
    """The name of a signal, as Node has it."""
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"
