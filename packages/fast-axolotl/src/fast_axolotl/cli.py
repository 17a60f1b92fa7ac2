"""The command line: `fast-axolotl preprocess|train CONFIG`, `dedup INPUT... -o OUT`, `status`."""

from __future__ import annotations

import argparse
import contextlib
import importlib
import importlib.util
import os
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from . import __version__, child, dedup, get_version, status
from .shim.targets import TARGETS, parent_module

PLUGIN = "fast_axolotl.FastAxolotlPlugin"
# The same class by the name of its module: Axolotl would make one of each.
PLUGIN_NAMES = {PLUGIN, "fast_axolotl.plugin.FastAxolotlPlugin"}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command; returns the exit status."""
    parser = _parser()
    given = list(sys.argv[1:] if arguments is None else arguments)
    # What follows `--` is for the launcher behind Axolotl; argparse would drop the dashes.
    cut = given.index("--") if "--" in given else len(given)
    options, rest = parser.parse_known_args(given[:cut])
    rest += given[cut:]
    if options.command in ("status", "dedup"):
        if rest:
            parser.error(f"{options.command} does not take {' '.join(rest)}")
        return _status() if options.command == "status" else dedup.run(options, parser)
    if importlib.util.find_spec("axolotl") is None:
        parser.error("Axolotl is not installed in this environment; try: uv add axolotl")
    if not options.config.is_file():
        parser.error(f"{options.config} is not a file")
    with _config_with_plugin(options.config, parser) as config:
        return _run_axolotl(options.command, config, rest, options.verify)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="fast-axolotl",
        description="Axolotl with its slow parts replaced by Rust, and its tools on their own.",
        allow_abbrev=False,
    )
    parser.add_argument("--version", action="version", version=get_version())
    commands = parser.add_subparsers(dest="command", required=True)
    for name in ("preprocess", "train"):
        command = commands.add_parser(
            name,
            allow_abbrev=False,
            help=f"run `axolotl {name}` with the fast-axolotl plugin",
            description=f"Run `axolotl {name} CONFIG` with the fast-axolotl plugin added to the "
            "config; no file is edited. Other arguments go to Axolotl.",
        )
        command.add_argument("config", type=Path, help="an Axolotl config")
        command.add_argument(
            "--verify",
            action="store_true",
            help="also run Axolotl's own code for each replaced call, compare, and show both times",
        )
    dedup.add_to(commands)
    commands.add_parser("status", help="show which names of Axolotl are bound, and exit")
    return parser


def _status() -> int:
    if importlib.util.find_spec("axolotl") is not None:
        for module in sorted({parent_module(target) for target in TARGETS}):
            # Some versions of Axolotl do not have it, and the status says so.
            with contextlib.suppress(ModuleNotFoundError):
                importlib.import_module(module)
    print(status())
    return 0


@contextlib.contextmanager
def _config_with_plugin(config: Path, parser: argparse.ArgumentParser) -> Iterator[Path]:
    """A temporary copy of the config that lists the plugin after the user's own."""
    import yaml  # comes with Axolotl, which reads its configs with it

    try:
        content = yaml.safe_load(config.read_text(encoding="utf-8"))
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        parser.error(f"{config} is not a YAML file: {error}")
    if not isinstance(content, dict):
        parser.error(f"{config} holds no settings, expected an Axolotl config")
    plugins = content.get("plugins") or []
    if not isinstance(plugins, list):
        parser.error(f"{config}: plugins is {plugins!r}, expected a list")
    if not PLUGIN_NAMES.intersection(map(str, plugins)):
        content["plugins"] = [*plugins, PLUGIN]
    with tempfile.TemporaryDirectory(prefix="fast-axolotl-") as folder:
        copy = Path(folder, config.name)
        copy.write_text(yaml.safe_dump(content, sort_keys=False), encoding="utf-8")
        yield copy


def _run_axolotl(command: str, config: Path, arguments: Sequence[str], verify: bool) -> int:
    environment = dict(os.environ)
    if verify:
        environment["FAST_AXOLOTL_VERIFY"] = "1"
    # `axolotl train` starts `accelerate`, which lies beside the interpreter.
    beside = str(Path(sys.executable).parent)
    environment["PATH"] = os.pathsep.join([beside, environment.get("PATH", os.defpath)])
    print(f"fast-axolotl {__version__}: axolotl {command} {config.name}", flush=True)
    line = [*child.started_as("axolotl.cli.main:main"), command, str(config), *arguments]
    return child.run(line, environment)


if __name__ == "__main__":
    sys.exit(main())
