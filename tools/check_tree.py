"""Check what no other linter sees: that things said twice in the tree are said alike.

Run by the ``lint`` session. Each problem is one line, with what to do about it. ``--fix`` writes
what can be written: the copies of the licence and the imports in the face.
"""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import check_pieces
import face
from pieces import META, PACKAGES, ROOT

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib


def licences(*, fix: bool = False) -> list[str]:
    """Compare every package's licence with the one at the root.

    Args:
        fix: Copy it instead of reporting that it differs.

    Returns:
        A line for each copy that differs or is missing.
    """
    text = (ROOT / "LICENSE").read_bytes()
    problems = []
    for package in packages():
        copy = package / "LICENSE"
        if copy.is_file() and copy.read_bytes() == text:
            continue
        if fix:
            copy.write_bytes(text)
        else:
            problems.append(
                f"{relative(copy)} differs from LICENSE: python tools/check_tree.py --fix"
            )
    return problems


def versions() -> list[str]:
    """Compare the versions that Cargo makes us repeat with the workspace's own.

    Returns:
        A line for each that differs.
    """
    workspace = toml(ROOT / "Cargo.toml")["workspace"]
    version = workspace["package"]["version"]
    problems = []
    for name, dependency in workspace["dependencies"].items():
        if name.startswith("fast-axolotl-") and dependency["version"] != version:
            problems.append(f"Cargo.toml: {name} asks for {dependency['version']}, not {version}")
    for manifest in sorted(
        [*ROOT.glob("crates/*/Cargo.toml"), *ROOT.glob("packages/*/Cargo.toml")]
    ):
        if toml(manifest)["package"]["version"] != {"workspace": True}:
            problems.append(f"{relative(manifest)}: write version.workspace = true")
    changelog = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    if not re.search(rf"^## {re.escape(version)}\b", changelog, re.MULTILINE):
        problems.append(f"CHANGELOG.md has no section for {version}")
    return problems


def metadata() -> list[str]:
    """Compare the packages' metadata with each other.

    Returns:
        A line for each field that differs.
    """
    problems = []
    for package in packages():
        path = package / "pyproject.toml"
        project = toml(path)["project"]
        if project["name"] != package.name:
            problems.append(f"{relative(path)}: the name is {project['name']}, not {package.name}")
        if project["requires-python"] != ">=3.10":
            problems.append(f"{relative(path)}: requires-python is not >=3.10")
        if "version" not in project["dynamic"]:
            problems.append(f"{relative(path)}: the version is declared in Cargo.toml only")
        if package.name != META and project.get("dependencies"):
            problems.append(f"{relative(path)}: a piece requires no other package")
    return problems


def tracked() -> list[str]:
    """Look for files that must stay out of the repository.

    Returns:
        A line for each that git tracks.
    """
    if not (ROOT / ".git").exists():
        return []
    listing = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, check=True, capture_output=True, text=True
    ).stdout
    unwanted = (".so", ".pyd", ".whl", ".pyc")
    return [
        f"{name} is tracked: git rm --cached it"
        for name in listing.split("\0")
        if name == "uv.lock" or name.endswith(unwanted)
    ]


def packages() -> list[Path]:
    """Return the directories of the packages that are there."""
    found = [ROOT / "packages" / package for package in PACKAGES]
    return [package for package in found if (package / "pyproject.toml").is_file()]


def toml(path: Path) -> Any:
    """Read a TOML file."""
    return tomllib.loads(path.read_text(encoding="utf-8"))


def relative(path: Path) -> str:
    """Name a path the same way on every system."""
    return path.relative_to(ROOT).as_posix()


def main() -> int:
    """Run every check.

    Returns:
        The exit status: 0 if there is no problem.
    """
    fix = sys.argv[1:] == ["--fix"]
    problems = [
        *check_pieces.problems(),
        *face.problems(fix=fix),
        *licences(fix=fix),
        *versions(),
        *metadata(),
        *tracked(),
    ]
    print("\n".join(problems) or "The tree says everything alike.")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
