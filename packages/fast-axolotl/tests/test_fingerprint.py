"""Fingerprints: the same for the same meaning, another for another."""

from __future__ import annotations

import importlib.util
import textwrap

import pytest

from fast_axolotl.shim.fingerprint import fingerprint, syntax_of

FUNCTION = '''
def keep(rows: list[int], seen: set[int] | None = None) -> list[int]:
    """Keep some."""
    return [row for row in rows if f"{row:>3}" not in {"  1"} and row != -100]
'''


@pytest.fixture
def load(tmp_path):
    def load(source, name="sample"):
        path = tmp_path / f"{name}.py"
        path.write_text(textwrap.dedent(source))
        spec = importlib.util.spec_from_file_location(name, path)
        module = importlib.util.module_from_spec(spec)
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
