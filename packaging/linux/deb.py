"""Make the .deb for Debian and Ubuntu from the frozen tree: `dist/acedesk_VERSION_amd64.deb`.

Nothing in it is a system library; what it needs of the system is computed from all its files.
"""

import datetime
import gzip
import os
import pathlib
import re
import shutil
import subprocess
import sys

import command_line
import contents
import copyright_file
import facts

sys.path.insert(0, str(facts.TOP))

from acedesk.store import desktop_entry

HERE = pathlib.Path(__file__).resolve().parent
STAGE = facts.WORK / "deb"
MAINTAINER = "The authors of AceDesk <acedesk@users.noreply.github.com>"
PLAYERS = "vlc | mpv | celluloid | smplayer | haruna | totem | kodi"
CONTROL = """\
Package: acedesk
Version: {version}
Architecture: {architecture}
Maintainer: {maintainer}
Installed-Size: {kilobytes}
Depends: {depends}
Recommends: {recommends}
Suggests: docker.io | docker-ce | podman, zenity | kdialog
Section: video
Priority: optional
Description: Ace Stream on the desktop: one engine session for every player
 Paste an Ace Stream link once, and every player in the house plays the same
 stream from one address. AceDesk starts the engines, keeps one session for
 each stream however many players watch, shows what every link of the chain
 is doing, and says in words why a picture stops.
 .
 It ships no channels, lists or links and looks for none.
"""


def main() -> int:
    """Make the package; return the exit code."""
    shutil.rmtree(STAGE, ignore_errors=True)
    root = STAGE / "root"
    lay_out(root)
    write_control(root)
    facts.set_times(root)
    package = facts.DIST / f"acedesk_{facts.version()}_{facts.ARCHITECTURE}.deb"
    facts.DIST.mkdir(exist_ok=True)
    options = ("--root-owner-group", "-Zxz", "-z6", "--threads-max=2", "--uniform-compression")
    written = STAGE / package.name  # nothing half written in dist
    facts.run("dpkg-deb", *options, "--build", root, written)
    written.replace(package)
    size = package.stat().st_size
    print(f"{package.relative_to(facts.TOP)}: {size / contents.MEBI:.1f} MB")
    if size > contents.DEB_BYTES:
        print(f"that is more than {contents.DEB_BYTES / contents.MEBI:.0f} MB", file=sys.stderr)
        return 1
    return 0


def lay_out(root: pathlib.Path) -> None:
    """Put everything where it is installed."""
    version, share = facts.version(), root / "usr" / "share"
    shutil.copytree(facts.TREE, root / "usr" / "lib" / "acedesk", symlinks=True)
    (root / "usr" / "bin").mkdir(parents=True)
    (root / "usr" / "bin" / "acedesk").symlink_to("../lib/acedesk/acedesk")
    add_menu(share)
    manual = command_line.manual(version, facts.epoch())
    write(share / "man" / "man1" / "acedesk.1.gz", packed(manual))
    write(share / "bash-completion" / "completions" / "acedesk", command_line.bash())
    write(share / "zsh" / "vendor-completions" / "_acedesk", command_line.zsh())
    write(share / "fish" / "vendor_completions.d" / "acedesk.fish", command_line.fish())
    write(share / "doc" / "acedesk" / "copyright", copyright_file.text())
    write(share / "doc" / "acedesk" / "changelog.gz", packed(changelog()))
    overrides = (HERE / "lintian-overrides").read_text("utf-8")
    write(share / "lintian" / "overrides" / "acedesk", overrides)


def add_menu(share: pathlib.Path) -> None:
    """Add the menu entry, its icons and what software centres show."""
    menu, links = desktop_entry.system_entries(("acedesk",))
    write(share / "applications" / desktop_entry.ENTRY_NAME, menu)
    # Put beside it by postinst where no other program opens links.
    write(share / "acedesk" / desktop_entry.LINKS_ENTRY_NAME, links)
    for folder, source in desktop_entry._icons(facts.TOP / "resources" / "icons"):  # noqa: SLF001
        target = share / "icons" / "hicolor" / folder / "apps" / f"acedesk{source.suffix}"
        write(target, source.read_bytes())
    name = "app.acedesk.AceDesk.metainfo.xml"
    about = (HERE / name).read_text("utf-8").replace("@VERSION@", facts.version())
    write(share / "metainfo" / name, about.replace("@DATE@", made_at().strftime("%Y-%m-%d")))


def changelog() -> str:
    """Return the changelog in Debian's form; what changed is told in ours."""
    when = made_at().strftime("%a, %d %b %Y %H:%M:%S +0000")
    return (
        f"acedesk ({facts.version()}) stable; urgency=medium\n\n"
        f"  * AceDesk {facts.version()}: what changed is told in its CHANGELOG.md.\n\n"
        f" -- {MAINTAINER}  {when}\n"
    )


def made_at() -> datetime.datetime:
    """Return the time that is noted in the package."""
    return datetime.datetime.fromtimestamp(facts.epoch(), datetime.UTC)


def write_control(root: pathlib.Path) -> None:
    """Write what dpkg reads: needs, sizes and sums."""
    depends, recommends = needs(root)
    kilobytes = sum(-(-path.lstat().st_size // 1024) for path in contents.files(root))
    text = CONTROL.format(
        version=facts.version(),
        architecture=facts.ARCHITECTURE,
        maintainer=MAINTAINER,
        kilobytes=kilobytes,
        depends=depends,
        recommends=f"{recommends}, desktop-file-utils, xdg-utils, {PLAYERS}",
    )
    sums = [
        f"{facts.run('md5sum', path).split()[0]}  {path.relative_to(root)}\n"
        for path in contents.files(root)
        if not path.is_symlink()
    ]
    write(root / "DEBIAN" / "md5sums", "".join(sums))
    write(root / "DEBIAN" / "control", text)
    for script in ("postinst", "prerm"):
        write(root / "DEBIAN" / script, (HERE / script).read_text("utf-8"))
        (root / "DEBIAN" / script).chmod(0o755)


def needs(root: pathlib.Path) -> tuple[str, str]:
    """Return Depends and Recommends, from what every program and library asks for."""
    source = STAGE / "source"
    write(source / "debian" / "control", "Source: acedesk\n\nPackage: acedesk\nArchitecture: any\n")
    tree = root / "usr" / "lib" / "acedesk"
    inner = tree / "_internal"
    folders = {path.parent for path in contents.elf_files(inner)}
    (root / "DEBIAN").mkdir()  # by which it knows what is ours
    command = ["dpkg-shlibdeps", "-O", "--ignore-missing-info"]
    command += [f"-l{folder}" for folder in (inner, *sorted(folders))]
    found = contents.elf_files(tree)
    command += ["-dRecommends", *(str(path) for path in found if path.name == contents.GTK_PLUGIN)]
    command += ["-dDepends", *(str(path) for path in found if path.name != contents.GTK_PLUGIN)]
    done = subprocess.run(
        command, check=False, cwd=source, capture_output=True, text=True, env=os.environ
    )
    if done.returncode:
        raise SystemExit(f"dpkg-shlibdeps failed:\n{done.stderr[-3000:]}")
    unknown = {
        path
        for path in re.findall(r"no dependency information found for (\S+)", done.stderr)
        if not pathlib.Path(path).is_relative_to(tree)
    }
    if unknown:
        raise SystemExit(f"no package is known that has {', '.join(sorted(unknown))}")
    values = dict(line.split("=", 1) for line in done.stdout.splitlines() if "=" in line)
    return values["shlibs:Depends"], values["shlibs:Recommends"]


def packed(text: str) -> bytes:
    """Return a text as gzip, the same bytes each time."""
    return gzip.compress(text.encode(), mtime=0)


def write(path: pathlib.Path, data: str | bytes) -> None:
    """Write a file and the folders above it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data.encode() if isinstance(data, str) else data)


if __name__ == "__main__":
    sys.exit(main())
