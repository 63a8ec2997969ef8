"""The processes of a training on other nodes. On each of them runs `node.py`, which starts its processes and passes them the commands of
the first process, which come over the network.
"""

import json
import os
import secrets
import socket
import struct
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from multiprocessing.connection import Client, Connection, Listener, answer_challenge, deliver_challenge
from pathlib import Path
from typing import Any

from typing_extensions import TypedDict

# The name of the request for the address of a network interface: linux/sockios.h.
ADDRESS_OF_INTERFACE = 0x8915

Failed = Callable[[dict[str, str]], None]


class Elsewhere(TypedDict):
    """The other nodes of a job."""

    count: int
    # The name or address by which they reach this node.
    host: str
    # The command that starts a program on each of them.
    launch: list[str]
    # The variable with the number of a node in the environment of that program, counted from 0.
    variable: str


class OtherNodes:
    """The other nodes, as the first process sees them."""

    def __init__(self, elsewhere: Elsewhere, processes: dict[str, Any], failed: Failed) -> None:
        """Starts them. `processes` is what `node.py` has to know; `failed` is called, in a thread, if a process there ends too early."""
        self._count = elsewhere["count"]
        self._launch = elsewhere["launch"]
        self._processes = processes
        self._failed = failed
        self._closed = False
        self._connections: list[Connection] = []
        self._changed = threading.Condition()
        # Whoever does not know the secret is not taken for a node.
        self._secret = secrets.token_bytes(32)
        self._listener = Listener(("", 0), family="AF_INET", backlog=self._count)
        port = self._listener.address[1]
        environment = {
            "LLMPIPE_TORCH_LEADER": f"{elsewhere['host']}:{port}",
            "LLMPIPE_TORCH_SECRET": self._secret.hex(),
            "LLMPIPE_TORCH_NODE_VARIABLE": elsewhere["variable"],
        }
        command = [*elsewhere["launch"], sys.executable, "-B", str(Path(__file__).with_name("node.py"))]
        # What the nodes print is part of the log of the stage.
        self._launcher = subprocess.Popen(command, stdin=subprocess.DEVNULL, env={**os.environ, **environment})
        for work in (self._accept, self._watch):
            threading.Thread(target=work, daemon=True).start()

    def wait(self) -> str:
        """Waits until all nodes have come; a failure is reported meanwhile. Returns the address of this machine in their network."""
        with self._changed:
            self._changed.wait_for(lambda: len(self._connections) == self._count)
        return own_address(self._connections[0])

    def send(self, frame: bytes) -> None:
        for connection in self._connections:
            connection.send_bytes(frame)

    def begin_close(self) -> None:
        """Ends them: their processes end with the connection."""
        self._closed = True
        for connection in self._connections:
            # Closing alone does not wake the thread that listens, which then keeps the connection.
            with socket.fromfd(connection.fileno(), socket.AF_INET, socket.SOCK_STREAM) as end:
                end.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def close(self) -> None:
        """Waits for their end."""
        self._launcher.wait()

    def _accept(self) -> None:
        while len(self._connections) < self._count:
            try:
                connection = self._listener.accept()
            except OSError as error:
                if self._closed:
                    return
                print(f"a connection was refused: {error}", file=sys.stderr, flush=True)
                time.sleep(1)
                continue
            # In a thread of its own, so that nobody who connects and says nothing keeps a node waiting.
            threading.Thread(target=self._admit, args=(connection,), daemon=True).start()

    def _admit(self, connection: Connection) -> None:
        """Takes a connection for a node if it knows the secret, and proves to it that this side does."""
        try:
            deliver_challenge(connection, self._secret)
            answer_challenge(connection, self._secret)
            connection.send_bytes(json.dumps(self._processes).encode())
        except Exception as error:
            connection.close()
            # Somebody else, or a node that ended at once.
            if not self._closed:
                print(f"a connection was refused: {str(error) or type(error).__name__}", file=sys.stderr, flush=True)
            return
        with self._changed:
            self._connections.append(connection)
            self._changed.notify_all()
        self._listen(connection)

    def _listen(self, connection: Connection) -> None:
        """A node speaks once: when one of its processes has ended too early."""
        try:
            self._failed(json.loads(connection.recv_bytes()))
        except (EOFError, OSError):
            if not self._closed:
                # The node may have said why, in the log.
                self._failed({"code": "ended", "who": "a node", "exit": "1"})

    def _watch(self) -> None:
        code = self._launcher.wait()
        if self._closed:
            return
        with self._changed:
            # The node that failed has a moment to say what happened.
            self._changed.wait(timeout=2)
        who = f"the command {self._launch[0]}, which starts the processes on other nodes,"
        self._failed({"code": "ended", "who": who, "exit": str(code)})


def connect(environment: "os._Environ[str]") -> tuple[Connection, dict[str, Any]]:
    """Meets the first process, from another node; returns what this node has to start."""
    host, _, port = environment["LLMPIPE_TORCH_LEADER"].rpartition(":")
    secret = bytes.fromhex(environment["LLMPIPE_TORCH_SECRET"])
    connection = Client((host, int(port)), family="AF_INET", authkey=secret)
    return connection, json.loads(connection.recv_bytes())


def use_network(address: str) -> None:
    """Lets gloo use the network of an address of this machine, unless the user has chosen another."""
    name = interface_of(address)
    if name is not None:
        os.environ.setdefault("GLOO_SOCKET_IFNAME", name)


def own_address(connection: Connection) -> str:
    """The address of this machine in the network of a connection."""
    with socket.fromfd(connection.fileno(), socket.AF_INET, socket.SOCK_STREAM) as end:
        return str(end.getsockname()[0])


def interface_of(address: str) -> str | None:
    """The network interface with an IPv4 address, by the system of Linux; None if there is none."""
    # Windows has no such module, and this is only called on clusters.
    import fcntl

    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        for _, name in socket.if_nameindex():
            try:
                answer = fcntl.ioctl(probe.fileno(), ADDRESS_OF_INTERFACE, struct.pack("256s", name.encode()[:15]))
            except OSError:
                # It has no IPv4 address, or this is not Linux.
                continue
            if socket.inet_ntoa(answer[20:24]) == address:
                return name
    return None
