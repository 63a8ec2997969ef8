"""The program on another node of a training: it starts the processes of the node, and passes them what the first process sends."""

import json
import os
import signal
import socket
import sys
import threading

from group import Group
from nodes import connect, own_address, use_network


def main() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    connection, given = connect(os.environ)
    node = 1 + int(os.environ[os.environ["LLMPIPE_TORCH_NODE_VARIABLE"]])
    use_network(own_address(connection))
    host = os.environ["LLMPIPE_TORCH_LEADER"].rpartition(":")[0]
    each = given["each"]
    ranks = range(node * each, min((node + 1) * each, given["count"]))
    over = threading.Lock()

    def failed(failure: dict[str, str]) -> None:
        # The first that ended is the cause; the others end with it.
        with over:
            try:
                connection.send_bytes(json.dumps(failure).encode())
                print(failure.get("message") or f"{failure['who']} ended", file=sys.stderr, flush=True)
            finally:
                os._exit(1)

    group = Group(ranks, given["count"], each, {"HOST": host, "PORT": given["port"]}, failed, socket.gethostname())
    while True:
        try:
            frame = connection.recv_bytes()
        except (EOFError, OSError):
            break
        try:
            group.send(frame)
        except BrokenPipeError:
            # The end of that process is about to be noticed.
            threading.Event().wait()
    group.begin_close()
    group.close()


main()
