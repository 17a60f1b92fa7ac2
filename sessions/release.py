"""What GitHub runs, and the wheels that it builds for a release."""

from __future__ import annotations

import itertools

import nox

from sessions.project import ON_SOURCES, ROOT, group
from tools.pieces import NAMES


@nox.session(python=">=3.11", tags=ON_SOURCES)
def workflows(session: nox.Session) -> None:
    """Check the GitHub workflows and the wheel matrix, as far as that goes without GitHub."""
    session.install(*group("workflows"))
    session.run("zizmor", "--offline", "--quiet", "--persona", "pedantic", ".github")
    files = sorted(str(path) for path in (ROOT / ".github" / "workflows").glob("*.yml"))
    for schema in ("vendor.github-workflows", "custom.github-workflows-require-timeout"):
        session.run("check-jsonschema", "--builtin-schema", schema, *files)
    session.run(
        "check-jsonschema", "--builtin-schema", "vendor.dependabot", ".github/dependabot.yml"
    )
    for piece, platform in itertools.product(NAMES, ("linux", "macos", "windows")):
        listing = session.run(
            *cibuildwheel(piece, "--print-build-identifiers", "--platform", platform), silent=True
        )
        identifiers = str(listing).split()
        # A pattern that matches nothing would only show on the day of a release.
        for python in ("cp310", "cp314t", "cp315t"):
            if not any(identifier.startswith(f"{python}-") for identifier in identifiers):
                session.error(f"fast-axolotl-{piece} has no {python} wheel on {platform}")
        session.log(f"fast-axolotl-{piece} on {platform}: {', '.join(identifiers)}")


@nox.session(python=">=3.11", default=False)
def wheels(session: nox.Session) -> None:
    """Build the wheels of one piece for this platform with cibuildwheel: `-- hash`."""
    if len(session.posargs) != 1 or session.posargs[0] not in NAMES:
        session.error(f"name one piece: uvx nox -s wheels -- {'|'.join(NAMES)}")
    session.install(*group("workflows"))
    session.run(*cibuildwheel(session.posargs[0], "--output-dir", str(ROOT / "wheelhouse")))


def cibuildwheel(piece: str, *options: str) -> list[str]:
    """Return the cibuildwheel command for one piece, with the defaults of the root."""
    package = f"packages/fast-axolotl-{piece}"
    return ["cibuildwheel", *options, "--config-file", str(ROOT / "pyproject.toml"), package]
