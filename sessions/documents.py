"""The tables of COMPATIBILITY.md and README.md that are made, not written."""

from __future__ import annotations

import nox

from sessions.project import ON_WHEELS, REPORT
from sessions.wheels import install_wheels, wheels_digest


@nox.session(requires=["build"], tags=ON_WHEELS)
def compat(session: nox.Session) -> None:
    """Check the tables that are made from the code; `-- --write` writes them."""
    install_wheels(session)
    session.run("python", "tools/compat.py", "code", *(session.posargs or ["--check"]))


@nox.session(requires=["build"], default=False)
def record(session: nox.Session) -> None:
    """Write down in COMPATIBILITY.md, for a release, what ran on the present wheels."""
    install_wheels(session)
    session.run(
        *("python", "tools/compat.py", "runs"),
        *("--report", str(REPORT), "--wheels", wheels_digest()),
    )
