"""Our entry leaves the desktop's lists; everything else in them stays."""

import os
import pathlib
import sys
import tempfile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from acedesk.errors import StorageError
from acedesk.store.desktop_entry import SCHEME
from acedesk.store.link_handler import (
    ADDED,
    DEFAULTS,
    REMOVED,
    entries,
    forget,
    lists,
    put_first,
    refuse,
    without_entry,
)

ENTRY = "acedesk.desktop"
LIST = """\
# by hand
[Default Applications]
text/html=firefox.desktop
x-scheme-handler/acestream=acedesk.desktop

[Added Associations]
x-scheme-handler/acestream=acedesk.desktop;other.desktop;
x-scheme-handler/magnet=torrent.desktop;acedesk.desktop

[Removed Associations]
video/mp4=acedesk.desktop;
"""
LEFT = """\
# by hand
[Default Applications]
text/html=firefox.desktop

[Added Associations]
x-scheme-handler/acestream=other.desktop;
x-scheme-handler/magnet=torrent.desktop;

[Removed Associations]
video/mp4=acedesk.desktop;
"""


def test_our_entry_goes_and_all_else_stays() -> None:
    assert without_entry(LIST, ENTRY) == LEFT
    assert without_entry(LEFT, ENTRY) == LEFT


@pytest.mark.parametrize("end", ["\r\n", "\n"])
def test_the_ends_of_lines_stay(end: str) -> None:
    text = f"[Default Applications]{end}a=acedesk.desktop;b.desktop{end}"

    assert without_entry(text, ENTRY) == f"[Default Applications]{end}a=b.desktop;{end}"


@given(text=st.text())
def test_a_list_without_us_is_never_changed(text: str) -> None:
    assert without_entry(text, ENTRY) == text or ENTRY in text


def test_the_lists_are_found_where_desktops_keep_them(tmp_path: pathlib.Path) -> None:
    config, home = tmp_path / "config", tmp_path / "share"
    config.mkdir()
    (config / "kde-mimeapps.list").touch()

    assert lists({"XDG_CONFIG_HOME": str(config)}, home) == (
        config / "kde-mimeapps.list",
        config / "mimeapps.list",
        home / "applications" / "mimeapps.list",
    )
    assert lists({"XDG_CONFIG_HOME": "relative"}, home)[-2] == (
        pathlib.Path.home() / ".config" / "mimeapps.list"
    )


@pytest.mark.skipif(sys.platform == "win32", reason="files have no modes there")
def test_only_what_named_us_is_written_and_keeps_its_mode(tmp_path: pathlib.Path) -> None:
    ours, others, missing = (tmp_path / name for name in ("ours", "others", "missing"))
    ours.write_bytes(LIST.encode() + b"# \xff\n")
    others.write_text(LEFT)
    ours.chmod(0o644)
    before = others.stat().st_mtime_ns

    assert forget(ENTRY, (ours, others, missing)) == (ours,)

    assert ours.read_bytes() == LEFT.encode() + b"# \xff\n"
    assert ours.stat().st_mode & 0o777 == 0o644
    assert (others.stat().st_mtime_ns, missing.exists()) == (before, False)


def test_a_list_that_cannot_be_read_is_told(tmp_path: pathlib.Path) -> None:
    os.mkdir(tmp_path / "folder")  # noqa: PTH102 - a folder where the file should be

    with pytest.raises(StorageError, match="folder"):
        forget(ENTRY, (tmp_path / "folder",))


def test_the_programs_of_one_kind_are_read_from_one_section() -> None:
    assert entries(LIST, DEFAULTS, SCHEME) == ("acedesk.desktop",)
    assert entries(LIST, ADDED, SCHEME) == ("acedesk.desktop", "other.desktop")
    assert entries(LIST, REMOVED, SCHEME) == ()


@pytest.mark.skipif(sys.platform == "win32", reason="files have no modes there")
def test_who_is_put_first_leaves_the_others_behind_it(tmp_path: pathlib.Path) -> None:
    path = tmp_path / "mimeapps.list"
    path.write_text("[Default Applications]\nx-scheme-handler/acestream=other.desktop\na/b=c\n")
    path.chmod(0o640)

    put_first(ENTRY, path, before="third.desktop")

    assert path.read_text() == (
        "[Default Applications]\n"
        "x-scheme-handler/acestream=acedesk.desktop;third.desktop;other.desktop;\n"
        "a/b=c\n"
    )
    assert path.stat().st_mode & 0o777 == 0o640


@pytest.mark.skipif(sys.platform == "win32", reason="files have no modes there")
def test_a_list_that_is_not_there_is_made_for_everybody_to_read(tmp_path: pathlib.Path) -> None:
    path = tmp_path / "config" / "mimeapps.list"

    put_first(ENTRY, path)

    assert path.read_text() == (
        "[Default Applications]\nx-scheme-handler/acestream=acedesk.desktop;\n"
    )
    assert path.stat().st_mode & 0o777 == 0o644


def test_who_is_refused_may_be_put_first_again(tmp_path: pathlib.Path) -> None:
    path = tmp_path / "mimeapps.list"
    path.write_text("[Added Associations]\na/b=c")

    refuse(ENTRY, path)
    assert entries(path.read_text(), REMOVED, SCHEME) == (ENTRY,)
    assert "[Added Associations]\na/b=c\n" in path.read_text()

    put_first(ENTRY, path)
    assert entries(path.read_text(), REMOVED, SCHEME) == ()
    assert entries(path.read_text(), DEFAULTS, SCHEME) == (ENTRY,)


@given(text=st.text(st.sampled_from("[]=;\n ab")))
def test_whatever_is_in_a_list_the_first_is_found_first(text: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder) / "mimeapps.list"
        path.write_text(text)

        put_first(ENTRY, path)

        assert entries(path.read_text(), DEFAULTS, SCHEME)[0] == ENTRY
