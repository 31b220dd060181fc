"""What the scripts of this folder share: places, version, the time that goes into files."""

import os
import pathlib
import re
import subprocess

TOP = pathlib.Path(__file__).resolve().parents[2]
WORK = TOP / "build"
DIST = TOP / "dist"
# The frozen program: `acedesk` and `_internal`.
TREE = WORK / "frozen" / "acedesk"
ARCHITECTURE = "amd64"


def version() -> str:
    """Return the version of AceDesk."""
    text = (TOP / "acedesk" / "__init__.py").read_text("utf-8")
    found = re.search(r'^__version__ = "([^"]+)"', text, re.MULTILINE)
    if found is None:
        raise SystemExit("acedesk/__init__.py has no version")
    return found[1]


def epoch() -> int:
    """Return the time that every file of a package has, in seconds since 1970."""
    return int(os.environ["SOURCE_DATE_EPOCH"])


def run(*command: str | pathlib.Path, cwd: pathlib.Path | None = None) -> str:
    """Run a tool and return what it prints.

    Raises:
        SystemExit: It failed; the text is what it said.
    """
    argv = [str(word) for word in command]
    done = subprocess.run(
        argv, check=False, cwd=cwd, stdin=subprocess.DEVNULL, capture_output=True, text=True
    )
    if done.returncode:
        raise SystemExit(f"{argv[0]} failed:\n{done.stdout[-3000:]}{done.stderr[-3000:]}")
    return done.stdout


def set_times(tree: pathlib.Path) -> None:
    """Give every file and folder the same time and the usual rights."""
    for folder, folders, names in os.walk(tree, topdown=False):
        for name in (*names, *folders):
            path = pathlib.Path(folder, name)
            if not path.is_symlink():
                is_open = path.is_dir() or path.stat().st_mode & 0o100
                path.chmod(0o755 if is_open else 0o644)
            os.utime(path, (epoch(), epoch()), follow_symlinks=False)
    os.utime(tree, (epoch(), epoch()))
