"""Make the folder to unpack from the frozen tree: `dist/acedesk-VERSION-linux-x86_64.tar.xz`.

It has, beside what the .deb has, the system libraries that a bare desktop may lack; the launcher
uses those that are not there.
"""

import lzma
import pathlib
import re
import shutil
import sys
import tarfile

import contents
import copyright_file
import facts

HERE = pathlib.Path(__file__).resolve().parent
STAGE = facts.WORK / "tar"
# The C library and its parts belong together, and to the system.
OF_GLIBC = re.compile(r"(ld-linux.*|lib(c|m|dl|rt|pthread|resolv|util|anl|nsl))\.so\.\d+")
COMMAND = {
    "add-to-menu": (
        "install-desktop",
        "Adds AceDesk to the menu of your user.",
        "AceDesk is in your menu now.",
    ),
    "remove-from-menu": (
        "uninstall-desktop",
        "Takes AceDesk out of the menu of your user.",
        "AceDesk is no longer in your menu. To remove it, delete this folder.",
    ),
}


def main() -> int:
    """Make the archive; return the exit code."""
    shutil.rmtree(STAGE, ignore_errors=True)
    name = f"acedesk-{facts.version()}-linux-x86_64"
    folder = STAGE / name
    lay_out(folder)
    wrong = contents.problems(folder / "lib", with_system_libraries=True)
    for line in wrong:
        print(f"tar: {line}", file=sys.stderr)
    facts.set_times(folder)
    archive = facts.DIST / f"{name}.tar.xz"
    # Nothing that is only half written lies in dist, where it would be summed up and uploaded.
    written = STAGE / archive.name
    pack(folder, written)
    facts.DIST.mkdir(exist_ok=True)
    written.replace(archive)
    print(f"{archive.relative_to(facts.TOP)}: {archive.stat().st_size / contents.MEBI:.1f} MB")
    return 1 if wrong else 0


def lay_out(folder: pathlib.Path) -> None:
    """Put everything where it is when somebody has unpacked it."""
    library = folder / "lib"
    shutil.copytree(facts.TREE, library, symlinks=True)
    borrowed = sorted(system_libraries(library).items())
    for name, source in borrowed:
        target = library / "_internal" / "fallback" / name / name
        target.parent.mkdir(parents=True)
        shutil.copyfile(source, target)
    licences = copyright_file.text() + licences_of([source for _, source in borrowed])
    write(folder / "acedesk", filled("launcher.sh"), 0o755)
    for name, (command, what, done) in COMMAND.items():
        text = filled("menu.sh").replace("@COMMAND@", command)
        write(folder / name, text.replace("@WHAT@", what).replace("@DONE@", done), 0o755)
    write(folder / "README.txt", filled("unpacked.txt"), 0o644)
    write(folder / "LICENSES.txt", licences, 0o644)
    write(folder / "files.list", file_list(folder), 0o644)


def filled(name: str) -> str:
    """Return one of our files with the facts of this build in it."""
    major, minor = contents.GLIBC
    text = (HERE / name).read_text("utf-8")
    for mark, value in (
        ("@VERSION@", facts.version()),
        ("@GLIBC@", f"{major}.{minor}"),
        ("@GLIBC_MAJOR@", str(major)),
        ("@GLIBC_MINOR@", str(minor)),
    ):
        text = text.replace(mark, value)
    return text


def system_libraries(library: pathlib.Path) -> dict[str, str]:
    """Return every library of this system that is needed, with what those need, by its name."""
    known = installed_libraries()
    ours = {path.name for path in contents.files(library)}
    found: dict[str, str] = {}
    # The theme of GTK is used where GTK is; its libraries would be most of this folder.
    waiting = [path for path in contents.elf_files(library) if path.name != contents.GTK_PLUGIN]
    while waiting:
        for name in contents.read_library(waiting.pop()).needed:
            if name in ours or name in found or OF_GLIBC.fullmatch(name):
                continue
            if name not in known:
                raise SystemExit(f"tar: {name} is not installed here")
            found[name] = known[name]
            waiting.append(pathlib.Path(known[name]))
    return found


def licences_of(libraries: list[str]) -> str:
    """Return what Debian says of the packages that these libraries are from."""
    texts = []
    for owner in owners(libraries):
        text = pathlib.Path("/usr/share/doc", owner, "copyright").read_text("utf-8", "replace")
        texts.append(f"\n{'=' * 78}\nDebian package {owner}:\n\n{text.strip()}\n")
    return "".join(texts)


def owners(libraries: list[str]) -> list[str]:
    """Return the packages of Debian that these libraries are from, by name."""
    found = set()
    for path in libraries:
        real = str(pathlib.Path(path).resolve())
        said = facts.run("dpkg-query", "--search", f"*{real.removeprefix('/usr')}")
        found.add(said.partition(":")[0])
    return sorted(found)


def installed_libraries() -> dict[str, str]:
    """Return where the libraries of this system are, by their names."""
    said = facts.run("/sbin/ldconfig", "-p")
    pairs = re.findall(r"^\t(\S+) \(libc6,x86-64.*?\) => (\S+)$", said, re.MULTILINE)
    found: dict[str, str] = {}
    for name, path in pairs:
        found.setdefault(name, path)
    return found


def file_list(folder: pathlib.Path) -> str:
    """Return the size and path of every file, by which the launcher sees that none is missing."""
    lines = [
        f"{path.stat().st_size} ./{path.relative_to(folder)}\n"
        for path in contents.files(folder)
        if not path.is_symlink()
    ]
    return "".join(sorted(lines))


def write(path: pathlib.Path, text: str, mode: int) -> None:
    """Write a file with these rights."""
    path.write_text(text, encoding="utf-8")
    path.chmod(mode)


def pack(folder: pathlib.Path, archive: pathlib.Path) -> None:
    """Write the archive, the same bytes each time."""
    # What is unpacked last is missing first: the launcher, which could say nothing, comes first.
    paths = sorted(
        contents.files(folder), key=lambda path: (folder / "lib" in path.parents, str(path))
    )
    with (
        lzma.open(archive, "wb", preset=6) as packed,
        tarfile.open(fileobj=packed, mode="w", format=tarfile.PAX_FORMAT) as tar,
    ):
        for path in paths:
            tar.add(path, f"{folder.name}/{path.relative_to(folder)}", filter=plain)


def plain(entry: tarfile.TarInfo) -> tarfile.TarInfo:
    """Take out whose file it is, and when it was written."""
    entry.uid = entry.gid = 0
    entry.uname = entry.gname = ""
    entry.mtime = facts.epoch()
    return entry


if __name__ == "__main__":
    sys.exit(main())
