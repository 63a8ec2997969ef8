"""Which commands the other processes of a training carry out too."""

from collections.abc import Mapping

from torch import Tensor

from channel import Header, Tensors
from ranks import Followers

# The commands of a session that every process carries out.
SHARED = frozenset(
    (
        *("train", "fill", "freeze", "clear", "accumulate", "norm", "update", "write", "save", "restore", "finish"),
        *("hold", "place", "unhold", "compile", "remember"),
    )
)
# Those of them that only the first carries out, unless the processes divide their rows, or the weights: it has all weights then.
READING = frozenset(("compile", "remember"))


class Spread:
    """The other processes of each session. What reads divided weights is computed by all of them, because each has a part; and what has
    divided rows, because each computes some.
    """

    def __init__(self) -> None:
        self._sessions: dict[int, Followers] = {}
        self._dividing: set[int] = set()
        self._executables: dict[int, Followers] = {}
        self._memories: dict[int, Followers] = {}

    def add(self, session: int, followers: Followers, divides: bool) -> None:
        """Adds the other processes of a session; `divides` says whether they divide its weights."""
        self._sessions[session] = followers
        if divides:
            self._dividing.add(session)

    def remove(self, session: int) -> Followers | None:
        """Returns the other processes of a session that is over."""
        followers = self._sessions.pop(session, None)
        self._dividing.discard(session)
        for known in (self._executables, self._memories):
            for number in [number for number, each in known.items() if each is followers]:
                del known[number]
        return followers

    def forward(self, command: Header, tensors: Tensors, kept: Mapping[int, Tensor]) -> Followers | None:
        """Passes a command on, with the kept tensors that it names; returns the processes that got it."""
        if command["do"] == "drop":
            for each in self._sessions.values():
                each.drop(command["kept"])
            return None
        followers = self._of(command)
        if followers is not None:
            followers.keep({number: kept[number] for number in command.get("weights", {}).values()})
            followers.forward(command, tensors)
        return followers

    def _of(self, command: Header) -> Followers | None:
        do, session = command["do"], command.get("session", -1)
        if do in SHARED:
            if do in READING and session not in self._dividing and "divided" not in command:
                return None
            followers = self._sessions.get(session)
            if followers is not None and do == "compile":
                self._executables[command["executable"]] = followers
            if followers is not None and do == "remember":
                self._memories[command["memory"]] = followers
            return followers
        if do in ("bind", "run"):
            return self._executables.get(command["executable"])
        if do == "release":
            return self._executables.pop(command["executable"], None)
        if do == "select" and command["from"] in self._memories:
            self._memories[command["memory"]] = self._memories.pop(command["from"])
            return self._memories[command["memory"]]
        if do == "forget":
            return self._memories.pop(command["memory"], None)
        return None
