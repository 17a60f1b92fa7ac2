"""A made-up fifth piece: declared in one place, it is in every list that is derived from there."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
META = "packages/fast-axolotl"
DECLARATION = f"{META}/src/fast_axolotl/pieces.py"
LEFT_OUT = shutil.ignore_patterns(
    *(".git", ".nox", ".venv", "target", "dist", "report", "__pycache__", "*.so", "_version.py")
)
PIECES = ["stream", "hash", "pack", "pad", "demo"]
# What else a person writes for a piece; the check of the tree asks for each of them.
MANIFEST_LINES = {
    "Cargo.toml": 'fast-axolotl-pad = { path = "crates/pad", version = ',
    "pyproject.toml": "fast-axolotl-pad = { workspace = true }",
    "README.md": "| [`fast-axolotl-pad`](packages/fast-axolotl-pad) |",
}


@pytest.fixture(scope="module")
def tree(tmp_path_factory):
    """A copy of the tree with a fifth piece in the declaration and nowhere else."""
    copy = tmp_path_factory.mktemp("tree") / "fast-axolotl"
    shutil.copytree(ROOT, copy, ignore=LEFT_OUT)
    path = copy / DECLARATION
    text, end = path.read_text(encoding="utf-8"), '    Piece("pad", ('
    assert text.count(end) == 1
    line = '    Piece("demo", ("demo_rows",)),\n'
    text = re.sub(r"(    Piece\(\"pad\", .*\n)", rf"\g<1>{line}", text)
    path.write_text(text, encoding="utf-8")
    return copy


def python(tree, *arguments, status=0, **environment):
    """Run Python in the copy, and return what it printed."""
    done = subprocess.run(
        [sys.executable, *arguments],
        cwd=tree,
        env={k: v for k, v in os.environ.items() if k != "PYTHONPATH"} | environment,
        stdout=subprocess.PIPE,
        text=True,
        check=False,
    )
    assert done.returncode == status, done.stdout
    return done.stdout


def test_the_workflows_have_it(tree):
    assert json.loads(python(tree, "tools/pieces.py")) == PIECES
    packages = [f"fast-axolotl-{piece}" for piece in PIECES]
    # In the order in which they are published: the meta-package requires the others.
    assert json.loads(python(tree, "tools/pieces.py", "packages")) == [*packages, "fast-axolotl"]
    wheels = (tree / ".github/workflows/wheels.yml").read_text(encoding="utf-8")
    release = (tree / ".github/workflows/release.yml").read_text(encoding="utf-8")
    assert "piece: ${{ fromJSON(needs.list.outputs.pieces) }}" in wheels
    assert "package: ${{ fromJSON(needs.wheels.outputs.packages) }}" in release


def test_the_sessions_have_it(tree):
    show = """
import json
from sessions import packages, wheels
from tools.pieces import PACKAGES
print(json.dumps([wheels.reinstalls(), packages.subsets_of_pieces(), PACKAGES]))
"""
    reinstalls, subsets, packages = json.loads(python(tree, "-c", show, PYTHONPATH=str(tree)))
    assert "fast-axolotl-demo" in reinstalls
    assert "fast-axolotl-demo" in packages
    assert len(subsets) == 2 ** len(PIECES)
    assert ["demo"] in subsets
    # What `uvx nox` runs is declared with it too: nothing of it breaks.
    sessions = json.loads(python(tree, "-m", "nox", "--list-sessions", "--json"))
    assert {"build", "subsets", "types"} <= {session["name"] for session in sessions}


def test_the_build_hook_pins_it(tree):
    show = """
import hatch_build
metadata = {}
hatch_build.PinnedPieces.update(None, metadata)
print(*metadata["dependencies"], sep="\\n")
"""
    pins = python(tree, "-c", show, PYTHONPATH=str(tree / META)).splitlines()
    assert [pin.partition("==")[0] for pin in pins] == [f"fast-axolotl-{p}" for p in PIECES]
    assert len({pin.partition("==")[2] for pin in pins}) == 1


def test_the_package_knows_it(tree):
    version = tree / META / "src/fast_axolotl/_version.py"
    version.write_text('__version__ = "0"\n', encoding="utf-8")
    show = """
import fast_axolotl
from fast_axolotl.switches import disabled_pieces
print(*disabled_pieces())
print("demo_rows" in dir(fast_axolotl), "demo" in fast_axolotl.status().pieces)
try:
    fast_axolotl.demo_rows
except AttributeError as error:
    print(error)
"""
    environment = {"PYTHONPATH": str(tree / META / "src"), "FAST_AXOLOTL_DISABLE": "demo"}
    disabled, absent, error = python(tree, "-c", show, **environment).splitlines()
    assert disabled == "demo"
    assert absent == "False False"
    assert "fast-axolotl-demo" in error


def test_the_check_of_the_tree_asks_for_the_rest_and_then_has_it(tree):
    asked = python(tree, "tools/check_tree.py", status=1)
    for path in (
        *("crates/demo/Cargo.toml", "crates/demo/src/lib.rs"),
        *("packages/fast-axolotl-demo/Cargo.toml", "packages/fast-axolotl-demo/pyproject.toml"),
        "packages/fast-axolotl-demo/python/fast_axolotl_demo/_demo.pyi",
    ):
        assert f"{path} is missing: see 'Add a piece' in CONTRIBUTING.md" in asked
    for file in (*MANIFEST_LINES, f"{META}/README.md", f"{META}/src/fast_axolotl/__init__.py"):
        assert re.search(rf"^{re.escape(file)}\b", asked, re.MULTILINE), file

    write_the_rest(tree)
    left = python(tree, "tools/check_tree.py", status=1)
    assert [line.rpartition(": ")[2] for line in left.splitlines()] == [
        "python tools/check_tree.py --fix"
    ]
    python(tree, "tools/check_tree.py", "--fix")
    python(tree, "tools/check_tree.py")
    face = (tree / META / "src/fast_axolotl/__init__.py").read_text(encoding="utf-8")
    assert "    from fast_axolotl_demo import demo_rows as demo_rows\n" in face


def write_the_rest(tree):
    """Do what the recipe says: the new piece is a copy of another, under its own names."""
    for folder in ("crates/pad", "packages/fast-axolotl-pad"):
        for path in sorted((tree / folder).rglob("*")):
            new = tree / renamed(path.relative_to(tree).as_posix())
            if path.is_dir() or "/tests/" in path.as_posix():
                continue
            new.parent.mkdir(parents=True, exist_ok=True)
            new.write_text(renamed(path.read_text(encoding="utf-8")), encoding="utf-8")
    for file, start in MANIFEST_LINES.items():
        path = tree / file
        text = path.read_text(encoding="utf-8")
        (line,) = [line for line in text.splitlines() if line.startswith(start)]
        path.write_text(text.replace(line, f"{line}\n{renamed(line)}"), encoding="utf-8")
    readme = tree / META / "README.md"
    text = readme.read_text(encoding="utf-8")
    text = text.replace("`fast-axolotl-pad`", "`fast-axolotl-pad`, `fast-axolotl-demo`")
    readme.write_text(text, encoding="utf-8")


def renamed(text):
    """The text of a piece as it is for the new one, which has one function."""
    text = re.sub(r"\bcreate_padding_mask\b|\bpad_sequences\b", "demo_rows", text)
    text = re.sub(r'(__all__ = \[)[^\]]*"demo_rows"[^\]]*\]', r'\1"demo_rows"]', text)
    return re.sub(r"(?<![a-z])pad(?![a-z_])", "demo", text)
