"""Our entry leaves the desktop's lists; everything else in them stays."""

import os
import pathlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from acedesk.errors import StorageError
from acedesk.store.link_handler import forget, lists, without_entry

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
