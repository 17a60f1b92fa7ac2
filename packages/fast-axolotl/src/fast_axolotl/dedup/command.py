"""The command line of `fast-axolotl dedup`."""

from __future__ import annotations

import argparse
import contextlib
import importlib.util
import os
import re
import signal
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from ..pieces import missing_piece
from .options import Options, Progress, no_bar

DESCRIPTION = """\
Leave duplicate rows out of datasets: Parquet, Arrow, JSON Lines, CSV, text (plain, .gz or .zst),
folders of them, and datasets that Hugging Face `datasets` saved. Rows are equal if the values of
the columns --on are (all columns without it). The output is there complete or not at all.
"""
EPILOG = """\
A run that is killed leaves hidden folders beside the output and the state, ".OUTPUT.*.partial" and
".STATE.*.partial", to be deleted.
"""


def add_to(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command to those of `fast-axolotl`."""
    parser = commands.add_parser(
        "dedup",
        allow_abbrev=False,
        help="leave duplicate rows out of datasets",
        description=DESCRIPTION,
        epilog=EPILOG,
    )
    option = parser.add_argument
    option("inputs", nargs="+", type=_path, metavar="INPUT", help="files or folders")
    option("-o", "--output", required=True, type=_path, help=".parquet, .arrow or .jsonl[.gz|.zst]")
    option("--on", nargs="+", metavar="COLUMN", help="the columns that count; all by default")
    option("--keep", choices=("first", "last", "none"), default="first")
    option("--algorithm", choices=("sha256", "blake3", "xxh3_128"), default="sha256")
    option("--type", dest="dataset_type", metavar="FORMAT", help="of the inputs, as jsonl.zst")
    option("--against", type=_path, metavar="STATE", help="leave out the rows of an earlier run")
    option("--save-state", type=_path, metavar="STATE", help="remember all rows for a later run")
    option("--memory-limit", type=_size, default=4 << 30, metavar="SIZE", help="default: 4GiB")
    option("--spill-directory", type=_path, metavar="FOLDER", help="default: beside the output")
    option("--num-threads", type=int, default=0, help="default: one per core")
    option("--force", action="store_true", help="replace an output that exists")
    option("--quiet", action="store_true", help="no progress bar")


def _path(text: str) -> Path:
    """A path that is given: an empty one would be the folder the command runs in."""
    if not text:
        raise argparse.ArgumentTypeError("a path is empty; name a file or a folder")
    return Path(text)


def _size(text: str) -> int:
    """A number of bytes: 500MB, 4GiB, 1000000."""
    match = re.fullmatch(r"(\d+(?:\.\d+)?) ?([KMGT]?)(i?)B?", text, re.IGNORECASE)
    if match is None:
        raise argparse.ArgumentTypeError(f"{text!r} is not a size such as 500MB or 4GiB")
    base = 1024 if match[3] else 1000
    return int(float(match[1]) * base ** " KMGT".index(match[2].upper() or " "))


def run(options: argparse.Namespace, parser: argparse.ArgumentParser) -> int:
    """Run the command; returns the exit status."""
    for name in ("streaming_dataset_reader", "DuplicateFinder"):
        piece = missing_piece(name)
        if piece is not None and importlib.util.find_spec(piece.module) is None:
            parser.error(f"dedup needs {piece.distribution}; try: uv add {piece.distribution}")
    if importlib.util.find_spec("pyarrow") is None:
        parser.error("dedup writes with pyarrow; try: uv add 'fast-axolotl[dedup]'")
    from .deduplication import deduplicate_files

    given = vars(options)
    wanted = Options(**{name: given[name] for name in Options._fields})
    # Python leaves at once on SIGTERM, and what is unfinished would stay.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    try:
        summary = str(deduplicate_files(wanted, _progress(options.quiet)))
    except (ArithmeticError, NotImplementedError, OSError, TypeError, ValueError) as error:
        print(f"fast-axolotl dedup: {_in_options(str(error))}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("fast-axolotl dedup: interrupted", file=sys.stderr)
        return 128 + signal.SIGINT
    with contextlib.suppress(BrokenPipeError):
        print(_encodable(f"{options.output}: {summary}"), flush=True)
        return 0
    # Nobody listens any more; Python would complain once again at its end.
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return 0


# What messages of the packages call their arguments.
_ARGUMENTS = {
    "memory_limit": "--memory-limit",
    "spill_directory": "--spill-directory",
    "dataset_type": "--type",
    "num_threads": "--num-threads",
    "columns names": "--on names",
    "against has": "--against has",
}


def _in_options(text: str) -> str:
    """The message, with the options of the command in the place of arguments of functions."""
    for argument, option in _ARGUMENTS.items():
        text = re.sub(rf"(?<![\w/.-]){argument}\b", option, text)
    return text


def _encodable(text: str) -> str:
    """The text with an escape for what the output cannot encode, as in a name that is not UTF-8."""
    encoding = sys.stdout.encoding or "utf-8"
    return text.encode(encoding, "backslashreplace").decode(encoding)


def _progress(quiet: bool) -> Progress:
    def note(text: str) -> None:
        print(f"fast-axolotl dedup: {text}", file=sys.stderr)

    if quiet or importlib.util.find_spec("tqdm") is None:
        return Progress(note, no_bar)
    return Progress(note, _bar)


@contextlib.contextmanager
def _bar(title: str, total: int | None) -> Iterator[Callable[[int], Any]]:
    from tqdm import tqdm

    # On a terminal only.
    with tqdm(desc=title, total=total, unit=" rows", unit_scale=True, disable=None) as bar:
        yield bar.update
