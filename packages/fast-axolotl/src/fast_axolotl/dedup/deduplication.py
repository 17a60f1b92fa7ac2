"""The two passes over the rows, and the summary."""

from __future__ import annotations

import contextlib
import itertools
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from . import checks, inputs, outputs
from .errors import naming
from .options import Options, Progress
from .plain import plain_batch
from .schemas import Schemas
from .workspace import Workspace, publish

if TYPE_CHECKING:
    import pyarrow


class Summary(NamedTuple):
    """What became of the rows."""

    rows_in: int
    rows_out: int
    bytes_in: int
    spilled_bytes: int
    seconds: float

    def __str__(self) -> str:
        dropped = self.rows_in - self.rows_out
        share = dropped / self.rows_in if self.rows_in else 0
        text = (
            f"{self.rows_in:,} rows in, {self.rows_out:,} out, {dropped:,} duplicates "
            f"({share:.1%}), in {self.seconds:.1f} s: {self.rows_in / self.seconds:,.0f} rows/s, "
            f"{self.bytes_in / self.seconds / 1e6:,.0f} MB/s"
        )
        if self.spilled_bytes:
            text += f"; {self.spilled_bytes / 1e6:,.0f} MB of digests were on disk meanwhile"
        return text


def deduplicate_files(options: Options, progress: Progress) -> Summary:
    """Write the rows that are kept to the output, and the state if one is to be saved.

    Both are there, complete, or neither is.

    Raises:
        FileNotFoundError: an input, or the folder of the output, is not there.
        FileExistsError: the output is there already, without `force`.
        ValueError: malformed data, an unknown column or format, inputs that change meanwhile.
        OSError: a file cannot be read or written; it names the file.
    """
    start = time.perf_counter()
    kind = outputs.format_of(options.output)
    found = inputs.find(options.inputs, options.dataset_type, options.output)
    checks.check(options, found)
    stamps = _stamps(found)
    # The output comes first: with the state but not the rows, the next run would drop the rows.
    targets = [(options.output, options.force)]
    if options.save_state is not None:
        # A state that was there before was looked at.
        targets.append((options.save_state, options.save_state.exists()))
    with contextlib.ExitStack() as stack:
        workspaces = [
            stack.enter_context(Workspace(target, replaces=replaces))
            for target, replaces in targets
        ]
        for workspace in workspaces:
            for path in workspace.left_behind():
                progress.note(f"{path} is of a run that goes on or was killed: delete it if killed")
            workspace.make()
        state = workspaces[1].unfinished if options.save_state else None
        spill = options.spill_directory or workspaces[0].path
        counts, kept, schema, spilled = _find(options, found, kind, spill, state, progress)
        with naming(options.output):
            _write(found, counts, kept, kind, schema, workspaces[0].unfinished, progress)
        if _stamps(found) != stamps:
            raise ValueError("an input changed while it was read; nothing was written")
        publish(workspaces)
    size = sum(size for stamp in stamps for size, _ in stamp)
    rows = sum(counts)
    return Summary(rows, kept.true_count, size, spilled, time.perf_counter() - start)


def _stamps(found: Sequence[inputs.Input]) -> list[list[tuple[int, int]]]:
    return [one.stamp() for one in found]


def _find(
    options: Options,
    found: Sequence[inputs.Input],
    kind: str,
    spill_directory: Path,
    state: Path | None,
    progress: Progress,
) -> tuple[list[int], pyarrow.BooleanArray, pyarrow.Schema | None, int]:
    """The rows of each input, which of all rows are kept, the schema, and the bytes spilled."""
    import pyarrow

    from fast_axolotl_hash import DuplicateFinder

    finder = DuplicateFinder(
        options.algorithm,
        memory_limit=options.memory_limit,
        spill_directory=spill_directory,
    )
    counts, schemas = [], Schemas()
    is_scanned = [kind != "jsonl" and one.is_inferred for one in found]
    # Types that cannot be written are found out before all is read, but for those of JSON.
    for one, scan in zip(found, is_scanned, strict=True):
        schema = None if scan or kind == "jsonl" else one.schema()
        if schema is not None:
            schemas.add(schema, one.path)
    schemas.union()
    missing = set(options.on or ())
    with progress.bar("finding duplicates", None) as advance:
        for one, scan in zip(found, is_scanned, strict=True):
            before = len(finder)
            for batch in one.batches(None if scan else options.on):
                missing -= set(batch.schema.names)
                rows = batch if options.on is None else _select(batch, options.on)
                finder.add(rows, num_threads=options.num_threads)
                advance(batch.num_rows)
                if scan:
                    schemas.add(batch.schema, one.path)
            counts.append(len(finder) - before)
    if missing and sum(counts):
        names = ", ".join(map(repr, sorted(missing)))
        raise ValueError(f"--on names {names}, which none of the inputs has")
    mask = finder.finish(
        options.keep,
        against=options.against,
        save=state,
        output="arrow",
        num_threads=options.num_threads,
    )
    return counts, pyarrow.array(mask), schemas.union(), finder.spilled_bytes


def _select(batch: pyarrow.RecordBatch, names: Sequence[str]) -> pyarrow.RecordBatch:
    """The columns of those names, null where there is none."""
    import pyarrow

    columns = [
        batch[name] if name in batch.schema.names else pyarrow.nulls(batch.num_rows)
        for name in names
    ]
    return pyarrow.record_batch(columns, names=list(names))


def _write(
    found: Sequence[inputs.Input],
    counts: Sequence[int],
    kept: pyarrow.BooleanArray,
    kind: str,
    schema: pyarrow.Schema | None,
    path: Path,
    progress: Progress,
) -> None:
    import pyarrow

    columns = kind != "jsonl"
    lines = None if columns else outputs.Lines(path)
    # Without any row there are no columns either.
    writer: outputs.Writer = lines or outputs.Columns(path, kind, schema or pyarrow.schema([]))
    with contextlib.closing(writer), progress.bar("writing", sum(counts)) as advance:
        first = 0
        for one, count in zip(found, counts, strict=True):
            mask = kept.slice(first, count)
            if lines is not None and one.format == "jsonl":
                done = _copy_lines(one, mask, lines, advance)
            else:
                done = _copy_rows(one, mask, writer, advance)
            if done != count:
                raise ValueError(
                    f"{one.path}: {count} rows at first, {done} when they were to be written: it "
                    "changed, or a lone carriage return stands in a line, which text readers take "
                    "for its end (write to .parquet then); nothing was written"
                )
            first += count
        writer.finish()


def _copy_rows(
    one: inputs.Input,
    mask: pyarrow.BooleanArray,
    writer: outputs.Writer,
    advance: Callable[[int], object],
) -> int:
    done = 0
    for batch in map(plain_batch, one.batches()):
        part = mask.slice(done, batch.num_rows)
        done += batch.num_rows
        if len(part) < batch.num_rows:
            break
        writer.write(batch.filter(part))
        advance(batch.num_rows)
    return done


def _copy_lines(
    one: inputs.Input,
    mask: pyarrow.BooleanArray,
    writer: outputs.Lines,
    advance: Callable[[int], object],
) -> int:
    """Copy the lines of records, which keep the writing of their numbers and of their keys."""
    done = 0
    for lines in one.lines():
        part = mask.slice(done, len(lines)).to_pylist()
        done += len(lines)
        writer.write_lines(itertools.compress(lines, part))
        advance(len(lines))
    return done
