"""The .deb that `packaging/build deb` made: what it holds, and that it runs."""

import importlib
import os
import pathlib
import re
import socket
import subprocess
from http.client import HTTPConnection
from types import ModuleType

import pytest

from acedesk import __version__
from tests.e2e.program import wait_until
from tests.needs import need, need_program

TOP = pathlib.Path(__file__).resolve().parents[2]
# Seconds; lintian looks at every file, and two cores may be busy with other tests.
LIMIT = 170
# One process after the other: the package is unpacked once.
pytestmark = [pytest.mark.xdist_group("deb"), pytest.mark.timeout(LIMIT + 10)]


def _run(*command: str | pathlib.Path, **environ: str) -> str:
    done = subprocess.run(
        [str(word) for word in command],
        env={**os.environ, **environ},
        capture_output=True,
        text=True,
        timeout=LIMIT,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def package() -> pathlib.Path:
    made = TOP / "dist" / f"acedesk_{__version__}_amd64.deb"
    need(made.exists(), "there is no .deb: ./packaging/build deb")
    return made


@pytest.fixture(scope="module")
def root(package: pathlib.Path, tmp_path_factory: pytest.TempPathFactory) -> pathlib.Path:
    """Unpack it, as dpkg does."""
    folder = tmp_path_factory.mktemp("deb")
    _run(need_program("dpkg-deb"), "-x", package, folder)
    return folder


@pytest.fixture(scope="module")
def program(root: pathlib.Path) -> pathlib.Path:
    return root / "usr" / "bin" / "acedesk"


@pytest.fixture
def contents(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.syspath_prepend(str(TOP / "packaging" / "linux"))
    return importlib.import_module("contents")


def test_nothing_is_in_it_that_is_not_on_the_list(root: pathlib.Path, contents: ModuleType) -> None:
    need_program("readelf")

    assert contents.problems(root / "usr" / "lib" / "acedesk") == []


def test_it_is_no_larger_than_it_may_be(
    root: pathlib.Path, package: pathlib.Path, contents: ModuleType
) -> None:
    assert package.stat().st_size <= contents.DEB_BYTES
    assert contents.tree_bytes(root) <= contents.TREE_BYTES


def test_lintian_has_nothing_to_say_but_what_is_on_our_list(package: pathlib.Path) -> None:
    said = _run(need_program("lintian"), "--allow-root", "--fail-on", "none", package)

    assert [line for line in said.splitlines() if line[:2] in ("E:", "W:")] == []


def test_each_exception_of_lintian_has_its_reason() -> None:
    text = (TOP / "packaging" / "linux" / "lintian-overrides").read_text("utf-8")
    groups = [group.splitlines() for group in text.split("\n\n") if "acedesk:" in group]

    assert groups
    assert all(group[0].startswith("# ") for group in groups)


def test_menu_entry_and_description_are_valid(root: pathlib.Path) -> None:
    share = root / "usr" / "share"
    entry = share / "applications" / "acedesk.desktop"

    _run(need_program("desktop-file-validate"), entry)
    (about,) = (share / "metainfo").glob("*.xml")
    _run(need_program("appstreamcli"), "validate", "--no-net", about)

    assert "Exec=acedesk --from-desktop %u" in entry.read_text("utf-8")
    assert "MimeType" not in entry.read_text("utf-8")
    links = share / "acedesk" / "acedesk-links.desktop"
    _run(need_program("desktop-file-validate"), links)
    assert "MimeType=x-scheme-handler/acestream;" in links.read_text("utf-8")
    assert (share / "icons/hicolor/scalable/apps/acedesk.svg").exists()


def test_it_needs_what_its_files_need_and_no_more_than_recommends_gtk(
    package: pathlib.Path,
) -> None:
    fields = dict(
        line.split(": ", 1) for line in _run("dpkg-deb", "-f", package).splitlines() if ": " in line
    )
    needed = {one.split()[0] for one in fields["Depends"].split(", ")}

    assert {"libc6", "libxcb-cursor0", "libwayland-client0", "libfontconfig1"} <= needed
    assert not {name for name in needed if re.match(r"libgtk|libqt6|python3|libicu", name)}
    assert "libgtk-3-0" in fields["Recommends"]


def test_the_licences_of_what_it_carries_are_in_it(root: pathlib.Path) -> None:
    text = (root / "usr/share/doc/acedesk/copyright").read_text("utf-8")

    for part in ("PySide6", "libpython3", "aiohttp", "uvloop", "fonts", "libicu"):
        assert re.search(rf"^Files: .*{part}", text, re.MULTILINE), part
    assert "PYTHON SOFTWARE FOUNDATION LICENSE" in text
    assert "/usr/share/common-licenses/LGPL-3" in text


def test_it_tells_its_version(program: pathlib.Path) -> None:
    assert _run(program, "--version").strip() == f"acedesk {__version__}"


def test_it_says_that_it_is_whole(program: pathlib.Path, tmp_path: pathlib.Path) -> None:
    said = _run(
        program,
        "--self-test",
        HOME=str(tmp_path),
        XDG_RUNTIME_DIR=str(tmp_path),
        QT_QPA_PLATFORM="offscreen",
    )

    assert said


def test_without_a_window_it_loads_no_qt_and_takes_no_fault_over_http(
    program: pathlib.Path,
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    running = subprocess.Popen(
        [str(program), "demo-engine", "--port", str(port)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        version = "/webui/api/service?method=get_version"
        wait_until(lambda: _status(port, version), lambda status: status == 200, "the engine")

        # Who has no window waits for no Qt.
        assert "libQt6" not in pathlib.Path(f"/proc/{running.pid}/maps").read_text()
        assert _status(port, "/demo/fault?kind=stall") == 404
        assert _status(port, "/demo/state") == 404
    finally:
        running.terminate()
        running.wait(20)


def _status(port: int, path: str) -> int:
    connection = HTTPConnection("127.0.0.1", port, timeout=10)
    try:
        connection.request("GET", path)
        return connection.getresponse().status
    except OSError:
        return 0
    finally:
        connection.close()
