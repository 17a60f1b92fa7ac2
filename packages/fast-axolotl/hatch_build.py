"""Where the meta-package's version and pins come from.

One version covers the whole workspace and is declared in its ``Cargo.toml``. An sdist leaves the
workspace behind, but carries the version in its ``PKG-INFO``, so building from one needs nothing
else.
"""

from __future__ import annotations

import runpy
import sys
from email.parser import Parser
from pathlib import Path
from typing import Any

from hatchling.metadata.plugin.interface import MetadataHookInterface

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

HERE = Path(__file__).resolve().parent
# The package cannot be imported before its version is written; this file of it can be run alone.
PIECES = runpy.run_path(str(HERE / "src" / "fast_axolotl" / "pieces.py"))["PIECES"]


def release_version() -> str:
    """Return the version of this release.

    Returns:
        The version in ``PKG-INFO`` for an unpacked sdist, else the workspace's own.

    Raises:
        FileNotFoundError: If there is neither, so a wrong version is never made up.
    """
    # PKG-INFO first: above an unpacked sdist there may be some other project's Cargo.toml.
    pkg_info = HERE / "PKG-INFO"
    if pkg_info.is_file():
        return str(Parser().parsestr(pkg_info.read_text(encoding="utf-8"))["Version"])

    workspace = HERE.parent.parent / "Cargo.toml"
    if not workspace.is_file():
        raise FileNotFoundError(
            f"{workspace} is missing: build fast-axolotl inside its repository or from its sdist"
        )
    manifest = tomllib.loads(workspace.read_text(encoding="utf-8"))
    return str(manifest["workspace"]["package"]["version"])


class PinnedPieces(MetadataHookInterface):
    """Requires each piece at exactly the version of the meta-package."""

    def update(self, metadata: dict[str, Any]) -> None:
        """Fill in the dependencies.

        Args:
            metadata: The ``[project]`` table, changed in place.
        """
        version = release_version()
        metadata["dependencies"] = [f"{piece.distribution}=={version}" for piece in PIECES]
