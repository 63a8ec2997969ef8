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
from drawing import draw
from failures import failure_of
from lanes import Lanes
from memories import Memory
from modules import Executable
from ranks import Followers, Ranks
from sessions import Session
from sharded import Sharded
from spread import Spread

# The fields and the tensors of an answer.
Answer = tuple[dict[str, Any], Mapping[str, Tensor]]

# Stands for the answer to a command whose outputs come with the `norm` of its step.
LATER: Answer = ({}, {})


class Worker:
    def __init__(self, device: torch.device, channel: Channel, ranks: Ranks | None = None) -> None:
        """`ranks` is the place of a process that follows another."""
        self._device = device
        self._channel = channel
        self._ranks = ranks or Ranks()
        self._spread = Spread()
        # Tensors that Node gave for several runs, such as the weights of a finished model.
        self._kept: dict[int, Tensor] = {}
        self._executables: dict[int, Executable] = {}
        self._sessions: dict[int, Session] = {}
        self._memories: dict[int, Memory] = {}
        # Weights that the processes of a session divide, by the number of the session and their own.
        self._held: dict[tuple[int, int], Sharded] = {}
        # The ids of commands whose answers wait for the end of their step.
        self._waiting: list[int] = []
        self._commands: dict[str, Callable[[Header, Tensors], Answer | None]] = {
            "keep": self._keep,
            "drop": self._drop,
            "compile": self._compile,
            "bind": self._bind,
            "run": self._run,
            "release": self._release,
            "train": self._train,
            "fill": lambda c, t: self._sessions[c["session"]].fill(c["start"], t["values"]),
            "freeze": lambda c, t: self._sessions[c["session"]].freeze(c["start"], t["values"]),
            "clear": lambda c, _: self._sessions[c["session"]].clear(),
            "accumulate": self._accumulate,
            "norm": self._norm,
            "update": lambda c, _: self._sessions[c["session"]].update(c["update"]),
            "write": lambda c, _: self._sessions[c["session"]].write(c["path"]),
            "save": lambda c, _: self._sessions[c["session"]].save(c["path"], c["metadata"]),
            "restore": lambda c, _: ({"metadata": self._sessions[c["session"]].restore(c["path"])}, {}),
            "finish": lambda c, _: self._sessions[c["session"]].finish(),
            "dispose": self._dispose,
            "hold": self._hold,
            "place": lambda c, t: self._held[c["session"], c["held"]].freeze(c["start"], t["values"]),
            "unhold": self._unhold,
            "remember": self._remember,
            "select": self._select,
            "forget": self._forget,
        }

    def do(self, command: Header, tensors: Tensors) -> None:
        """Does a command. A failure is an answer too, also to a command without an id: Node then gives up."""
        number = command.get("id")
        followers: Followers | None = None
        try:
            followers = self._spread.forward(command, tensors, self._kept)
            given = {name: tensor.to(self._device, non_blocking=True) for name, tensor in tensors.items()}
            answer = self._commands[command["do"]](command, given)
            if answer is LATER:
                if number is not None:
                    self._waiting.append(number)
                return
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
        session = self._sessions.get(command.get("session", -1))
        held = None if session is None or command["beside"] else session.weights
        lanes = self._lanes(command)
        self._executables[command["executable"]] = Executable(
            command["source"], command["inputs"], command["threads"], held, command["units"], command["halves"], lanes
        )

    def _lanes(self, command: Header) -> Lanes:
        """How the processes of a session divide the rows of a command."""
        divided: list[str] | None = command.get("divided")
        return Lanes() if divided is None else Lanes(self._sessions[command["session"]].ranks, divided)

    def _bind(self, command: Header, _: Tensors) -> None:
        fed = {name: self._kept[number] for name, number in command["weights"].items()}
        held = command.get("held")
        self._executables[command["executable"]].bind(fed, None if held is None else self._held[command["session"], held])

    def _hold(self, command: Header, _: Tensors) -> None:
        """Makes room for weights that the processes of a session divide."""
        slots, span, lists, halves = (command[field] for field in ("slots", "span", "lists", "halves"))
        ranks = self._sessions[command["session"]].ranks
        self._held[command["session"], command["held"]] = Sharded([], 0, slots, span, lists, halves, ranks, self._device)

    def _unhold(self, command: Header, _: Tensors) -> None:
        del self._held[command["session"], command["held"]]

    def _run(self, command: Header, tensors: Tensors) -> Answer:
        executable = self._executables[command["executable"]]
        if "memory" not in command:
            return {}, executable.run(tensors)
        memory, lanes = self._memories[command["memory"]], executable.lanes
        outputs = executable.compute(tensors, memory.past() if command["past"] else {})
        others = memory.append(outputs, lanes.own(command["filled"]), lanes.own(command["counts"]))
        if "drawing" in command:
            drawing = command["drawing"]
            with torch.inference_mode():
                others |= draw(others.pop("logits"), {**drawing, "uniforms": lanes.own(drawing["uniforms"])})
        return {}, lanes.join(others)

    def _release(self, command: Header, _: Tensors) -> None:
        del self._executables[command["executable"]]

    def _train(self, command: Header, _: Tensors) -> None:
        session, training = command["session"], command["training"]
        frozen = {name: self._kept[number] for name, number in command["frozen"].items()}
        ranks = self._ranks
        if training["processes"] > 1 and ranks.count == 1:
            followers = Followers(training["processes"], training["each"], self._device, self._give_up, training.get("elsewhere"))
            self._spread.add(session, followers, "shard" in training)
            followers.keep({number: self._kept[number] for number in command["frozen"].values()})
            followers.forward(command, {})
            ranks = followers.ranks
        self._sessions[session] = Session(training, frozen, self._device, ranks)

    def _give_up(self, failure: dict[str, str]) -> None:
        """Reports that the training cannot go on; Node then ends this process."""
        self._channel.answer({"id": None, "error": failure})

    def _accumulate(self, command: Header, tensors: Tensors) -> Answer:
        outputs = self._sessions[command["session"]].accumulate(tensors, command["index"])
        return LATER if outputs is None else ({}, outputs)

    def _norm(self, command: Header, _: Tensors) -> Answer:
        session = self._sessions[command["session"]]
        for outputs in session.later():
            self._channel.answer({"id": self._waiting.pop(0)}, outputs)
        return {}, {"norm": session.norm()}

    def _dispose(self, command: Header, _: Tensors) -> None:
        del self._sessions[command["session"]]
        self._held = {key: held for key, held in self._held.items() if key[0] != command["session"]}
        followers = self._spread.remove(command["session"])
        if followers is not None:
            followers.close()
        if self._device.type == "cuda":
            torch.cuda.empty_cache()

    def _remember(self, command: Header, _: Tensors) -> None:
        parts, texts, room = command["parts"], command["texts"], command["room"]
        self._memories[command["memory"]] = Memory(parts, texts, room, self._device, self._lanes(command))

    def _select(self, command: Header, _: Tensors) -> None:
        memory = self._memories.pop(command["from"])
        self._memories[command["memory"]] = memory.select(command["texts"], command["room"])

    def _forget(self, command: Header, _: Tensors) -> None:
        del self._memories[command["memory"]]
