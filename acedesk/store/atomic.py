"""Write a file so that a reader, a crash or a full disk sees the old one or the new, never half."""

import contextlib
import errno
import os
import pathlib
import tempfile

from acedesk.errors import StorageError, StorageProblem

_PROBLEMS = {
    **dict.fromkeys((errno.ENOSPC, errno.EDQUOT), StorageProblem.FULL),
    **dict.fromkeys((errno.EROFS, errno.EACCES, errno.EPERM), StorageProblem.FORBIDDEN),
}


def write(path: pathlib.Path, data: bytes) -> None:
    """Replace `path` by `data`, readable by its owner only; folders on the way are made.

    A link is followed, so that a file kept elsewhere (dotfiles in a repository) stays a link.

    Raises:
        StorageError: Full disk, no permission; the old file is untouched.
    """
    target = pathlib.Path(os.path.realpath(path))
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(prefix=f".{target.name}.", dir=target.parent)
    except OSError as exc:
        raise storage_error(path, exc) from exc
    try:
        # mkstemp made it 0600: settings may hold keys.
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        pathlib.Path(name).replace(target)
    except OSError as exc:
        with contextlib.suppress(OSError):
            pathlib.Path(name).unlink()
        raise storage_error(path, exc) from exc
    _sync_folder(target.parent)


def storage_error(path: pathlib.Path, exc: OSError) -> StorageError:
    """Return our error for a failed file operation: "/home/x/settings.toml: disk full"."""
    problem = _PROBLEMS.get(exc.errno or 0, StorageProblem.OTHER)
    return StorageError(f"{path}: {exc.strerror or type(exc).__name__}", problem)


def _sync_folder(folder: pathlib.Path) -> None:
    """Make the new name last through a power cut, where the system can do that for folders."""
    with contextlib.suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
