"""Checks of the tree itself, which need nothing built."""

from __future__ import annotations

import nox

from sessions.project import ON_SOURCES, cargo, group


@nox.session(tags=ON_SOURCES)
def lint(session: nox.Session) -> None:
    """Check style and consistency: ruff, rustfmt, clippy, and what is said twice in the tree."""
    session.install(*group("lint"))
    session.run("ruff", "check", ".")
    session.run("ruff", "format", "--check", ".")
    session.run("python", "tools/check_tree.py")
    cargo(session, "fmt", "--all", "--check")
    cargo(session, "clippy", "--workspace", "--all-targets", "--locked", "--", "-D", "warnings")


@nox.session(tags=ON_SOURCES)
def tools(session: nox.Session) -> None:
    """Test what is derived from declarations, on a copy of the tree with a made-up piece."""
    session.install(*group("tools"))
    session.run("python", "-m", "pytest", "tools/tests", *session.posargs)


@nox.session(venv_backend="none", tags=ON_SOURCES)
def rust(session: nox.Session) -> None:
    """Run the Rust tests and doctests, and build the Rust docs without a warning."""
    cargo(session, "test", "--workspace", "--locked", *session.posargs)
    cargo(session, "doc", "--workspace", "--no-deps", "--locked", RUSTDOCFLAGS="-D warnings")
