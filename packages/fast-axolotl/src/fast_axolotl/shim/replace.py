"""Wrap a replacement so that it can take the place of the upstream function."""

from __future__ import annotations

import contextlib
import functools
import logging
import time
import weakref
from collections.abc import Callable, Sequence
from types import FunctionType, ModuleType
from typing import Any

from ..switches import LOG, verifying
from .protocol import NotCovered, ParityError, Refused, Replacement

_UPSTREAM: weakref.WeakKeyDictionary[Callable[..., Any], Callable[..., Any]] = (
    weakref.WeakKeyDictionary()
)
"""The upstream function of each replacement that was made here."""


class Calls:
    """How the calls of one replaced function went."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._summary = ""
        self.is_off = False
        """Whether the replacement was taken away: whoever still holds it gets upstream."""
        self.fast = 0
        self.handed_back = 0
        self.reasons: set[str] = set()

    def count(self, left: str) -> None:
        """Count a fast call, unless `left` says that upstream did a part of it."""
        if left:
            self.hand_back(left)
        else:
            self.fast += 1

    def is_news(self, summary: str) -> bool:
        """Whether the summary of a call differs from that of the call before it."""
        is_news = summary != self._summary
        self._summary = summary
        return is_news

    def hand_back(self, reason: str) -> bool:
        """Count a call that upstream does; True, with a line in the log, for a new reason."""
        self.handed_back += 1
        new = reason not in self.reasons
        if new:
            self.reasons.add(reason)
            LOG.info("%s: left to Axolotl: %s", self._name, reason)
        return new

    def __str__(self) -> str:
        if not self.fast and not self.handed_back:
            return ""
        text = f"{self.fast} fast"
        if self.handed_back:
            text += f", {self.handed_back} by upstream ({'; '.join(sorted(self.reasons))})"
        return text


class ReliedOn:
    """A function of upstream that a replacement relies on, which others may replace at any time."""

    def __init__(self, holder: ModuleType | type, name: str) -> None:
        """Take note of what is there now."""
        self._holder = holder
        self.name = name
        self._upstream = upstream_of(vars(holder).get(name))

    @property
    def is_changed(self) -> bool:
        """Whether something else is there now than upstream's or the replacement of it."""
        return upstream_of(vars(self._holder).get(self.name)) is not self._upstream


def upstream_of(found: Any) -> Any:
    """The upstream function of a replacement that was made here; any other object unchanged."""
    # Not isinstance: proxies, as those of tracers, pass for what they wrap.
    return _UPSTREAM.get(found, found) if type(found) is FunctionType else found


def replace(
    upstream: Callable[..., Any],
    replacement: Replacement,
    calls: Calls,
    relied_on: Sequence[ReliedOn] = (),
) -> Callable[..., Any]:
    """Make the function that replaces `upstream`, which may be one that numba compiles.

    Args:
        upstream: The function.
        replacement: What does the same.
        calls: Where calls are counted.
        relied_on: What has to be upstream's still when the function is called.
    """
    is_plain = isinstance(upstream, FunctionType)

    # Of what numba keeps on its functions, only the Python source matters here.
    @functools.wraps(upstream, updated=functools.WRAPPER_UPDATES if is_plain else ())
    def replaced(*args: Any, **kwargs: Any) -> Any:
        if calls.is_off:
            return upstream(*args, **kwargs)
        changed = next((one.name for one in relied_on if one.is_changed), None)
        if changed is not None:
            calls.hand_back(f"{changed}, which it relies on, is not upstream's")
            return upstream(*args, **kwargs)
        again = None
        try:
            if verifying():
                again = replacement.snapshot(*args, **kwargs)
            start = time.perf_counter()
            result, summary, left = replacement.run(*args, **kwargs)
        except NotCovered as reason:
            calls.hand_back(str(reason))
            return upstream(*args, **kwargs)
        except Refused as refused:
            calls.count(str(refused))
            error = refused.__cause__ or refused
            if again is not None:
                _raises_as_upstream(error, upstream, replacement, again)
            raise error from None
        except Exception as failure:
            # Upstream's libraries change; a job that runs without fast-axolotl runs with it. Where
            # the point is to find such errors, it is raised.
            if again is not None:
                raise
            if calls.hand_back(f"{type(failure).__name__}: {failure}"):
                LOG.exception("%s: failed in fast-axolotl; please report", upstream.__name__)
            return upstream(*args, **kwargs)
        seconds = time.perf_counter() - start
        calls.count(left)
        if again is None:
            if not summary:
                return result
            # Some are called again and again for the same.
            level = logging.INFO if calls.is_news(summary) else logging.DEBUG
            LOG.log(level, "%s: %s in %.2f s", upstream.__name__, summary, seconds)
            return result
        start = time.perf_counter()
        with _alone(replacement):
            theirs = upstream(*again[0], **again[1])
        stock = time.perf_counter() - start
        difference = replacement.difference(result, theirs)
        if difference is not None:
            raise ParityError(
                f"{upstream.__module__}.{upstream.__qualname__}: {difference}; please report this, "
                "and set FAST_AXOLOTL=0 until it is mended"
            )
        LOG.info(
            "%s: %s in %.2f s; Axolotl alone %.2f s (%.0fx), equal",
            upstream.__name__,
            summary,
            seconds,
            stock,
            stock / max(seconds, 1e-9),
        )
        return result

    if not is_plain:
        vars(replaced)["py_func"] = upstream.py_func  # type: ignore[attr-defined]
    _UPSTREAM[replaced] = upstream
    return replaced


def _alone(replacement: Replacement) -> contextlib.AbstractContextManager[object]:
    """The context in which upstream runs for comparison."""
    context: contextlib.AbstractContextManager[object]
    context = getattr(replacement, "alone", contextlib.nullcontext)()
    return context


def _raises_as_upstream(
    error: BaseException,
    upstream: Callable[..., Any],
    replacement: Replacement,
    again: tuple[tuple[Any, ...], dict[str, Any]],
) -> None:
    """See that upstream raises an equal error.

    Raises:
        ParityError: It does not.
    """
    found = "no error"
    try:
        with _alone(replacement):
            upstream(*again[0], **again[1])
    except Exception as theirs:  # noqa: BLE001 - whatever it is, it is compared
        found = repr(theirs)
    if found != repr(error):
        raise ParityError(
            f"{upstream.__module__}.{upstream.__qualname__}: {error!r} was raised, upstream raises "
            f"{found}; please report this, and set FAST_AXOLOTL=0 until it is mended"
        )
