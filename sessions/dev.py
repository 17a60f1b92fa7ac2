"""The quick loop of whoever works on one package."""

from __future__ import annotations

import nox

from sessions.project import ROOT, UV, group
from tools.pieces import META, NAMES


@nox.session(default=False)
def dev(session: nox.Session) -> None:
    """Build a piece for debugging, editable, and run its tests: `-- hash -k columns`.

    The environment is kept. What follows the name of the piece goes to pytest; `meta` is the
    meta-package with all pieces.
    """
    name, *arguments = session.posargs or [""]
    if name not in (*NAMES, "meta"):
        session.error(f"name a piece: uvx nox -s dev -- {'|'.join([*NAMES, 'meta'])}")
    session.install(*group("test"), *group("build"))
    for piece in NAMES if name == "meta" else [name]:
        manifest = ROOT / "packages" / f"{META}-{piece}" / "Cargo.toml"
        session.run("maturin", "develop", "--uv", "--quiet", "--locked", "-m", str(manifest))
    package = META if name == "meta" else f"{META}-{name}"
    if name == "meta":
        directory = ROOT / "packages" / META
        session.run(
            *(UV, "pip", "install", "--quiet", "--no-deps", "--editable", str(directory)),
            external=True,
        )
    session.run("python", "-m", "pytest", f"packages/{package}/tests", *arguments)
    session.log(f"the environment is {session.virtualenv.location}")
