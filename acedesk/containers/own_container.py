"""Which container AceDesk itself runs in, if any, as far as it is known without asking Docker."""

import contextlib
import pathlib
import re
from typing import Final

# Docker and Podman leave one of these in every container.
_MARKERS: Final = (".dockerenv", "run/.containerenv")
# These files of a container lie in its own folder on the host, which is named by its id.
_MOUNTED: Final = re.compile(
    r"/([0-9a-f]{64})/(?:userdata/)?(?:hostname|hosts|resolv\.conf)\s+/etc/(?:hostname|hosts|resolv)"
)
_CGROUP: Final = re.compile(r"(?:docker|libpod|containers)[-/]([0-9a-f]{64})")
_SHORT_ID: Final = re.compile(r"[0-9a-f]{12}")


def is_in_container(root: pathlib.Path) -> bool:
    """Tell whether this process runs in a container of Docker or Podman."""
    return any((root / marker).exists() for marker in _MARKERS)


def own_ids(root: pathlib.Path) -> tuple[str, ...]:
    """Return what the own container's id may be, the surest first; none outside containers.

    A container's host name is the beginning of its id unless somebody chose another.
    """
    if not is_in_container(root):
        return ()
    found = _MOUNTED.findall(_read(root / "proc/self/mountinfo"))
    found += _CGROUP.findall(_read(root / "proc/self/cgroup"))
    name = _read(root / "etc/hostname").strip()
    found += [name] if _SHORT_ID.fullmatch(name) else []
    return tuple(dict.fromkeys(found))


def _read(path: pathlib.Path) -> str:
    with contextlib.suppress(OSError):
        return path.read_text("utf-8", errors="replace")
    return ""
