"""Freeze AceDesk: one folder with the program, Python and Qt, for all of Linux.

The .deb and the tar.xz are both made from it. It ends with the reasons when anything is in it that
is not on the list in `contents.py`.
"""

import os
import pathlib
import re
import shutil
import subprocess
import sys

import contents
import facts

HERE = pathlib.Path(__file__).resolve().parent


def main() -> int:
    """Make the tree; return the exit code."""
    shutil.rmtree(facts.TREE.parent, ignore_errors=True)
    freeze()
    tidy(facts.TREE)
    facts.set_times(facts.TREE)
    wrong = contents.problems(facts.TREE)
    for line in wrong:
        print(f"frozen tree: {line}", file=sys.stderr)
    size = contents.tree_bytes(facts.TREE) / contents.MEBI
    print(f"frozen tree: {size:.0f} MB in {facts.TREE.relative_to(facts.TOP)}")
    return 1 if wrong else 0


def freeze() -> None:
    """Let PyInstaller collect what belongs to the program."""
    log = facts.WORK / "pyinstaller.log"
    environ = {
        **os.environ,
        "ACEDESK_TOP": str(facts.TOP),
        "PYINSTALLER_CONFIG_DIR": str(facts.WORK / "pyinstaller"),
        "PYTHONNODEBUGRANGES": "1",  # columns of each instruction: more memory than they are worth
    }
    command = [sys.executable, "-m", "PyInstaller", "--noconfirm", "--clean"]
    command += ["--distpath", str(facts.TREE.parent), "--workpath", str(facts.WORK / "pyinstaller")]
    with log.open("w") as output:
        done = subprocess.run(
            [*command, str(HERE / "acedesk.spec")],
            check=False,
            env=environ,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    if done.returncode:
        raise SystemExit(f"PyInstaller failed, see {log}:\n{log.read_text()[-3000:]}")


def tidy(tree: pathlib.Path) -> None:
    """Take out symbols, folders of the build machine in search paths, and links to nothing."""
    for path in list(contents.files(tree)):
        if path.is_symlink() and not path.exists():
            path.unlink()
    for path in contents.elf_files(tree):
        path.chmod(0o755)
        if path != tree / "acedesk":  # PyInstaller has put the modules into it; it has no symbols
            facts.run("strip", "--strip-unneeded", path)
        kept = own_run_paths(contents.read_library(path).run_paths)
        if kept is not None:
            change = ["--set-rpath", ":".join(kept)] if kept else ["--remove-rpath"]
            facts.run("patchelf", *change, path)
        path.chmod(0o755 if path == tree / "acedesk" else 0o644)
    remove_empty_folders(tree)


def own_run_paths(paths: tuple[str, ...]) -> list[str] | None:
    """Return the search paths that stay inside the tree, None when all do."""
    kept = [path for path in paths if re.fullmatch(r"\$ORIGIN(/[\w./-]*)?", path)]
    return None if len(kept) == len(paths) else kept


def remove_empty_folders(tree: pathlib.Path) -> None:
    """Remove what the allow-list has emptied."""
    for folder, folders, names in os.walk(tree, topdown=False):
        if not folders and not names:
            pathlib.Path(folder).rmdir()


if __name__ == "__main__":
    sys.exit(main())
