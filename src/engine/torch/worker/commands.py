"""The commands of Node. Each is done after those before it; one with an id is answered, in the same order.

All commands pass through `Worker.do`, and depend on nothing but the command and its tensors: several workers that are given the same
commands hold the same state.
"""

import sys
from collections.abc import Callable, Mapping
from typing import Any

import torch
from torch import Tensor

from channel import Channel, Header, Tensors
from failures import failure_of
from memories import Memory
from modules import Executable
from sessions import Session

# The fields and the tensors of an answer.
Answer = tuple[dict[str, Any], Mapping[str, Tensor]]


class Worker:
    def __init__(self, device: torch.device, channel: Channel) -> None:
        self._device = device
        self._channel = channel
        # Tensors that Node gave for several runs, such as the weights of a finished model.
        self._kept: dict[int, Tensor] = {}
        self._executables: dict[int, Executable] = {}
        self._sessions: dict[int, Session] = {}
        self._memories: dict[int, Memory] = {}
        self._commands: dict[str, Callable[[Header, Tensors], Answer | None]] = {
            "keep": self._keep,
            "drop": self._drop,
            "compile": self._compile,
            "bind": self._bind,
            "run": self._run,
            "release": self._release,
            "train": self._train,
            "fill": lambda c, t: self._sessions[c["session"]].fill(c["start"], t["values"]),
            "clear": lambda c, _: self._sessions[c["session"]].clear(),
            "accumulate": self._accumulate,
            "norm": lambda c, _: ({}, {"norm": self._sessions[c["session"]].norm()}),
            "update": lambda c, _: self._sessions[c["session"]].update(c["update"]),
            "parameters": lambda c, _: ({}, {"parameters": self._sessions[c["session"]].parameters()}),
            "save": lambda c, _: self._sessions[c["session"]].save(c["path"], c["metadata"]),
            "restore": lambda c, _: ({"metadata": self._sessions[c["session"]].restore(c["path"])}, {}),
            "finish": lambda c, _: self._sessions[c["session"]].finish(),
            "dispose": self._dispose,
            "remember": self._remember,
            "select": self._select,
            "forget": self._forget,
        }

    def do(self, command: Header, tensors: Tensors) -> None:
        """Does a command. A failure is an answer too, also to a command without an id: Node then gives up."""
        number = command.get("id")
        try:
            given = {name: tensor.to(self._device, non_blocking=True) for name, tensor in tensors.items()}
            answer = self._commands[command["do"]](command, given)
        except Exception as error:
            failure = failure_of(error)
            if "stack" in failure:
                print(failure["stack"], file=sys.stderr, flush=True)
            self._channel.answer({"id": number, "error": failure})
            return
        if number is not None:
            fields, results = answer or ({}, {})
            self._channel.answer({"id": number, **fields}, results)

    def _keep(self, command: Header, tensors: Tensors) -> None:
        self._kept[command["tensor"]] = tensors["tensor"]

    def _drop(self, command: Header, _: Tensors) -> None:
        for number in command["kept"]:
            del self._kept[number]

    def _compile(self, command: Header, _: Tensors) -> None:
        session = command.get("session")
        held = {} if session is None else self._sessions[session].weights
        self._executables[command["executable"]] = Executable(command["source"], command["inputs"], held, command["threads"])

    def _bind(self, command: Header, _: Tensors) -> None:
        fed = {name: self._kept[number] for name, number in command["weights"].items()}
        self._executables[command["executable"]].bind(fed)

    def _run(self, command: Header, tensors: Tensors) -> Answer:
        executable = self._executables[command["executable"]]
        if "memory" not in command:
            return {}, executable.run(tensors)
        memory = self._memories[command["memory"]]
        outputs = executable.run({**memory.past(), **tensors} if command["past"] else tensors)
        return {}, memory.append(outputs, command["filled"], command["counts"])

    def _release(self, command: Header, _: Tensors) -> None:
        del self._executables[command["executable"]]

    def _train(self, command: Header, _: Tensors) -> None:
        frozen = {name: self._kept[number] for name, number in command["frozen"].items()}
        self._sessions[command["session"]] = Session(command["training"], frozen, self._device)

    def _accumulate(self, command: Header, tensors: Tensors) -> Answer:
        return {}, self._sessions[command["session"]].accumulate(tensors, command["index"])

    def _dispose(self, command: Header, _: Tensors) -> None:
        del self._sessions[command["session"]]
        if self._device.type == "cuda":
            torch.cuda.empty_cache()

    def _remember(self, command: Header, _: Tensors) -> None:
        self._memories[command["memory"]] = Memory(command["parts"], command["room"], self._device)

    def _select(self, command: Header, _: Tensors) -> None:
        memory = self._memories.pop(command["from"])
        self._memories[command["memory"]] = memory.select(command["texts"], command["room"])

    def _forget(self, command: Header, _: Tensors) -> None:
        del self._memories[command["memory"]]
