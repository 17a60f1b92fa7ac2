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


def test_what_axolotl_is_given(upstream, fresh):
    (upstream / "axolotl/cli").mkdir()
    (upstream / "axolotl/cli/__init__.py").write_text("")
    (upstream / "axolotl/cli/main.py").write_text(
        "import sys\ndef main():\n"
        "    print(sys.argv[1], sys.argv[3:])\n    print(open(sys.argv[2]).read())\n"
    )
    # A stand-in for the YAML library, which comes with Axolotl: JSON is YAML too.
    (upstream / "yaml.py").write_text(
        "import json\nYAMLError = ValueError\nsafe_load = json.loads\n"
        "def safe_dump(content, sort_keys): return json.dumps(content)\n"
    )
    config = upstream / "config.yml"
    config.write_text('{"plugins": ["their.Plugin"], "seed": 1}')
    arguments = ["train", str(config), "--ver", "--seed=2", "--", "--nproc", "2"]
    code = f"from fast_axolotl.cli import main; raise SystemExit(main({arguments}))"
    _, given, content = fresh(code, path=[upstream]).splitlines()
    assert given == "train ['--ver', '--seed=2', '--', '--nproc', '2']"
    plugins = '["their.Plugin", "fast_axolotl.FastAxolotlPlugin"]'
    assert content == f'{{"plugins": {plugins}, "seed": 1}}'
    config.write_text('{"plugins": "their.Plugin"}')
    done = fresh(code, path=[upstream], check=False)
    assert done.returncode == 2
    assert "plugins is 'their.Plugin', expected a list" in done.stderr


def test_without_axolotl(fresh):
    done = fresh(
        "from fast_axolotl.cli import main; main(['preprocess', 'config.yml'])", check=False
    )
    assert done.returncode == 2
    assert "Axolotl is not installed" in done.stderr
