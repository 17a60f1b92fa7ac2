"""streaming_dataset_reader: arguments, damage, laziness, memory, signals, fork."""

import gc
import gzip
import inspect
import io
import json
import multiprocessing
import os
import re
import signal
import subprocess
import sys
import textwrap
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from fast_axolotl_stream import DatasetReader, detect_format, streaming_dataset_reader

ROWS: list[dict[str, Any]] = [{"text": f"row {n} " + "x" * (n % 50), "id": n} for n in range(3000)]
TABLE = pa.Table.from_pylist(ROWS)


def encoded(kind: str) -> bytes:
    """The rows in a format."""
    out = io.BytesIO()
    if kind == "parquet":
        pq.write_table(TABLE, out, row_group_size=700, compression="none")
    elif kind in ("arrow", "feather"):
        with pa.ipc.new_file(out, TABLE.schema) as writer:
            writer.write_table(TABLE, max_chunksize=100)
    elif kind == "jsonl":
        out.write("".join(json.dumps(row) + "\n" for row in ROWS).encode())
    elif kind == "json":
        out.write(json.dumps(ROWS).encode())
    elif kind == "csv":
        out.write("".join(["text,id\n", *(f"{r['text']},{r['id']}\n" for r in ROWS)]).encode())
    else:
        out.write("".join(row["text"] + "\n" for row in ROWS).encode())
    return out.getvalue()


def compressed(data: bytes, suffix: str) -> bytes:
    if suffix == ".gz":
        return gzip.compress(data)
    if suffix == ".zst":
        return bytes(pa.compress(data, codec="zstd", asbytes=True))
    return data


KINDS = ["parquet", "arrow", "feather", "csv", "json", "jsonl", "text"]
SUFFIXES = ["", ".gz", ".zst"]


@pytest.mark.parametrize("suffix", SUFFIXES)
@pytest.mark.parametrize("kind", KINDS)
def test_every_format_in_batches_of_one_size(tmp_path: Path, kind: str, suffix: str) -> None:
    path = tmp_path / f"x.{kind}{suffix}"
    path.write_bytes(compressed(encoded(kind), suffix))
    other = tmp_path / "no extension"
    other.write_bytes(path.read_bytes())
    for batches in (
        list(streaming_dataset_reader(path, batch_size=900)),
        list(streaming_dataset_reader(str(other), kind + suffix, 900, 0)),
    ):
        assert [len(batch["text"]) for batch in batches] == [900, 900, 900, 300]
        assert [row for b in batches for row in b["text"]] == [row["text"] for row in ROWS]
        if kind != "text":
            assert [row for batch in batches for row in batch["id"]] == list(range(3000))
    (whole,) = streaming_dataset_reader(path, batch_size=10**9)
    assert len(whole["text"]) == 3000


def test_signature() -> None:
    signature = str(inspect.signature(streaming_dataset_reader))
    assert signature == (
        "(file_path, dataset_type='auto', batch_size=1000, num_threads=4, columns=None, *, "
        "on_error='raise', output='list')"
    )


@pytest.fixture
def some_file(tmp_path: Path) -> Path:
    path = tmp_path / "x.jsonl"
    path.write_bytes(encoded("jsonl"))
    return path


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"dataset_type": "xml"}, ValueError, 'unknown dataset_type "xml".*parquet, arrow'),
        ({"dataset_type": "jsonl.bz2"}, ValueError, "unknown dataset_type"),
        ({"dataset_type": 1}, TypeError, "dataset_type"),
        ({"batch_size": 0}, ValueError, "batch_size must be at least 1, got 0"),
        ({"batch_size": -5}, ValueError, "batch_size must be at least 1, got -5"),
        ({"batch_size": 2.5}, TypeError, "batch_size must be an integer"),
        ({"batch_size": 2**70}, OverflowError, "batch_size"),
        ({"num_threads": -1}, ValueError, "num_threads must be at least 0"),
        ({"num_threads": "4"}, TypeError, "num_threads"),
        ({"columns": []}, ValueError, "columns is empty"),
        ({"columns": ["id", "id"]}, ValueError, 'columns names "id" twice'),
        ({"columns": "id"}, TypeError, "columns"),
        ({"columns": [1]}, TypeError, "columns"),
        ({"on_error": "ignore"}, ValueError, "on_error must be 'raise' or 'skip'"),
        ({"file_path": 3}, TypeError, "file_path must be a str or os.PathLike, got int"),
        ({"file_path": None}, TypeError, "file_path"),
        ({"file_path": "\ud800"}, UnicodeEncodeError, "surrogates not allowed"),
        ({"dataset_type": None}, TypeError, "dataset_type must be a str, got NoneType"),
        ({"batch_size": None}, TypeError, "batch_size must be an integer, got NoneType"),
        ({"num_threads": None}, TypeError, "num_threads must be an integer, got NoneType"),
        ({"on_error": None}, TypeError, "on_error must be a str, got NoneType"),
        ({"output": None}, TypeError, "output must be a str, got NoneType"),
        ({"output": "numpy"}, TypeError, "output='numpy' is not supported yet; take"),
        ({"output": "torch"}, TypeError, "output='torch' is not supported yet; take"),
        ({"output": "lists"}, ValueError, "output must be 'list' or 'arrow', got 'lists'"),
        ({"file_path": "a\0b"}, ValueError, "(?i)nul"),
        ({"file_path": ""}, ValueError, "file_path is empty; pass the path of a file or directory"),
    ],
)
def test_bad_arguments_are_refused_at_the_call(
    some_file: Path, arguments: dict[str, Any], error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=message):
        streaming_dataset_reader(**{"file_path": some_file, **arguments})


def test_explicit_defaults(some_file: Path) -> None:
    expected = list(streaming_dataset_reader(some_file))
    for kind in ("", "auto"):
        assert list(streaming_dataset_reader(some_file, kind, output="list")) == expected
    assert list(streaming_dataset_reader(some_file, columns=None, on_error="raise")) == expected


@pytest.mark.parametrize("error", [KeyboardInterrupt, RuntimeError, TypeError])
def test_errors_of_a_path_are_its_own(error: type[BaseException]) -> None:
    class Path:
        def __fspath__(self) -> str:
            raise error("my own")

    for function in (streaming_dataset_reader, detect_format):
        with pytest.raises(error, match="^my own$"):
            function(Path())


def test_a_path_of_bytes_is_refused() -> None:
    class Path:
        def __fspath__(self) -> bytes:
            return b"rows.jsonl"

    with pytest.raises(TypeError, match="^file_path is a path of bytes, not of str$"):
        streaming_dataset_reader(Path())


def test_missing_file(tmp_path: Path) -> None:
    for kind in KINDS:
        path = tmp_path / f"missing.{kind}"
        with pytest.raises(FileNotFoundError) as caught:
            streaming_dataset_reader(path)
        assert caught.value.filename == str(path)
        assert caught.value.strerror == "No such file or directory"


@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork and permissions")
def test_no_permission(some_file: Path) -> None:
    some_file.chmod(0)
    child = os.fork()
    if child == 0:
        status = 1
        try:
            # Root may read everything, so the child becomes somebody else.
            if os.geteuid() == 0:
                os.setuid(65534)
            streaming_dataset_reader(some_file)
        except PermissionError as error:
            status = 0 if error.filename == str(some_file) else 2
        os._exit(status)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0


def test_a_directory_that_is_a_file(some_file: Path) -> None:
    with pytest.raises(NotADirectoryError):
        streaming_dataset_reader(some_file / "x.jsonl")


@pytest.mark.parametrize("suffix", SUFFIXES)
@pytest.mark.parametrize("kind", KINDS)
def test_truncated_files(tmp_path: Path, kind: str, suffix: str) -> None:
    path = tmp_path / f"x.{kind}{suffix}"
    data = compressed(encoded(kind), suffix)
    if not suffix and kind in ("csv", "jsonl", "text"):
        # Cut inside a record; a line of text that is cut cannot be told from a short one.
        data = data.rstrip(b"\n")
        if kind == "text":
            return
    cuts = [len(data) - 1, len(data) // 2, len(data) // 3 + 1]
    if kind == "csv" and not suffix:
        cuts = [data.rindex(b",")]
    for cut in cuts:
        path.write_bytes(data[:cut])
        with pytest.raises(ValueError, match=re.escape(str(path))) as caught:
            list(streaming_dataset_reader(path))
        text = str(caught.value)
        assert any(place in text for place in ("byte ", "row ", "line ", "footer")), text


@pytest.mark.parametrize("suffix", ["", ".gz", ".zst"])
@pytest.mark.parametrize("kind", KINDS)
def test_damaged_files_end_in_an_exception_or_in_rows(
    tmp_path: Path, kind: str, suffix: str
) -> None:
    path = tmp_path / f"x.{kind}{suffix}"
    data = compressed(encoded(kind), suffix)
    step = max(1, len(data) // 60)
    failed = False
    for at in range(0, len(data), step):
        damaged = bytearray(data)
        damaged[at] ^= 0xFF
        path.write_bytes(damaged)
        try:
            for batch in streaming_dataset_reader(path):
                lengths = {len(column) for column in batch.values()}
                assert len(lengths) == 1
        except ValueError:
            failed = True
    assert failed


def test_wrong_format_is_said(tmp_path: Path) -> None:
    path = tmp_path / "x"
    path.write_bytes(encoded("jsonl"))
    with pytest.raises(ValueError, match="not a Parquet file"):
        streaming_dataset_reader(path, "parquet")
    with pytest.raises(ValueError, match="not an Arrow"):
        streaming_dataset_reader(path, "arrow")
    with pytest.raises(ValueError, match="not valid gzip data"):
        list(streaming_dataset_reader(path, "jsonl.gz"))
    with pytest.raises(ValueError, match="not valid zstd data"):
        list(streaming_dataset_reader(path, "jsonl.zst"))
    path.write_bytes(encoded("parquet"))
    with pytest.raises(ValueError, match='dataset_type="parquet"'):
        streaming_dataset_reader(path, "arrow")
    for suffix, name in ((".gz", "gzip"), (".zst", "zstd")):
        path.write_bytes(compressed(encoded("jsonl"), suffix))
        with pytest.raises(ValueError, match=f'{name} data; pass dataset_type="jsonl{suffix}"'):
            streaming_dataset_reader(path, "jsonl")


@pytest.mark.parametrize("kind", ["jsonl", "json", "csv", "arrow", "text"])
def test_the_first_batch_comes_before_the_file_ends(tmp_path: Path, kind: str) -> None:
    """The writer of the pipe goes on only when the first batch has arrived."""
    data = encoded(kind)
    if kind == "csv":
        # Types are decided on the first 10,000 rows.
        data = b"text,id\n" + b"x,1\n" * 40_000
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    arrived = threading.Event()
    waited = []

    def write() -> None:
        with pipe.open("wb", buffering=0) as file:
            half = len(data) // 2
            file.write(data[:half])
            waited.append(arrived.wait(60))
            file.write(data[half:])

    writer = threading.Thread(target=write)
    writer.start()
    batches = streaming_dataset_reader(pipe, kind, 100)
    first = next(batches)
    arrived.set()
    rows = len(first["text"]) + sum(len(batch["text"]) for batch in batches)
    writer.join()
    assert waited == [True]
    assert len(first["text"]) == 100
    assert rows == (40_000 if kind == "csv" else 3000)


# Parquet is read from its end, so a compressed file of it is decompressed first.
LAZY = [("parquet", "")] + [
    (kind, suffix) for kind in ("arrow", "csv", "json", "jsonl", "text") for suffix in SUFFIXES
]


@pytest.mark.parametrize(("kind", "suffix"), LAZY)
def test_the_first_batch_comes_although_the_end_is_damaged(
    tmp_path: Path, kind: str, suffix: str
) -> None:
    path = tmp_path / f"x.{kind}{suffix}"
    rows: list[dict[str, Any]] = [{"text": os.urandom(100).hex(), "id": n} for n in range(30_000)]
    table = pa.Table.from_pylist(rows)
    if kind == "parquet":
        pq.write_table(table, path, row_group_size=3000, use_dictionary=False, compression="gzip")
        data = bytearray(path.read_bytes())
        at = len(data) * 3 // 4
        data[at : at + 10_000] = os.urandom(10_000)
    else:
        if kind == "arrow":
            out = io.BytesIO()
            with pa.ipc.new_file(out, table.schema) as writer:
                writer.write_table(table, max_chunksize=1000)
            plain = bytearray(out.getvalue())
            plain[len(plain) * 3 // 4 :] = b"\xff" * (len(plain) // 4 - 6) + b"ARROW1"
        elif kind == "json":
            plain = bytearray(json.dumps(rows).encode()[:-1])
        elif kind == "jsonl":
            plain = bytearray("".join(json.dumps(row) + "\n" for row in rows).encode() + b"{")
        elif kind == "csv":
            plain = bytearray("".join(f"{r['text']},{r['id']}\n" for r in rows).encode())
            plain = bytearray(b"text,id\n") + plain + b"1\n"
        else:
            plain = bytearray("".join(row["text"] + "\n" for row in rows).encode() + b"\xff\n")
        data = bytearray(compressed(bytes(plain), suffix))
        if suffix:
            data = data[: len(data) * 3 // 4]
    path.write_bytes(data)
    batches = streaming_dataset_reader(path)
    assert next(batches)["text"] == [row["text"] for row in rows[:1000]]
    with pytest.raises(ValueError, match=r"x\."):
        list(batches)
    assert next(batches, None) is None


def run(code: str, *arguments: str) -> str:
    """Runs a program of its own, so that its memory is its own."""
    program = textwrap.dedent(code)
    done = subprocess.run(
        [sys.executable, "-c", program, *arguments],
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


PEAK = """
    import sys
    from fast_axolotl_stream import detect_format, streaming_dataset_reader

    rows = 0
    for batch in streaming_dataset_reader(sys.argv[1], sys.argv[2]):
        rows += len(batch["text"])
    # Not ru_maxrss: a child inherits its parent's.
    status = open("/proc/self/status").read()
    print(rows, int(status.split("VmHWM:")[1].split()[0]) // 1024)
"""


def chunks(kind: str, count: int) -> Iterator[bytes]:
    """About `count` megabytes of a text format."""
    for n in range(count):
        line = f"row {n} " + "lorem ipsum dolor " * 55
        row = json.dumps({"text": line, "id": n})
        if kind == "jsonl":
            yield (row + "\n").encode() * 1000
        elif kind == "json":
            yield (("[" if n == 0 else ",") + ",".join([row] * 1000)).encode()
        elif kind == "csv":
            yield (("text,id\n" if n == 0 else "") + f"{line},{n}\n" * 1000).encode()
        else:
            yield (line + "\n").encode() * 1000
    if kind == "json":
        yield b"]"


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="reads /proc")
@pytest.mark.parametrize("suffix", SUFFIXES)
@pytest.mark.parametrize("kind", ["jsonl", "json", "csv", "text"])
def test_memory_is_bounded_for_text_formats(tmp_path: Path, kind: str, suffix: str) -> None:
    path = tmp_path / f"x.{kind}{suffix}"
    with path.open("wb") as file:
        if suffix == ".gz":
            for chunk in chunks(kind, 400):
                file.write(gzip.compress(chunk, 1))
        elif suffix == ".zst":
            for chunk in chunks(kind, 400):
                file.write(pa.compress(chunk, codec="zstd", asbytes=True))
        else:
            for chunk in chunks(kind, 400):
                file.write(chunk)
    rows, peak = map(int, run(PEAK, str(path), kind + suffix).split())
    assert rows == 400_000
    assert peak < 120, f"{peak} MB for 400 MB"


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="reads /proc")
@pytest.mark.parametrize("suffix", SUFFIXES)
@pytest.mark.parametrize("kind", ["parquet", "arrow"])
def test_memory_is_bounded_for_columnar_formats(tmp_path: Path, kind: str, suffix: str) -> None:
    path = tmp_path / f"x.{kind}"
    schema = pa.schema({"text": pa.string(), "id": pa.int64()})
    parts = (
        pa.table({"text": [f"{n} {m} " + "lorem ipsum " * 80 for m in range(1000)],
                  "id": [n] * 1000}, schema=schema)
        for n in range(400)
    )  # fmt: skip
    if kind == "parquet":
        # One row group of about 400 MB, and no dictionary to make it small.
        whole = pa.concat_tables(parts)
        pq.write_table(whole, path, row_group_size=10**9, use_dictionary=False, compression="none")
        assert pq.ParquetFile(path).num_row_groups == 1
        del whole
    else:
        with pa.ipc.new_file(str(path), schema) as writer:
            for part in parts:
                writer.write_table(part)
    assert path.stat().st_size > 350_000_000
    if suffix:
        packed = path.with_name(path.name + suffix)
        with path.open("rb") as source, packed.open("wb") as file:
            while data := source.read(1 << 20):
                file.write(gzip.compress(data, 1) if suffix == ".gz" else compressed(data, suffix))
        path = packed
    rows, peak = map(int, run(PEAK, str(path), kind + suffix).split())
    assert rows == 400_000
    assert peak < 120, f"{peak} MB for 400 MB"


def test_an_interrupt_ends_the_wait_for_a_pipe(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe.jsonl"
    os.mkfifo(pipe)
    code = """
        import sys
        from fast_axolotl_stream import detect_format, streaming_dataset_reader

        reader = streaming_dataset_reader(sys.argv[1])
        print("waiting", flush=True)
        try:
            next(reader)
        except KeyboardInterrupt:
            print("interrupted", flush=True)
    """
    child = subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(code), str(pipe)],
        stdout=subprocess.PIPE,
        text=True,
    )
    assert child.stdout is not None
    with child:
        assert child.stdout.readline() == "waiting\n"
        time.sleep(0.3)  # in which it has begun to wait, for what never comes
        child.send_signal(signal.SIGINT)
        assert child.stdout.readline() == "interrupted\n"
        assert child.wait(60) == 0


def test_threads_share_a_reader(tmp_path: Path) -> None:
    path = tmp_path / "rows.jsonl"
    path.write_text("".join(json.dumps({"id": number}) + "\n" for number in range(20_000)))
    reader = streaming_dataset_reader(path, batch_size=7)
    with ThreadPoolExecutor(8) as threads:
        taken = [future.result() for future in [threads.submit(list, reader) for _ in range(8)]]
    found = [number for batches in taken for batch in batches for number in batch["id"]]
    assert sorted(found) == list(range(20_000))


def read_all(path: Path) -> int:
    return sum(len(batch["text"]) for batch in streaming_dataset_reader(path, batch_size=10))


@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_a_forked_child_reads_anew(some_file: Path) -> None:
    reader = streaming_dataset_reader(some_file, batch_size=10)
    next(reader)
    with multiprocessing.get_context("fork").Pool(2) as pool:
        assert pool.map_async(read_all, [some_file] * 4).get(60) == [3000] * 4
    assert sum(len(batch["text"]) for batch in reader) == 2990


@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_a_reader_taken_through_a_fork_says_so(some_file: Path) -> None:
    reader = streaming_dataset_reader(some_file, batch_size=10)
    next(reader)
    child = os.fork()
    if child == 0:
        status = 1
        try:
            next(reader)
        except RuntimeError as error:
            status = 0 if "make the reader in the child" in str(error) else 2
        del reader
        os._exit(status)
    signal.alarm(60)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    signal.alarm(0)
    assert sum(len(batch["text"]) for batch in reader) == 2990


def test_other_threads_run_while_it_reads(some_file: Path) -> None:
    totals = []
    threads = [
        threading.Thread(target=lambda: totals.append(read_all(some_file))) for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert totals == [3000] * 4


def test_it_is_an_iterator_that_ends_once(some_file: Path) -> None:
    reader = streaming_dataset_reader(some_file)
    assert isinstance(reader, DatasetReader)
    assert iter(reader) is reader
    assert len(list(reader)) == 3
    assert list(reader) == []
    assert (reader.skipped, reader.skipped_count) == ([], 0)


def test_readers_dropped_halfway_leave_no_threads(some_file: Path) -> None:
    for _ in range(50):
        next(streaming_dataset_reader(some_file, batch_size=1))
    tasks = Path("/proc/self/task")
    for _ in range(100):
        if not tasks.is_dir() or len(list(tasks.iterdir())) < 30:
            return
        time.sleep(0.05)
    raise AssertionError("threads are still there")


def test_a_panic_of_a_decoder_is_an_exception_and_prints_nothing(tmp_path: Path) -> None:
    """Decoders assert what damaged files break; the exception says all there is to say."""
    path = tmp_path / "pond.parquet"
    path.write_bytes(encoded("parquet"))
    code = """
        import pathlib, random, sys
        from fast_axolotl_stream import streaming_dataset_reader

        path = pathlib.Path(sys.argv[1])
        data, random = path.read_bytes(), random.Random(7)
        for _ in range(50_000):
            damaged = bytearray(data)
            damaged[random.randrange(len(data))] = random.randrange(256)
            path.write_bytes(damaged)
            try:
                list(streaming_dataset_reader(path))
            except ValueError as error:
                if "is not supported: " in str(error):
                    print(error)
                    break
    """
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(code), str(path)],
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.startswith(f"{path}: the file is damaged, or uses a feature that is not")
    assert done.stderr == ""


@pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="needs a timer signal")
@pytest.mark.thread_unsafe(reason="signals are handled by the main thread")
@pytest.mark.parametrize("kind", ["jsonl", "parquet"])
def test_nobody_sees_a_list_half_made(kind: str, tmp_path: Path) -> None:
    """An item that is not there yet is a null pointer: to take it is a crash."""
    path, seen, is_looking = tmp_path / f"rows.{kind}", 0, False
    rows = [{"a": [n, n + 1], "b": "x"} for n in range(20_000)]
    if kind == "jsonl":
        path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    else:
        pq.write_table(pa.Table.from_pylist(rows), path)

    def look(*_: object) -> None:
        nonlocal seen, is_looking
        if is_looking:
            return
        is_looking = True
        seen += 1
        for thing in gc.get_objects():
            if type(thing) is list and len(thing) > 1000:
                repr(thing[-1])
        is_looking = False

    previous = signal.signal(signal.SIGALRM, look)
    gc.callbacks.append(look)
    try:
        signal.setitimer(signal.ITIMER_REAL, 0.001, 0.005)
        for _ in range(3):
            (batch,) = streaming_dataset_reader(path, "auto", 20_000)
            assert batch["a"][-1] == [19_999, 20_000]
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        gc.callbacks.remove(look)
        signal.signal(signal.SIGALRM, previous)
    assert seen
