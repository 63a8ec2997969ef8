"""The commands of Node. Each is done after those before it; one with an id is answered, in the same order.

All commands pass through `Worker.do`, and depend on nothing but the command and its tensors: several workers that are given the same
commands hold the same state. So a training is spread: the first process passes the commands of its session on to the others.
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
from ranks import Followers, Ranks
from sessions import Session

# The fields and the tensors of an answer.
Answer = tuple[dict[str, Any], Mapping[str, Tensor]]


# The commands that every process of a training carries out.
SHARED = frozenset(("train", "fill", "clear", "accumulate", "norm", "update", "restore", "finish"))


class Worker:
    def __init__(self, device: torch.device, channel: Channel, ranks: Ranks | None = None) -> None:
        """`ranks` is the place of a process that follows another."""
        self._device = device
        self._channel = channel
        self._ranks = ranks or Ranks()
        self._followers: dict[int, Followers] = {}
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
        followers = self._followers.get(command.get("session", -1))
        try:
            if followers is not None and command["do"] in SHARED:
                followers.forward(command, tensors)
            given = {name: tensor.to(self._device, non_blocking=True) for name, tensor in tensors.items()}
            answer = self._commands[command["do"]](command, given)
        except Exception as error:
            # If another process ended, that is the cause.
            failure = (followers and followers.failure()) or failure_of(error)
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
        session, training = command["session"], command["training"]
        frozen = {name: self._kept[number] for name, number in command["frozen"].items()}
        ranks = self._ranks
        if training["processes"] > 1 and ranks.count == 1:
            followers = Followers(training["processes"], self._device, self._give_up)
            self._followers[session] = followers
            for number in command["frozen"].values():
                followers.forward({"do": "keep", "tensor": number}, {"tensor": self._kept[number].cpu()})
            followers.forward(command, {})
            ranks = followers.ranks
        self._sessions[session] = Session(training, frozen, self._device, ranks)

    def _give_up(self, failure: dict[str, str]) -> None:
        """Reports that the training cannot go on; Node then ends this process."""
        self._channel.answer({"id": None, "error": failure})

    def _accumulate(self, command: Header, tensors: Tensors) -> Answer:
        return {}, self._sessions[command["session"]].accumulate(tensors, command["index"])

    def _dispose(self, command: Header, _: Tensors) -> None:
        del self._sessions[command["session"]]
        followers = self._followers.pop(command["session"], None)
        if followers is not None:
            followers.close()
        if self._device.type == "cuda":
            torch.cuda.empty_cache()

    def _remember(self, command: Header, _: Tensors) -> None:
        self._memories[command["memory"]] = Memory(command["parts"], command["texts"], command["room"], self._device)

    def _select(self, command: Header, _: Tensors) -> None:
        memory = self._memories.pop(command["from"])
        self._memories[command["memory"]] = memory.select(command["texts"], command["room"])

    def _forget(self, command: Header, _: Tensors) -> None:
        del self._memories[command["memory"]]
