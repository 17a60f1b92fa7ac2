"""Fingerprints: the same for the same meaning, another for another."""

from __future__ import annotations

import functools
import importlib.util
import sys
import textwrap

import pytest

from fast_axolotl.shim.fingerprint import fingerprint, syntax_of
from fast_axolotl.shim.replace import Calls, replace

FUNCTION = '''
def keep(rows: list[int], seen: set[int] | None = None) -> list[int]:
    """Keep some."""
    return [row for row in rows if f"{row:>3}" not in {"  1"} and row != -100]
'''


@pytest.fixture
def load(tmp_path, monkeypatch):
    def load(source, name="sample"):
        path = tmp_path / f"{name}.py"
        path.write_text(textwrap.dedent(source))
        spec = importlib.util.spec_from_file_location(name, path)
        module = importlib.util.module_from_spec(spec)
        monkeypatch.setitem(sys.modules, name, module)  # where the source of a class is looked for
        spec.loader.exec_module(module)
        return module

    return load


def test_known_value_on_every_python(load):
    assert fingerprint(load(FUNCTION), ["keep"]) == "cb6e1a2f9e98e8b1"


def test_formatting_comments_and_docstrings_do_not_count():
    other = FUNCTION.replace('    """Keep some."""\n', "    # nothing\n").replace(
        "[row for", "[ row  for"
    )
    assert syntax_of(other) == syntax_of(FUNCTION)


@pytest.mark.parametrize(
    ("old", "new"), [("-100", "100"), ("!=", "is not"), ("None = None", "None = 1"), (":>3", ":>4")]
)
def test_meaning_counts(old, new):
    assert syntax_of(FUNCTION.replace(old, new)) != syntax_of(FUNCTION)


def test_order_and_number_of_functions_count(load):
    module = load("def a(): return 1\ndef b(): return 2\n")
    values = {fingerprint(module, names) for names in (["a"], ["b"], ["a", "b"], ["b", "a"])}
    assert len(values) == 4


@pytest.mark.parametrize(
    "source",
    [
        "keep = 1",
        "keep = len",
        "from functools import partial\nkeep = partial(print)",
        "import functools\ndef inner(): pass\n@functools.wraps(inner)\ndef keep(): pass",
        "exec('def keep(): pass')",
        "",
    ],
)
def test_what_is_not_a_plain_function_has_none(load, source):
    assert fingerprint(load(source), ["keep"]) is None


SAMPLER = """
class Sampler:
    '''Draws.'''
    size = 3

    def draw(self):
        '''Draw.'''
        return self.size
"""


def test_classes_and_methods(load):
    module = load(SAMPLER)
    both = [fingerprint(module, ["Sampler"]), fingerprint(module, ["Sampler.draw"])]
    assert None not in both
    without_docstrings = load(SAMPLER.replace("'''Draws.'''", "").replace("'''Draw.'''", ""))
    assert [fingerprint(without_docstrings, [name]) for name in ("Sampler", "Sampler.draw")] == both
    larger = load(SAMPLER.replace("3", "4"), "larger")
    assert fingerprint(larger, ["Sampler"]) != both[0]
    assert fingerprint(larger, ["Sampler.draw"]) == both[1]
    module.Sampler.draw = len
    assert fingerprint(module, ["Sampler.draw"]) is None
    for name in ("Sampler.other", "Other.draw", "Sampler.size.draw", "Sampler.size"):
        assert fingerprint(module, [name]) is None


def test_what_is_replaced_counts_as_what_upstream_wrote(load):
    module = load(FUNCTION)
    before = fingerprint(module, ["keep"])
    module.keep = replace(module.keep, None, Calls("keep"))
    assert fingerprint(module, ["keep"]) == before
    module.keep = functools.wraps(module.keep)(lambda rows: rows)
    assert fingerprint(module, ["keep"]) is None
