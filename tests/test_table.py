"""The one table of targets: each entry leads to code, and the newest Axolotl has them all."""

from __future__ import annotations

import ast
import importlib
import importlib.util
import inspect
import subprocess
import sys
from pathlib import Path

import pytest

from fast_axolotl.pieces import PIECES
from fast_axolotl.shim import replacements
from fast_axolotl.shim.protocol import Replacement
from fast_axolotl.shim.replacements.pack import steps
from fast_axolotl.shim.targets import (
    TARGETS,
    AddedName,
    ImportedName,
    RecognizedFunction,
    ReplacedFunction,
    ReplacedMethod,
    VirtualModule,
    parent_module,
)

PROTOCOL = [
    name
    for name, value in vars(Replacement).items()
    if inspect.isfunction(value) and not name.startswith("_")
]


def of_kind(kind):
    return [pytest.param(t, id=t.name) for t in TARGETS if isinstance(t, kind)]


def the_function(target):
    """What Axolotl has under a name."""
    owner = importlib.import_module(parent_module(target))
    if isinstance(target, ReplacedMethod):
        owner = getattr(owner, target.name.split(".")[-2])
    return getattr(owner, target.name.rpartition(".")[2])


def test_the_protocol_is_what_is_looked_for():
    assert sorted(PROTOCOL) == ["difference", "run", "snapshot"]


@pytest.mark.newest
@pytest.mark.parametrize("target", of_kind(ReplacedFunction))
def test_a_replaced_function_leads_to_an_object_of_the_protocol(target):
    replacement = replacements.load(target.replacement, the_function(target))
    assert [name for name in PROTOCOL if not callable(getattr(replacement, name, None))] == []
    # Where it stands says of which piece it is, so that it is found.
    assert target.replacement.split(".")[0] == target.piece


@pytest.mark.parametrize("target", of_kind(RecognizedFunction))
def test_a_recognized_function_leads_to_a_step(target):
    assert isinstance(getattr(steps, target.step), (steps.Keep, steps.Change))


@pytest.mark.parametrize("target", of_kind(AddedName))
def test_an_added_name_is_an_export_of_its_piece(target):
    (piece,) = [piece for piece in PIECES if piece.name == target.piece]
    assert target.export in piece.exports


@pytest.mark.parametrize("target", of_kind(ImportedName))
def test_an_imported_name_is_a_replaced_function(target):
    before = TARGETS[: TARGETS.index(target)]
    assert target.function in [t.name for t in before if isinstance(t, ReplacedFunction)]


@pytest.mark.parametrize("target", of_kind(VirtualModule))
def test_a_virtual_module_has_its_names(target):
    module = importlib.import_module(target.name)
    assert [name for name in target.names if not hasattr(module, name)] == []


EVERY_MODULE = """
import importlib
import fast_axolotl
from fast_axolotl.shim.targets import TARGETS, ImportedName, parent_module

modules = {parent_module(target) for target in TARGETS}
modules |= {t.name.rpartition(".")[0] for t in TARGETS if isinstance(t, ImportedName)}
for module in sorted(modules):
    importlib.import_module(module)
for target in fast_axolotl.status().targets:
    print(target.target, target.state, target.detail, sep="\\t")
"""


@pytest.mark.newest
def test_every_target_is_bound():
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", EVERY_MODULE],
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    rows = [line.split("\t") for line in done.stdout.splitlines() if line.startswith("axolotl.")]
    assert len(rows) == len(TARGETS)
    # Code of older versions is listed too; a name stands once for each code that it has had.
    assert {tuple(row[:2]) for row in rows if row[1] not in ("bound", "recognized")} == set()


def imports_of(functions: set[str]) -> set[tuple[str, str]]:
    """Where upstream's modules import functions by name: the place and the function."""
    (folder,) = importlib.util.find_spec("axolotl").submodule_search_locations
    root = Path(folder)
    found = set()
    for path in root.rglob("*.py"):
        parts = [root.name, *path.relative_to(root).with_suffix("").parts]
        is_package = parts[-1] == "__init__"
        module = parts[:-1] if is_package else parts
        # Only imports that a module makes when it loads leave a name in it.
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            if not isinstance(node, ast.ImportFrom):
                continue
            package = module if is_package else module[:-1]
            base = package[: len(package) - node.level + 1] if node.level else []
            source = ".".join([*base, *([node.module] if node.module else [])])
            for name in node.names:
                if f"{source}.{name.name}" in functions:
                    place = ".".join([*module, name.asname or name.name])
                    found.add((place, f"{source}.{name.name}"))
    return found


@pytest.mark.newest
def test_every_place_that_imports_a_replaced_function_is_in_the_table():
    functions = {
        target.name
        for target in TARGETS
        if isinstance(target, ReplacedFunction) and not isinstance(target, ReplacedMethod)
    }
    listed = {(one.name, one.function) for one in TARGETS if isinstance(one, ImportedName)}
    # A package may import what another module of it has imported.
    known = functions | {name for name, _ in listed}
    origins = dict(listed)
    found = {(place, origins.get(source, source)) for place, source in imports_of(known)}
    assert found == listed
