"""The command line, as far as it needs no Axolotl."""

from __future__ import annotations

import pytest

from fast_axolotl import cli, get_version


def test_version(capsys):
    with pytest.raises(SystemExit) as exit_:
        cli.main(["--version"])
    assert exit_.value.code == 0
    assert capsys.readouterr().out.strip() == get_version()


def test_status_without_axolotl(fresh):
    output = fresh("from fast_axolotl.cli import main; raise SystemExit(main(['status']))")
    assert "axolotl.utils.data.utils._deduplicate_dataset" in output
    assert "until axolotl.utils.data.utils is imported" in output


@pytest.mark.parametrize(
    "arguments", [[], ["status", "now"], ["preproces", "config.yml"], ["train"]]
)
def test_wrong_usage(arguments, capsys):
    with pytest.raises(SystemExit) as exit_:
        cli.main(arguments)
    assert exit_.value.code == 2
    assert "error:" in capsys.readouterr().err


def test_without_axolotl(fresh):
    done = fresh(
        "from fast_axolotl.cli import main; main(['preprocess', 'config.yml'])", check=False
    )
    assert done.returncode == 2
    assert "Axolotl is not installed" in done.stderr
