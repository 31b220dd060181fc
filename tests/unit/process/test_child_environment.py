"""What programs that we start inherit, and what they do not."""

import json
import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from acedesk.process.child_environment import child_environment, differences

BUNDLE = "/opt/acedesk/_internal"
USER = {
    "HOME": "/home/eva",
    "PATH": "/home/eva/bin:/usr/bin:/bin",
    "DISPLAY": ":0",
    "WAYLAND_DISPLAY": "wayland-0",
    "LANG": "de_DE.UTF-8",
    "PYTHONPATH": "/home/eva/scripts",
    "PYTHONHOME": "/home/eva/python",
    "LD_LIBRARY_PATH": "/home/eva/lib",
    "DYLD_LIBRARY_PATH": "/home/eva/lib",
    "XDG_DATA_DIRS": "/usr/local/share:/usr/share",
    "QT_QPA_PLATFORMTHEME": "qt6ct",
    "QT_SCALE_FACTOR": "2",
    "FLATPAK_ID": "org.example.Terminal",
    "EMPTY": "",
}


def test_the_users_own_environment_stays_as_it_is() -> None:
    assert child_environment(USER, bundle="", program="/usr/bin/python3") == USER


@pytest.mark.parametrize(
    "name",
    [
        "QT_PLUGIN_PATH", "QML2_IMPORT_PATH", "QML_IMPORT_PATH", "QT_QPA_PLATFORM",
        "QT_QPA_PLATFORM_PLUGIN_PATH", "QT_QPA_FONTDIR", "_PYI_ARCHIVE_FILE",
        "_PYI_APPLICATION_HOME_DIR", "_PYI_PARENT_PROCESS_LEVEL", "_MEIPASS2", "APPDIR",
        "APPIMAGE", "ARGV0", "OWD", "XDG_ACTIVATION_TOKEN", "DESKTOP_STARTUP_ID",
    ],
)  # fmt: skip
def test_what_is_meant_for_us_alone_is_not_handed_on(name: str) -> None:
    assert child_environment({**USER, name: "/somewhere"}, bundle=BUNDLE) == USER


@pytest.mark.parametrize("name", ["LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "DYLD_FRAMEWORK_PATH"])
def test_the_library_path_of_the_user_is_restored(name: str) -> None:
    environ = {name: f"{BUNDLE}:/home/eva/lib", f"{name}_ORIG": "/home/eva/lib"}

    assert child_environment(environ, bundle=BUNDLE) == {name: "/home/eva/lib"}


@pytest.mark.parametrize("original", [{}, {"LD_LIBRARY_PATH_ORIG": ""}])
def test_who_had_no_library_path_has_none_again(original: dict[str, str]) -> None:
    assert child_environment({"LD_LIBRARY_PATH": BUNDLE, **original}, bundle=BUNDLE) == {}


@pytest.mark.parametrize(
    ("value", "left"),
    [
        (f"{BUNDLE}/bin:/usr/bin", "/usr/bin"),
        (f"/usr/bin:{BUNDLE}:/bin", "/usr/bin:/bin"),
        (f"{BUNDLE}-of-others/bin", f"{BUNDLE}-of-others/bin"),
        (f"http://host{BUNDLE}/x", f"http://host{BUNDLE}/x"),
        (f"{BUNDLE}/certifi/cacert.pem", None),
        ("::/usr/bin", "::/usr/bin"),
    ],
)
def test_paths_into_our_own_folder_go_whatever_the_variable_is(
    value: str, left: str | None
) -> None:
    found = child_environment({"ANY_PATH": value}, bundle=BUNDLE, separator=":")

    assert found.get("ANY_PATH") == left


def test_nothing_of_an_appimage_reaches_a_player() -> None:
    mount = "/tmp/.mount_AceDesxYz"
    environ = {
        **USER,
        "APPDIR": mount,
        "APPIMAGE": "/home/eva/AceDesk.AppImage",
        "ARGV0": "AceDesk.AppImage",
        "OWD": "/home/eva",
        "PATH": f"{mount}/usr/bin:{USER['PATH']}",
        "LD_LIBRARY_PATH": f"{mount}/usr/lib:{USER['LD_LIBRARY_PATH']}",
        "PYTHONHOME": f"{mount}/usr",
        "PYTHONPATH": f"{mount}/usr/lib/python3.13",
        "XDG_DATA_DIRS": f"{mount}/usr/share:{USER['XDG_DATA_DIRS']}",
        "GDK_PIXBUF_MODULE_FILE": f"{mount}/usr/lib/loaders.cache",
    }

    assert child_environment(environ, bundle="", separator=":") == {
        name: value for name, value in USER.items() if name not in ("PYTHONHOME", "PYTHONPATH")
    }


def test_the_snap_of_a_terminal_is_left_behind_and_our_own_is_kept() -> None:
    snap = "/snap/code/170"
    environ = {"PATH": f"{snap}/usr/bin:/usr/bin", "SNAP": snap, "SNAP_NAME": "code"}

    def of(program: str) -> dict[str, str]:
        return child_environment(environ, bundle="", program=program, separator=":")

    assert of("/usr/bin/python3") == {"PATH": "/usr/bin"}
    assert of(f"{snap}/bin/python3") == environ


def test_windows_separates_its_paths_otherwise() -> None:
    environ = {"PATH": r"C:\AceDesk\_internal\PySide6;C:\Windows"}

    found = child_environment(environ, bundle="C:\\AceDesk\\_internal", separator=";")

    assert found == {"PATH": r"C:\Windows"}


@pytest.mark.parametrize("folder", ["/", "", "//"])
def test_a_folder_that_is_the_whole_disk_takes_nothing_away(folder: str) -> None:
    assert child_environment({**USER, "APPDIR": folder}, bundle=folder) == USER


@given(environ=st.dictionaries(st.text(min_size=1), st.text()), bundle=st.text())
def test_nothing_is_ever_added_and_twice_is_as_once(environ: dict[str, str], bundle: str) -> None:
    once = child_environment(environ, bundle=bundle)

    assert once.keys() <= environ.keys()
    assert child_environment(once, bundle=bundle) == once


def test_the_differences_make_our_environment_that_of_a_child() -> None:
    environ = {**USER, "LD_LIBRARY_PATH": BUNDLE, "LD_LIBRARY_PATH_ORIG": "/l", "APPIMAGE": "/a"}

    assert differences(environ) == {
        "LD_LIBRARY_PATH": "/l",
        "LD_LIBRARY_PATH_ORIG": "",
        "APPIMAGE": "",
    }


def test_without_anything_named_it_is_the_environment_of_this_process(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(sys, "_MEIPASS", BUNDLE, raising=False)
    for name in ("QT_PLUGIN_PATH", "LD_LIBRARY_PATH", "SSL_CERT_FILE"):
        monkeypatch.setenv(name, f"{BUNDLE}/{name}")
    monkeypatch.setenv("LD_LIBRARY_PATH_ORIG", "/home/eva/lib")
    monkeypatch.setenv("OWN", "kept")

    told = subprocess.run(
        [sys.executable, "-c", "import json, os; print(json.dumps(dict(os.environ)))"],
        env=child_environment(),
        capture_output=True,
        check=True,
    ).stdout

    seen = json.loads(told)
    assert (seen["OWN"], seen["LD_LIBRARY_PATH"]) == ("kept", "/home/eva/lib")
    assert not {"QT_PLUGIN_PATH", "SSL_CERT_FILE", "LD_LIBRARY_PATH_ORIG"} & set(seen)
