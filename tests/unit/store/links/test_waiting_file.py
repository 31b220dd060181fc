"""The file of the links that wait: they are there at the next start, in order, and nothing else."""

import json
import os
import pathlib
import sys
import threading

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from acedesk.model.content import KeyKind, Link, StreamKey
from acedesk.store.links import waiting_file
from acedesk.store.links.waiting_file import FILE_NAME, LARGEST_FILE, MOST, WaitingFile

HASH = "5" * 36 + "a9e1"
LINKS = (
    Link(key=StreamKey(KeyKind.CONTENT_ID, HASH), title="Club “TV”"),
    Link(key=StreamKey(KeyKind.INFOHASH, HASH, 3)),
    Link(key=StreamKey(KeyKind.MAGNET, f"magnet:?xt=urn:btih:{HASH}&dn=x")),
    Link(key=StreamKey(KeyKind.URL, "https://example.org/a.acelive")),
)


def _numbered(number: int) -> Link:
    return Link(key=StreamKey(KeyKind.CONTENT_ID, f"{number:040x}"))


def _keep(folder: pathlib.Path, *links: Link) -> None:
    file = WaitingFile(folder)
    file.keep(links)
    file.write()


def test_links_of_every_kind_are_there_at_the_next_start(tmp_path: pathlib.Path) -> None:
    _keep(tmp_path / "new folder", *LINKS)

    assert WaitingFile(tmp_path / "new folder").load().links == LINKS


def test_without_a_file_no_link_waits(tmp_path: pathlib.Path) -> None:
    assert WaitingFile(tmp_path).load().links == ()


def test_while_no_link_waits_there_is_no_file(tmp_path: pathlib.Path) -> None:
    _keep(tmp_path, *LINKS)

    _keep(tmp_path)

    assert list(tmp_path.iterdir()) == []


def test_without_a_change_nothing_is_written(tmp_path: pathlib.Path) -> None:
    _keep(tmp_path / "some", *LINKS)
    for folder, links in ((tmp_path / "some", LINKS), (tmp_path / "none", ())):
        file = WaitingFile(folder)
        file.load()

        assert not file.keep(links)


def test_links_that_come_back_while_others_are_written_are_written(
    tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = WaitingFile(tmp_path)
    file.keep(LINKS)
    file.write()
    said: list[bool] = []
    unlink = pathlib.Path.unlink

    def come_back(path: pathlib.Path, *, missing_ok: bool = False) -> None:
        said.append(file.keep(LINKS))
        unlink(path, missing_ok=missing_ok)

    monkeypatch.setattr(pathlib.Path, "unlink", come_back)
    file.keep(())
    file.write()

    assert said == [True]
    file.write()
    assert WaitingFile(tmp_path).load().links == LINKS


@pytest.mark.skipif(sys.platform == "win32", reason="files have no modes there")
def test_only_its_owner_reads_what_was_to_be_watched(tmp_path: pathlib.Path) -> None:
    _keep(tmp_path, *LINKS)

    assert (tmp_path / FILE_NAME).stat().st_mode & 0o077 == 0


def test_what_was_said_last_is_written_in_whatever_order_threads_come(
    tmp_path: pathlib.Path,
) -> None:
    file = WaitingFile(tmp_path)
    for number in range(20):
        assert file.keep([_numbered(number)])
        threading.Thread(target=file.write).start()

    file.write()

    assert file.load().links == (_numbered(19),)


def test_what_was_wanted_before_is_written_again_though_it_stands_there_yet(
    tmp_path: pathlib.Path,
) -> None:
    file = WaitingFile(tmp_path)
    file.keep(LINKS)
    file.write()

    assert file.keep(LINKS[:1])
    assert file.keep(LINKS), "the shorter list may be on its way to the disk"


def test_the_same_links_again_need_not_be_written(tmp_path: pathlib.Path) -> None:
    file = WaitingFile(tmp_path)
    file.keep(LINKS)
    file.write()

    assert not file.keep(LINKS)


def test_of_very_many_the_last_are_kept(tmp_path: pathlib.Path) -> None:
    _keep(tmp_path, *map(_numbered, range(MOST + 5)))

    assert WaitingFile(tmp_path).load().links == tuple(map(_numbered, range(5, MOST + 5)))


def test_a_file_made_by_others_holds_no_text_that_would_deceive(tmp_path: pathlib.Path) -> None:
    entries = [
        {"kind": "content_id", "value": HASH, "title": "a\u202eb\n" + "x" * 5000},
        {"kind": "content_id", "value": HASH, "title": "the same again"},
        {"kind": "content_id", "value": "not hexadecimal"},
        {"kind": "file", "value": "/etc/passwd"},
        {"kind": "url", "value": 7},
        {"kind": ["url"], "value": "https://example.org/"},
        {"kind": "infohash", "value": HASH, "file_index": -1},
        "text",
    ]
    (tmp_path / FILE_NAME).write_text(json.dumps(entries))

    (link,) = WaitingFile(tmp_path).load().links

    assert link.key == LINKS[0].key
    assert link.title == "the same again"


@pytest.mark.parametrize(
    "data", [b"", b"{", b"\xff\xfe\x00", b"{}", b'"text"', b"null", b"[" * 100_000]
)
def test_a_broken_file_is_as_good_as_none(tmp_path: pathlib.Path, data: bytes) -> None:
    (tmp_path / FILE_NAME).write_bytes(data)

    assert WaitingFile(tmp_path).load().links == ()


def test_a_huge_file_is_not_read(tmp_path: pathlib.Path) -> None:
    (tmp_path / FILE_NAME).write_text(json.dumps(["x" * waiting_file.LARGEST_FILE]))

    assert WaitingFile(tmp_path).load().links == ()


@given(data=st.binary(max_size=200))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_content_raises(tmp_path: pathlib.Path, data: bytes) -> None:
    (tmp_path / FILE_NAME).write_bytes(data)

    assert isinstance(WaitingFile(tmp_path).load().links, tuple)


def test_a_disk_that_takes_nothing_is_no_error(tmp_path: pathlib.Path) -> None:
    (tmp_path / "file").write_text("in the way")

    _keep(tmp_path / "file", *LINKS)

    assert WaitingFile(tmp_path / "file").load().links == ()


def test_what_was_loaded_need_not_be_written(tmp_path: pathlib.Path) -> None:
    _keep(tmp_path, *LINKS)
    file = WaitingFile(tmp_path)

    assert not file.keep(file.load().links)
    assert file.keep(())


@pytest.mark.parametrize(
    "broken", [b"", b"{", b"\xff\xfe", b"[" * 100_000, b"x" * (LARGEST_FILE + 1)]
)
def test_a_file_that_cannot_be_used_does_not_stay(tmp_path: pathlib.Path, broken: bytes) -> None:
    (tmp_path / FILE_NAME).write_bytes(broken)
    file = WaitingFile(tmp_path)

    assert file.load().links == ()
    assert file.keep(())
    file.write()

    assert list(tmp_path.iterdir()) == []


def test_what_is_written_is_read_however_long_the_links_are(tmp_path: pathlib.Path) -> None:
    links = [
        Link(key=StreamKey(KeyKind.URL, f"https://example.org/{n}/{'a' * 8_100}"), title="😀" * 200)
        for n in range(MOST)
    ]
    _keep(tmp_path, *links)

    assert len(WaitingFile(tmp_path).load().links) == MOST


def test_a_number_of_any_length_costs_its_own_link_only(tmp_path: pathlib.Path) -> None:
    _keep(tmp_path, *LINKS[:2])
    text = (tmp_path / FILE_NAME).read_text("utf-8")
    (tmp_path / FILE_NAME).write_text(
        text.replace('"file_index": 3', f'"file_index": {"9" * 5000}')
    )

    assert WaitingFile(tmp_path).load().links == LINKS[:1]


@pytest.mark.skipif(sys.platform == "win32", reason="there are no pipes in folders")
def test_a_pipe_in_its_place_is_not_waited_for(tmp_path: pathlib.Path) -> None:
    os.mkfifo(tmp_path / FILE_NAME)

    assert WaitingFile(tmp_path).load().links == ()
