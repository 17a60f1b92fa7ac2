"""The loaded code of a function against its file."""

from __future__ import annotations

import ast
import importlib.util
import os

import pytest

from fast_axolotl.shim.loaded import first_changed

SOURCE = '''
import functools

LIMIT = 3

def keep(row, limit=LIMIT):
    """Keep short rows."""
    return len(row) <= limit and row not in {"a", "b", "c"}

def outer(rows):
    return [row for row in rows if (lambda row: keep(row))(row)]

class Sampler:
    def draw(self):
        return super().__init__() or self.size + 1

    @property
    def size(self):
        return 1
'''
NAMES = ("keep", "outer", "Sampler", "Sampler.draw")


def load(path, source=None):
    """The module of a file, or of another source that says it is of this file."""
    spec = importlib.util.spec_from_file_location("made_up", path)
    module = importlib.util.module_from_spec(spec)
    if source is None:
        # Without a cache, which would hide an edit within a second.
        source = path.read_text()
    exec(compile(source, str(path), "exec", dont_inherit=True), vars(module))
    return module


@pytest.fixture
def path(tmp_path):
    path = tmp_path / "made_up.py"
    path.write_text(SOURCE)
    return path


def test_what_is_loaded_from_the_file_is_the_files(path):
    assert first_changed(load(path), NAMES) is None


@pytest.mark.parametrize(
    ("old", "new", "changed"),
    [
        ("<= limit", "< limit", "keep"),
        ('"c"', '"d"', "keep"),
        ("keep(row))", "not keep(row))", "outer"),
        ("size + 1", "size + 1.0", "Sampler"),
        ("size + 1", "size + True", "Sampler"),
    ],
)
def test_a_file_that_was_edited_imported_and_reverted(path, old, new, changed):
    path.write_text(SOURCE.replace(old, new))
    module = load(path)
    path.write_text(SOURCE)
    os.utime(path, (1, 1))
    assert first_changed(module, NAMES) == changed


def test_a_file_that_was_edited_after_its_import(path):
    module = load(path)
    path.write_text(SOURCE.replace("<= limit", "< limit"))
    assert first_changed(module, NAMES) == "keep"


def test_lines_that_move_change_nothing(path):
    module = load(path)
    path.write_text("# A comment.\n\n" + SOURCE)
    assert first_changed(module, NAMES) is None


def test_a_syntax_tree_that_an_import_hook_changed(path):
    class Traces(ast.NodeTransformer):
        def visit_Return(self, node):
            return [ast.Expr(ast.Call(ast.Name("print", ast.Load()), [], [])), node]

    tree = ast.fix_missing_locations(Traces().visit(ast.parse(SOURCE)))
    assert first_changed(load(path, tree), NAMES) == "keep"


def test_a_file_that_is_gone(path):
    module = load(path)
    path.unlink()
    assert first_changed(module, ["keep"]) == "keep"
