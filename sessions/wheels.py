"""The wheels in ``dist/``: which are there, from what they were built, and how to install them."""

from __future__ import annotations

import hashlib
import itertools
import json

import nox

from sessions.project import DIST
from tools.pieces import PACKAGES

# Says which wheels are in dist/ and what they were built from.
RECORDS = DIST / "wheels.json"


def wheel_records() -> dict[str, dict[str, str]]:
    """Read what is known of the wheels in dist/."""
    if not RECORDS.is_file():
        return {}
    records: dict[str, dict[str, str]] = json.loads(RECORDS.read_text(encoding="utf-8"))
    return records


def write_records(records: dict[str, dict[str, str]]) -> None:
    """Write down what is known of the wheels in dist/."""
    RECORDS.write_text(json.dumps(records, indent=2) + "\n", encoding="utf-8")


def wheel_path(package: str) -> str:
    """Return the built wheel of a package."""
    return str(DIST / wheel_records()[package]["wheel"])


def wheel_paths() -> list[str]:
    """Return the built wheels of all packages."""
    return [wheel_path(package) for package in PACKAGES]


def wheels_digest() -> str:
    """Digest the present wheels, to tell the records of their runs from older ones."""
    return hashlib.sha256(RECORDS.read_bytes()).hexdigest()[:16]


def reinstalls() -> list[str]:
    """Return the options that replace an installed wheel by another one of the same version."""
    return list(itertools.chain(*(("--reinstall-package", package) for package in PACKAGES)))


def install_wheels(session: nox.Session) -> None:
    """Install the built wheels of all packages into the session's environment."""
    session.install(*reinstalls(), *wheel_paths())
