"""Hidden folders for unfinished files, and moving finished files to their targets."""

from __future__ import annotations

import errno
import os
import re
import secrets
import shutil
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType

from .errors import naming


class NotRestoredError(OSError):
    """A file that was replaced could not be put back."""


class Workspace:
    """A hidden folder beside a file to be made, deleted at the end whatever happens.

    Only a process that is killed leaves it: it holds what is unfinished, and is what to delete.

    Args:
        target: The file. Of a symbolic link, it is the file that the link leads to.
        replaces: Whether the file may take the place of another that is there when it is moved.
    """

    def __init__(self, target: Path, *, replaces: bool) -> None:
        self.target = Path(os.path.realpath(target)) if target.is_symlink() else target
        self.replaces = replaces
        # A name has at most 255 bytes, and the file's own may have all of them.
        self._begin = f".{_shortened(self.target.name)}."
        self.path = self.target.with_name(f"{self._begin}{secrets.token_hex(4)}.partial")

    @property
    def unfinished(self) -> Path:
        """Where the file is written; the end of its name says how it is compressed."""
        return self.path / f"unfinished{self.target.suffix}"

    @property
    def replaced(self) -> Path:
        """Where the file that was at the target is kept until all targets are in place."""
        return self.path / "replaced"

    def left_behind(self) -> list[Path]:
        """The folders of other runs with this target."""
        pattern = re.compile(re.escape(self._begin) + r"[^.]+\.partial")
        found = [path.name for path in self.target.parent.iterdir() if pattern.fullmatch(path.name)]
        return [self.target.with_name(name) for name in sorted(found) if name != self.path.name]

    def make(self) -> None:
        """Make the folder, within `with`: a signal that comes right after leaves nothing, too."""
        self.path.mkdir(mode=0o700)

    def __enter__(self) -> Workspace:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        # What could not be put back is in here.
        if not isinstance(error, NotRestoredError):
            shutil.rmtree(self.path, ignore_errors=True)


def _shortened(name: str) -> str:
    """The name, or so much of it that there is room for more."""
    most = 255 - len("..12345678.partial")
    encoded = os.fsencode(name)
    return name if len(encoded) <= most else os.fsencode(name)[:most].decode(errors="ignore")


# With these, a file system refuses to open a folder or to sync one; a file there is as durable as
# it gets.
_REFUSALS = frozenset({errno.EACCES, errno.EPERM, errno.EINVAL, errno.ENOTSUP, errno.ENOSYS})


def publish(workspaces: Sequence[Workspace]) -> None:
    """Move the files of workspaces to their targets, in this order: all of them, or none.

    After an error, or a signal that ends the run, every target is as it was before. Only a process
    that is killed between two moves leaves the earlier targets without the later ones.

    Raises:
        OSError: a file cannot be moved or made durable.
        NotRestoredError: that, and a target could not be put back as it was.
    """
    for workspace in workspaces:
        with naming(workspace.target), workspace.unfinished.open("rb+") as file:
            os.fsync(file.fileno())
        if workspace.replaces and workspace.target.exists():
            # Who could not read the file before cannot read it now.
            shutil.copymode(workspace.target, workspace.unfinished)
    begun: list[Workspace] = []
    try:
        for workspace in workspaces:
            begun.append(workspace)
            if workspace.replaces:
                _set_aside(workspace)
                _move(workspace.unfinished, workspace.target)
            else:
                _place(workspace.unfinished, workspace.target)
            with naming(workspace.target):
                _sync_folder(workspace.target.parent)
    except BaseException:
        for workspace in reversed(begun):
            _put_back(workspace)
        raise


def _move(source: Path, target: Path) -> None:
    """Replace a file by another of the same file system, at once."""
    source.replace(target)


def _place(source: Path, target: Path) -> None:
    """Move a file to a name that no other has.

    Raises:
        FileExistsError: another has it.
    """
    refusal = f"{target} came to be while the rows were read; --force replaces it"
    try:
        os.link(source, target)
    except FileExistsError:
        raise FileExistsError(refusal) from None
    except OSError:
        # Some file systems have no second names.
        if os.path.lexists(target):
            raise FileExistsError(refusal) from None
        source.replace(target)
    else:
        source.unlink()


def _set_aside(workspace: Workspace) -> None:
    """Give the file at the target a second name, so that it can be put back."""
    if not os.path.lexists(workspace.target):
        return
    try:
        # Of a symbolic link, the link: that is what a new file replaces.
        os.link(
            workspace.target,
            workspace.replaced,
            follow_symlinks=os.link not in os.supports_follow_symlinks,
        )
    except OSError:
        # Some file systems have no second names.
        workspace.target.replace(workspace.replaced)


def _put_back(workspace: Workspace) -> None:
    """Have the target as it was before, if it was touched."""
    try:
        if os.path.lexists(workspace.replaced):
            workspace.replaced.replace(workspace.target)
        elif not os.path.lexists(workspace.unfinished) or _is_placed(workspace):
            workspace.target.unlink(missing_ok=True)
    except OSError as error:
        raise NotRestoredError(
            error.errno,
            f"{error.strerror}; what was there before the run could not be put back and is, if "
            f"there was something, {workspace.replaced}",
            str(workspace.target),
        ) from error


def _is_placed(workspace: Workspace) -> bool:
    """Whether the target is already a name of the unfinished file, as a link makes it."""
    try:
        return workspace.target.samefile(workspace.unfinished)
    except OSError:
        return False


def _sync_folder(path: Path) -> None:
    """Make the names in a folder durable, where its file system can."""
    if os.name != "posix":  # elsewhere folders cannot be opened
        return
    try:
        folder = os.open(path, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
    except OSError as error:
        if error.errno not in _REFUSALS:
            raise
