"""Files of every format, damaged at random, read whole within 2 GiB.

``python mutated_files.py COUNT [SEED]`` prints what became of them, by kind of outcome. A file that
ends the process is left behind under the name that was printed last.
"""

from __future__ import annotations

import collections
import gzip
import io
import json
import random
import resource
import signal
import sys
import tempfile
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from fast_axolotl_stream import streaming_dataset_reader

ROWS = [
    {
        "id": number,
        "text": f"axolotl {number} \N{SNOWMAN} " * (number % 7),
        "ids": list(range(number % 9)),
        "of": {"a": number / 3, "b": [None, "x"][number % 2]},
    }
    for number in range(300)
]
TABLE = pa.Table.from_pylist(ROWS)
# What a decoder may read as a length, an offset or the end of something.
WORDS = [b"\0" * 4, b"\xff" * 4, b"\xff\xff\xff\x7f", b"\0\0\0\x80", b"\1\0\0\0", b"\xff" * 8]
JSON_WORDS = [b"{", b"}", b"[", b'"', b"\\", b"\\u", b"1e999", b"-", b"null", b"\n", b",", b"\xff"]


def originals() -> dict[str, bytes]:
    """Sound files, by their suffixes."""
    files = {}
    for suffix, options in {
        "plain.parquet": {"compression": "none", "use_dictionary": False},
        "zstd.parquet": {"compression": "zstd", "data_page_version": "2.0"},
        "snappy.parquet": {"compression": "snappy", "row_group_size": 70},
    }.items():
        out = io.BytesIO()
        pq.write_table(TABLE, out, **options)
        files[suffix] = out.getvalue()
    for suffix, new in {"file.arrow": pa.ipc.new_file, "stream.arrow": pa.ipc.new_stream}.items():
        for codec in (None, "lz4"):
            out = io.BytesIO()
            with new(
                out, TABLE.schema, options=pa.ipc.IpcWriteOptions(compression=codec)
            ) as writer:
                writer.write_table(TABLE, max_chunksize=100)
            files[f"{codec}.{suffix}"] = out.getvalue()
    lines = "".join(json.dumps(row) + "\n" for row in ROWS).encode()
    files["jsonl"] = lines
    files["json"] = json.dumps(ROWS).encode()
    files["jsonl.gz"] = gzip.compress(lines)
    files["csv"] = b"id,text,of\n" + b"".join(
        f'{row["id"]},"{row["text"]}",{row["of"]["a"]}\n'.encode() for row in ROWS
    )
    files["txt"] = lines
    return files


def damaged(content: bytes, chance: random.Random, words: list[bytes]) -> bytes:
    """The file with a few wounds."""
    wounded = bytearray(content)
    for _ in range(chance.choice((1, 1, 2, 5, 20))):
        at = chance.randrange(len(wounded))
        if chance.random() < 0.5:
            # Where formats keep what describes the rest.
            at = chance.choice((at % min(len(wounded), 600), -1 - at % min(len(wounded), 600)))
            at %= len(wounded)
        match chance.randrange(6):
            case 0:
                wounded[at] ^= 1 << chance.randrange(8)
            case 1:
                wounded[at] = chance.randrange(256)
            case 2:
                word = chance.choice(words)
                wounded[at : at + len(word)] = word
            case 3:
                wounded[at:at] = chance.choice(words)
            case 4:
                del wounded[at : at + chance.randrange(1, 40)]
            case 5:
                start = chance.randrange(len(wounded))
                wounded[at:at] = wounded[start : start + chance.randrange(1, 200)]
        if not wounded:
            wounded = bytearray(b"\0")
    if chance.random() < 0.1:
        del wounded[chance.randrange(len(wounded)) :]
    return bytes(wounded)


def read(path: Path, chance: random.Random) -> str:
    """Read a file whole; returns what became of it."""
    output = chance.choice(("list", "arrow"))
    on_error = chance.choice(("raise", "skip"))
    batch_size = chance.choice((1, 64, 100_000))
    try:
        for _ in streaming_dataset_reader(
            path, "auto", batch_size, output=output, on_error=on_error
        ):
            pass
    except (ValueError, TypeError, OverflowError, MemoryError, OSError) as error:
        return type(error).__name__
    return "an answer"


def main() -> None:
    """Damage and read."""
    count, seed = int(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 0
    resource.setrlimit(resource.RLIMIT_AS, (2 << 30, resource.RLIM_INFINITY))
    files = originals()
    outcomes: collections.Counter[str] = collections.Counter()
    with tempfile.TemporaryDirectory() as folder:
        for number in range(count):
            chance = random.Random(f"{seed} {number}")
            suffix = chance.choice(list(files))
            words = WORDS if suffix.rpartition(".")[2] in ("parquet", "arrow", "gz") else JSON_WORDS
            path = Path(folder) / f"{number}.{suffix}"
            path.write_bytes(damaged(files[suffix], chance, words))
            print(path, file=sys.stderr, flush=True)
            # Whatever takes so long hangs.
            signal.alarm(20)
            outcomes[read(path, chance)] += 1
            signal.alarm(0)
            path.unlink()
    print(json.dumps(outcomes))


if __name__ == "__main__":
    main()
