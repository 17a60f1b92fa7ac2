"""`fast-axolotl dedup` against a plain loop, on files of every format, and killed half-way."""

from __future__ import annotations

import errno
import gzip
import json
import os
import random
import signal
import stat
import subprocess
import sys

import pyarrow as pa
import pyarrow.csv
import pyarrow.ipc
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fast_axolotl.cli import main
from fast_axolotl.dedup import workspace

WORDS = st.sampled_from(["", "a", "b", "it's", "é\n"])
ROWS = st.lists(
    st.fixed_dictionaries(
        {"text": WORDS, "n": st.integers(0, 2), "list": st.lists(WORDS, max_size=2)}
    ),
    max_size=30,
)


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def kept(rows, on, keep="first"):
    """The rows that a loop keeps."""
    keys = [json.dumps([row.get(name) for name in on]) for row in rows]
    alone = {
        "first": lambda at: keys[at] not in keys[:at],
        "last": lambda at: keys[at] not in keys[at + 1 :],
        "none": lambda at: keys.count(keys[at]) == 1,
    }
    return [row for at, row in enumerate(rows) if alone[keep](at)]


def write(path, rows):
    """Write rows in the format of the file's name."""
    name = path.name
    if ".jsonl" in name:
        text = "".join(json.dumps(row) + "\n" for row in rows)
        data = gzip.compress(text.encode()) if name.endswith(".gz") else text.encode()
        path.write_bytes(pa.compress(data, "zstd", asbytes=True) if ".zst" in name else data)
        return
    if name.endswith(".json"):
        path.write_text(json.dumps(rows), encoding="utf-8")
        return
    table = pa.Table.from_pylist(rows)
    if name.endswith(".parquet"):
        pq.write_table(table, path)
    elif name.endswith(".csv"):
        pyarrow.csv.write_csv(table, path)
    else:
        with pyarrow.ipc.new_file(path, table.schema) as file:
            file.write_table(table)


def read(path):
    name = path.name
    if name.endswith(".parquet"):
        return pq.read_table(path).to_pylist()
    if name.endswith(".arrow"):
        return pyarrow.ipc.open_file(path).read_all().to_pylist()
    text = pa.input_stream(str(path)).read().decode()
    return [json.loads(line) for line in text.splitlines()]


def dedup(*arguments):
    return main(["dedup", "--quiet", *map(str, arguments)])


INPUTS = ["jsonl", "jsonl.gz", "jsonl.zst", "json", "parquet", "arrow"]
OUTPUTS = ["parquet", "arrow", "jsonl", "jsonl.gz", "jsonl.zst"]


@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(
    st.lists(st.tuples(st.sampled_from(INPUTS), ROWS.filter(bool)), min_size=1, max_size=3),
    st.sampled_from(OUTPUTS),
    st.lists(st.sampled_from(["text", "n", "list"]), unique=True),
    st.sampled_from(["first", "last", "none"]),
)
def test_keeps_what_a_loop_keeps(tmp_path_factory, files, output, on, keep):
    folder = tmp_path_factory.mktemp("dedup")
    paths = [folder / f"{at}.{kind}" for at, (kind, _) in enumerate(files)]
    for path, (_, rows) in zip(paths, files):
        write(path, rows)
    chosen = ["--on", *on] if on else []
    out = folder / f"out.{output}"
    assert dedup(*paths, "-o", out, "--keep", keep, "--memory-limit", "1MiB", *chosen) == 0
    everything = [row for _, rows in files for row in rows]
    assert read(out) == kept(everything, on or ["text", "n", "list"], keep)
    assert names(folder) == sorted([*(path.name for path in paths), out.name])


def test_lines_are_copied_as_they_are(tmp_path):
    lines = [
        '{"b": 1.0,   "a": "\\u00e9"}',
        '{"a": "é", "b": 1}',
        ' {"a": "x", "b": 1e3}',
        '{"a": "x", "b": 1000, "c": null}\r',
        '{"a": "y"}',
    ]
    (tmp_path / "in.jsonl").write_text("\n\n".join(lines), encoding="utf-8", newline="")
    assert dedup(tmp_path / "in.jsonl", "-o", tmp_path / "out.jsonl") == 0
    copied = (tmp_path / "out.jsonl").read_text(encoding="utf-8")
    assert copied == "".join(f"{lines[at]}\n" for at in (0, 2, 4))


def test_types_that_differ_between_files(tmp_path):
    parts = [
        [{"n": 1, "m": [{"a": "x"}]}],
        [{"n": 1.0, "m": [{"a": "x"}]}, {"n": 1.5, "m": [{"a": "x", "b": None}]}],
        [{"n": None, "m": [{"a": "x", "b": "y"}]}, {"m": []}],
    ]
    paths = [tmp_path / f"{at}.jsonl" for at in range(3)]
    for path, rows in zip(paths, parts):
        write(path, rows)
    pq.write_table(pa.table({"n": pa.array([1.5], pa.float32())}), tmp_path / "3.parquet")
    out = tmp_path / "out.parquet"
    assert dedup(*paths, tmp_path / "3.parquet", "-o", out, "--on", "n") == 0
    assert pq.read_schema(out).field("n").type == pa.float64()
    x = {"a": "x", "b": None}
    assert read(out) == [
        {"n": 1.0, "m": [x]},
        {"n": 1.5, "m": [x]},
        {"n": None, "m": [{"a": "x", "b": "y"}]},
    ]


def test_csv_text_and_folders(tmp_path):
    folder = tmp_path / "data" / "more"
    folder.mkdir(parents=True)
    write(folder / "b.jsonl", [{"text": "x"}, {"text": "y"}, {"text": "x"}])
    write(tmp_path / "data" / "c.jsonl", [{"text": "y"}, {"text": "z"}])
    (tmp_path / "data" / "README").write_text("no data", encoding="utf-8")
    (tmp_path / "data" / ".hidden.csv").write_text("text\nnever\n", encoding="utf-8")
    out = tmp_path / "data" / "out.jsonl"
    for _ in range(2):  # the second time the output lies among the inputs, and is none of them
        assert dedup(tmp_path / "data", "-o", out, "--force", "--keep", "none") == 0
        assert read(out) == [{"text": "z"}]
    (tmp_path / "a.txt").write_text("y\nz\n", encoding="utf-8")
    write(tmp_path / "d.csv", [{"text": "x"}, {"text": "z"}])
    assert dedup(tmp_path / "a.txt", tmp_path / "d.csv", "-o", tmp_path / "out.jsonl") == 0
    assert read(tmp_path / "out.jsonl") == [{"text": "y"}, {"text": "z"}, {"text": "x"}]


def test_folders_of_several_formats_are_not_guessed(tmp_path, capsys):
    (tmp_path / "data").mkdir()
    write(tmp_path / "data" / "rows.parquet", [{"a": 1}])
    write(tmp_path / "data" / "config.json", [{"lr": 1}])
    assert dedup(tmp_path / "data", "-o", tmp_path / "out.jsonl") == 1
    assert "several formats (json, parquet)" in capsys.readouterr().err
    rows = tmp_path / "data" / "rows.parquet"
    again = tmp_path / "data" / ".." / "data" / "rows.parquet"
    assert dedup(rows, again, "-o", tmp_path / "out.jsonl") == 1
    assert "named twice" in capsys.readouterr().err


def test_a_mark_of_the_byte_order_is_not_copied(tmp_path):
    for name in ("a", "b"):
        text = f'\ufeff{{"a": "{name}"}}\n'
        (tmp_path / f"{name}.jsonl").write_text(text, encoding="utf-8")
    out = tmp_path / "out.jsonl"
    assert dedup(tmp_path / "a.jsonl", tmp_path / "b.jsonl", "-o", out) == 0
    assert out.read_text(encoding="utf-8") == '{"a": "a"}\n{"a": "b"}\n'


def test_a_file_without_rows_keeps_its_columns(tmp_path):
    pq.write_table(pa.table({"a": pa.array([], pa.int8())}), tmp_path / "in.parquet")
    assert dedup(tmp_path / "in.parquet", "-o", tmp_path / "out.parquet") == 0
    assert pq.read_schema(tmp_path / "out.parquet").field("a").type == pa.int8()


def test_a_state_replaces_nothing_but_a_state(tmp_path, capsys):
    write(tmp_path / "in.jsonl", [{"a": 1}])
    (tmp_path / "notes").write_text("precious", encoding="utf-8")
    before = (tmp_path / "in.jsonl").read_bytes()
    for state in ("in.jsonl", "notes", "out.jsonl", ".", "absent/state"):
        run = ["-o", tmp_path / "out.jsonl", "--save-state", tmp_path / state]
        assert dedup(tmp_path / "in.jsonl", *run) == 1
        assert str((tmp_path / state).parent) in capsys.readouterr().err
    assert (tmp_path / "in.jsonl").read_bytes() == before
    assert names(tmp_path) == ["in.jsonl", "notes"]


def test_against_the_state_of_earlier_runs(tmp_path, capsys):
    write(tmp_path / "a.jsonl", [{"t": "x"}, {"t": "y"}])
    write(tmp_path / "b.jsonl", [{"t": "y"}, {"t": "z"}, {"t": "z"}])
    state, again = tmp_path / "one.state", tmp_path / "two.state"
    assert dedup(tmp_path / "a.jsonl", "-o", tmp_path / "1.jsonl", "--save-state", state) == 0
    run = ["-o", tmp_path / "2.jsonl", "--against", state, "--save-state", again]
    assert dedup(tmp_path / "b.jsonl", *run) == 0
    assert read(tmp_path / "2.jsonl") == [{"t": "z"}]
    for path in (tmp_path / "a.jsonl", tmp_path / "b.jsonl"):
        assert dedup(path, "-o", tmp_path / "3.jsonl", "--against", again, "--force") == 0
        assert read(tmp_path / "3.jsonl") == []
    assert "3 rows in, 0 out, 3 duplicates (100.0%)" in capsys.readouterr().out
    assert dedup(tmp_path / "a.jsonl", "-o", tmp_path / "4.jsonl", "--against", "absent") == 1
    assert (
        dedup(
            *(tmp_path / "a.jsonl", "-o", tmp_path / "4.jsonl"),
            *("--against", state, "--algorithm", "blake3"),
        )
        == 1
    )
    assert "algorithm 'sha256'" in capsys.readouterr().err
    assert not (tmp_path / "4.jsonl").exists()


def test_values_in_json(tmp_path):
    columns = {
        "date": pa.array([0], pa.date32()),
        "moment": pa.array([0], pa.timestamp("s", "UTC")),
        "price": pa.array(["1.50"]).cast(pa.decimal128(5, 2)),
    }
    pq.write_table(pa.table(columns), tmp_path / "in.parquet")
    assert dedup(tmp_path / "in.parquet", "-o", tmp_path / "out.jsonl") == 0
    expected = {"date": "1970-01-01", "moment": "1970-01-01T00:00:00+00:00", "price": "1.50"}
    assert read(tmp_path / "out.jsonl") == [expected]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["absent", "-o", "out.jsonl"], "absent: no such file or folder"),
        (["in.jsonl", "-o", "out.csv"], "the output must end in one of .parquet"),
        (["in.jsonl", "-o", "in.jsonl"], "in.jsonl exists; --force replaces it"),
        (["in.jsonl", "-o", "absent/out.jsonl"], "absent: no such folder for the output"),
        (
            ["in.jsonl", "-o", "out.jsonl", "--on", "b"],
            "--on names 'b', which none of the inputs has",
        ),
        (["in.jsonl", "-o", "out.jsonl", "--type", "xml"], "xml"),
        (["bad.jsonl", "-o", "out.jsonl"], "bad.jsonl, line 2"),
        (["raw.parquet", "-o", "out.jsonl"], "type bytes has no form in JSON"),
        (["odd.jsonl", "-o", "out.parquet"], "struct type 'o' with no child field"),
        (["in.jsonl", "-o", "folder.jsonl", "--force"], "folder.jsonl is a folder"),
        (["in.jsonl", "-o", "out.jsonl", "--spill-directory", "absent"], "no such folder to spill"),
        (["empty", "-o", "out.jsonl"], "empty: the folder holds no file of a known format"),
        (["in.jsonl", "-o", "out.jsonl", "--num-threads", "-1"], "--num-threads"),
        (["in.jsonl", "-o", "out.jsonl", "--memory-limit", "4"], "--memory-limit"),
    ],
)
def test_errors_leave_nothing(tmp_path, monkeypatch, capsys, arguments, message):
    monkeypatch.chdir(tmp_path)
    write(tmp_path / "in.jsonl", [{"a": 1}])
    (tmp_path / "bad.jsonl").write_text('{"a": 1}\n{"a": \n', encoding="utf-8")
    (tmp_path / "odd.jsonl").write_text('{"o": {}}\n', encoding="utf-8")
    (tmp_path / "folder.jsonl").mkdir()
    pq.write_table(pa.table({"raw": [b"\xff"]}), tmp_path / "raw.parquet")
    (tmp_path / "empty").mkdir()
    before = names(tmp_path)
    assert dedup(*arguments) == 1
    assert message in capsys.readouterr().err
    assert names(tmp_path) == before


@pytest.mark.parametrize("before", [True, False], ids=["replacing", "new"])
@pytest.mark.parametrize(
    "error", [OSError(28, "full", "x"), KeyboardInterrupt()], ids=["full", "signal"]
)
@pytest.mark.parametrize("failing", range(6))
@pytest.mark.parametrize("links", [True, False], ids=["links", "no links"])
def test_output_and_state_are_both_there_or_neither(
    tmp_path, monkeypatch, before, error, failing, links
):
    """Each move of a file and each sync of a folder fails in turn, before and after it is done."""
    write(tmp_path / "in.jsonl", [{"a": 1}, {"a": 1}])
    run = ["-o", tmp_path / "out.jsonl", "--save-state", tmp_path / "more" / "state", "--force"]
    (tmp_path / "more").mkdir()
    if before:
        write(tmp_path / "old.jsonl", [{"a": 7}])
        assert dedup(tmp_path / "old.jsonl", *run) == 0
    there = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    calls = []

    def fail_in_turn(call):
        def replacement(*arguments):
            calls.append(arguments)
            if len(calls) == failing // 2 + 1:
                if failing % 2:
                    call(*arguments)
                raise error
            return call(*arguments)

        return replacement

    if not links:

        def refuse(*arguments, **options):
            raise OSError(1, "Operation not permitted")

        monkeypatch.setattr(os, "link", refuse)
    monkeypatch.setattr(workspace, "_sync_folder", fail_in_turn(workspace._sync_folder))
    monkeypatch.setattr(workspace, "_move", fail_in_turn(workspace._move))
    assert dedup(tmp_path / "in.jsonl", *run) in (1, 130)
    assert {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()} == there
    assert names(tmp_path / "more") == (["state"] if before else [])


@pytest.mark.skipif(os.name != "posix", reason="elsewhere folders are not synced")
@pytest.mark.parametrize(("number", "status"), [(errno.EINVAL, 0), (errno.EIO, 1)])
def test_a_file_system_that_does_not_sync_folders(tmp_path, monkeypatch, number, status):
    """Network file systems refuse to; a folder that is not written is another matter."""
    fsync = os.fsync

    def of_files_only(descriptor):
        if stat.S_ISDIR(os.fstat(descriptor).st_mode):
            raise OSError(number, os.strerror(number))
        fsync(descriptor)

    monkeypatch.setattr(os, "fsync", of_files_only)
    write(tmp_path / "in.jsonl", [{"a": 1}, {"a": 1}])
    assert dedup(tmp_path / "in.jsonl", "-o", tmp_path / "out.jsonl") == status
    assert (tmp_path / "out.jsonl").exists() is not bool(status)


LIMITED = """
import resource, signal, sys
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000))
from fast_axolotl.cli import main
sys.exit(main(["dedup", "--quiet", *sys.argv[1:]]))
"""


@pytest.mark.skipif(sys.platform == "win32", reason="limits of file sizes are of POSIX")
@pytest.mark.parametrize("output", OUTPUTS)
def test_a_full_disk_names_the_file(tmp_path, output):
    chance = random.Random(3)
    write(tmp_path / "in.jsonl", [{"text": chance.randbytes(100).hex()} for _ in range(1000)])
    out = tmp_path / f"out.{output}"
    line = [sys.executable, "-c", LIMITED, str(tmp_path / "in.jsonl"), "-o", str(out)]
    done = subprocess.run(line, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert done.stderr.splitlines()[-1] == (
        f"fast-axolotl dedup: [Errno 27] File too large: {str(out)!r}"
    )
    assert names(tmp_path) == ["in.jsonl"]


@pytest.mark.skipif(sys.platform == "win32", reason="limits of file sizes are of POSIX")
def test_a_state_that_does_not_fit_leaves_no_output(tmp_path):
    write(tmp_path / "in.jsonl", [{"n": n % 10 if n > 1000 else n} for n in range(2000)])
    run = ["-o", "out.jsonl", "--on", "n", "--save-state", "states/s", "--keep", "none"]
    (tmp_path / "states").mkdir()
    line = [sys.executable, "-c", LIMITED, "in.jsonl", *run]
    done = subprocess.run(line, capture_output=True, text=True, check=False, cwd=tmp_path)
    assert done.returncode == 1
    assert "[Errno 27] File too large: 'states/.s." in done.stderr
    assert names(tmp_path) == ["in.jsonl", "states"]
    assert names(tmp_path / "states") == []


@pytest.mark.skipif(sys.platform != "linux", reason="other systems have no names that are not text")
@pytest.mark.parametrize("ending", OUTPUTS)
def test_names_that_are_not_utf_8(tmp_path, ending, capsys):
    source, out = tmp_path / f"caf\udce9.{ending}", tmp_path / f"out\udce9.{ending}"
    write(tmp_path / f"plain.{ending}", [{"a": 1}, {"a": 1}])
    (tmp_path / f"plain.{ending}").rename(source)
    assert dedup(source, "-o", out, "--save-state", tmp_path / "s\udce9") == 0
    out.rename(tmp_path / f"plain.{ending}")
    assert read(tmp_path / f"plain.{ending}") == [{"a": 1}]
    assert capsys.readouterr().out.startswith(f"{tmp_path}/out\\udce9.{ending}: 2 rows in")


def test_a_name_that_is_not_utf_8_of_a_file_without_rows(tmp_path):
    pq.write_table(pa.table({"a": pa.array([], pa.int8())}), tmp_path / "in.parquet")
    source = (tmp_path / "in.parquet").rename(tmp_path / "caf\udce9.parquet")
    assert dedup(source, "-o", tmp_path / "out.parquet") == 0
    assert pq.read_schema(tmp_path / "out.parquet").field("a").type == pa.int8()


def test_other_runs_are_noted_and_not_this_one(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    write(tmp_path / "in.jsonl", [{"a": 1}])
    (tmp_path / ".out.jsonl.killed.partial").mkdir()
    assert dedup("in.jsonl", "-o", "out.jsonl") == 0
    assert capsys.readouterr().err.splitlines() == [
        "fast-axolotl dedup: .out.jsonl.killed.partial is of a run that goes on or was killed: "
        "delete it if killed"
    ]


@pytest.mark.parametrize("arguments", [["-o", "x"], ["x"], ["x", "-o", "y", "--keep", "all"]])
def test_usage(arguments):
    with pytest.raises(SystemExit, match="2"):
        dedup(*arguments)


@pytest.mark.parametrize(
    "arguments",
    [["", "-o", "y"], ["x", "-o", ""], ["x", "-o", "y", "--save-state", ""]],
    ids=["input", "output", "state"],
)
def test_an_empty_path_is_refused(arguments, capsys):
    with pytest.raises(SystemExit, match="2"):
        dedup(*arguments)
    assert "a path is empty; name a file or a folder" in capsys.readouterr().err


def test_sizes(tmp_path, capsys):
    write(tmp_path / "in.jsonl", [{"a": 1}])
    for size in ("2000000", "5MB", "1024kib", "1.5 GiB", "2g"):
        run = [tmp_path / "in.jsonl", "-o", tmp_path / "out.jsonl", "--force"]
        assert dedup(*run, "--memory-limit", size) == 0
    with pytest.raises(SystemExit, match="2"):
        dedup(tmp_path / "in.jsonl", "-o", tmp_path / "out.jsonl", "--memory-limit", "much")
    assert "'much' is not a size such as 500MB" in capsys.readouterr().err


ENDED_AT_EACH_LINE = """
import json, linecache, os, shutil, signal, sys
from pathlib import Path
import pyarrow.parquet, fast_axolotl_hash, fast_axolotl_stream
from fast_axolotl import cli, dedup
from fast_axolotl.dedup import deduplication, outputs, workspace

number, rows = int(sys.argv[1]), Path(sys.argv[2])
files = {module.__file__ for module in (deduplication, outputs, workspace)}
line = 0

def run(folder, end):
    def trace(frame, event, argument):
        global line
        code = frame.f_code
        if code.co_filename not in files or code.co_name == "__exit__":
            return None
        # Python calls `__exit__` at the line of `with`, too late for what is raised there.
        text = linecache.getline(code.co_filename, frame.f_lineno)
        if event == "line" and not text.lstrip().startswith("with "):
            line += 1
            if line == end:
                os.kill(os.getpid(), number)
        return trace

    os.chdir(folder)
    os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
    sys.settrace(trace)
    arguments = ["dedup", "--quiet", str(rows), "-o", "out.jsonl", "--save-state", "states/s"]
    os._exit(cli.main([*arguments, "--force"]))

end, ended = 0, True
while ended:
    end += 1
    folder = rows.with_name("run")
    (folder / "states").mkdir(parents=True)
    child = os.fork()
    if child == 0:
        try:
            run(folder, end)
        except SystemExit as error:
            os._exit(error.code)
        finally:
            os._exit(99)
    _, status = os.waitpid(child, 0)
    ended = os.waitstatus_to_exitcode(status) != 0
    found = {
        str(path.relative_to(folder)): path.read_bytes().decode("latin-1")
        for path in folder.rglob("*") if path.is_file()
    }
    hidden = [path.name for path in folder.rglob(".*")]
    print(json.dumps([os.waitstatus_to_exitcode(status), found, hidden]), flush=True)
    shutil.rmtree(folder)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="signals are sent to processes on POSIX")
@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
def test_ended_at_any_line_it_leaves_all_or_nothing(tmp_path, number):
    write(tmp_path / "in.jsonl", [{"a": 1}, {"a": 2}, {"a": 1}])
    line = [sys.executable, "-c", ENDED_AT_EACH_LINE, str(int(number)), str(tmp_path / "in.jsonl")]
    done = subprocess.run(line, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    trials = [json.loads(trial) for trial in done.stdout.splitlines() if trial[:1] == "["]
    *ended, (status, complete, hidden) = trials
    assert status == 0
    assert hidden == []
    assert sorted(complete) == ["out.jsonl", "states/s"]
    results = []
    for status, found, hidden in ended:
        there = {name: data for name, data in found.items() if ".partial" not in name}
        assert there.items() <= complete.items()
        results.append(sorted(there))
        if number == signal.SIGKILL:
            assert status == -number
            # A state without the rows would make the next run leave them out.
            assert there or not found.get("states/s")
            assert "out.jsonl" in there or "states/s" not in there
            assert all(name.startswith((".out.jsonl.", ".s.")) for name in hidden if name[0] == ".")
        else:
            assert status == 128 + number
            assert hidden == []
            assert results[-1] in ([], ["out.jsonl", "states/s"])
    # It was ended before and after the files had come to their places.
    assert [] in results
    assert ["out.jsonl", "states/s"] in results
