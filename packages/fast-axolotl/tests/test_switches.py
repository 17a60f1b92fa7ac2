"""The environment variables."""

from __future__ import annotations

import pytest

SHOW = """
    import logging
    logging.basicConfig(format="%(message)s")
    import fast_axolotl
    status = fast_axolotl.status()
    print(status.installed, sorted({(t.piece, t.state) for t in status.targets}))
"""


def test_off(fresh):
    assert fresh(SHOW, FAST_AXOLOTL="0").startswith("False ")


def test_on(fresh):
    assert fresh(SHOW, FAST_AXOLOTL="1").startswith("True ")


def test_pieces_left_unbound(fresh):
    done = fresh(SHOW, FAST_AXOLOTL_DISABLE="pad, Stream", check=False)
    assert "('pad', 'disabled'), ('stream', 'disabled')" in done.stdout
    assert "('hash', 'waiting')" in done.stdout
    assert done.stderr == ""


def test_a_piece_that_does_not_exist_is_named(fresh):
    done = fresh(SHOW, FAST_AXOLOTL_DISABLE="padd", check=False)
    assert "padd, which is no piece" in done.stderr


def test_off_counts_for_the_plugin_too(fresh, upstream):
    (upstream / "axolotl/integrations").mkdir()
    (upstream / "axolotl/integrations/__init__.py").write_text("")
    (upstream / "axolotl/integrations/base.py").write_text("class BasePlugin: pass\n")
    code = """
        import fast_axolotl
        fast_axolotl.FastAxolotlPlugin().register({})
        print(fast_axolotl.status().installed)
    """
    assert fresh(code, path=[upstream], FAST_AXOLOTL="0") == "False\n"
    assert fresh(code, path=[upstream]) == "True\n"


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        *((value, "False ") for value in ("0", "false", "off", "no", " OFF ")),
        *((value, "True ") for value in ("1", "true", "On", "yes", "")),
    ],
)
def test_words_for_on_and_off(fresh, value, expected):
    done = fresh(SHOW, FAST_AXOLOTL=value, check=False)
    assert done.stdout.startswith(expected)
    assert done.stderr == ""


def test_a_word_that_nobody_knows_is_warned_about(fresh):
    done = fresh(SHOW, FAST_AXOLOTL="maybe", check=False)
    assert done.stdout.startswith("True ")
    assert "FAST_AXOLOTL=maybe is not understood" in done.stderr


@pytest.mark.parametrize(
    ("value", "expected"), [("true", "True"), ("YES", "True"), ("no", "False")]
)
def test_words_for_verifying(fresh, value, expected):
    code = "from fast_axolotl.switches import verifying; print(verifying())"
    assert fresh(code, FAST_AXOLOTL_VERIFY=value) == f"{expected}\n"
