"""What a replacement promises: the one protocol between the shim and what replaces a function."""

from __future__ import annotations

from typing import Any, NamedTuple, Protocol


class NotCovered(Exception):
    """The fast path does not cover this call; upstream does it."""


class Refused(Exception):
    """Upstream refuses this call: its own code raised the error that is the cause of this one.

    The message says, as `Outcome.left` does, why upstream's code did a part of the call, if it did.
    """


class ParityError(RuntimeError):
    """A replaced call and upstream differ. Raised only with `FAST_AXOLOTL_VERIFY=1`."""


class Outcome(NamedTuple):
    """What a fast path returns: the result, and a line about it for the log."""

    result: Any
    summary: str
    left: str = ""
    """Why upstream's code did a part of it, if it did."""


class Replacement(Protocol):
    """What replaces one upstream function: mostly a module.

    A module that needs upstream's function has a `replacement_for` instead, which takes the
    function and returns such an object. Where there is an `alone`, it is a context manager in which
    upstream runs for comparison, so that it finds nothing that the first call has left behind.
    """

    def run(self, *args: Any, **kwargs: Any) -> Outcome:
        """Do what upstream does, or raise NotCovered; an error leaves everything unchanged.

        Where upstream's own code raised, Refused is raised from its error.
        """

    def snapshot(self, *args: Any, **kwargs: Any) -> tuple[tuple[Any, ...], dict[str, Any]] | None:
        """The arguments as they are now, for a second call; None if it is not to be equal."""

    def difference(self, ours: Any, theirs: Any) -> str | None:
        """How two results differ; None if they are equal."""
