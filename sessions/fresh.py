"""Generated tests on examples that no run has drawn before."""

from __future__ import annotations

import secrets
from pathlib import Path

import nox

from sessions.environments import axolotl_environment, python_of
from sessions.project import group
from sessions.testing import test_directories, test_environment
from sessions.wheels import install_wheels

ROUNDS = 10


@nox.session(requires=["build"], default=False)
def fresh(session: nox.Session) -> None:
    """Draw ten times as many new examples for the generated tests of the packages."""
    session.install(*group("test"))
    install_wheels(session)
    draw(session, python_of(session), test_directories())


@nox.session(venv_backend="none", requires=["build"], default=False)
def fresh_axolotl(session: nox.Session) -> None:
    """Draw ten times as many new examples for the generated tests on the real Axolotl."""
    draw(session, axolotl_environment(session), ["tests"])


def draw(session: nox.Session, python: Path, paths: list[str]) -> None:
    """Run the generated tests with one seed after the other, or once with what the caller asks.

    Args:
        session: The session, for its arguments: some of them mean one run with these.
        python: The Python of an environment with the wheels.
        paths: Where the tests are.
    """
    rounds = 1 if session.posargs else ROUNDS
    for number in range(rounds):
        arguments = session.posargs or [f"--hypothesis-seed={secrets.randbits(64)}"]
        replay = f"uvx nox -s {session.name} -- {' '.join(arguments)}"
        session.log(f"round {number + 1} of {rounds}, replayed by: {replay}")
        session.run(
            *(str(python), "-m", "pytest", "-q", "-m", "hypothesis"),
            *("--hypothesis-profile=fresh", *arguments, *paths),
            external=True,
            env=test_environment(python),
        )
