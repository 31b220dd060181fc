"""What is refused, for how long, and across restarts."""

import datetime
import json
import pathlib

import pytest

from acedesk.errors import LoopingStream, NotFound
from acedesk.model.content import KeyKind, StreamKey
from acedesk.store import blacklist as module
from acedesk.store.blacklist import Blacklist

ONE = StreamKey(KeyKind.CONTENT_ID, "a" * 40)
TWO = StreamKey(KeyKind.INFOHASH, "b" * 40)
WHY = "The broadcast repeats itself every 30 s."


class Clock:
    """A wall clock the test sets."""

    def __init__(self) -> None:
        self.now = datetime.datetime(2026, 3, 1, 12, 0, tzinfo=datetime.UTC)

    def __call__(self) -> datetime.datetime:
        return self.now

    def advance(self, **span: float) -> None:
        self.now += datetime.timedelta(**span)


def refused(blacklist: Blacklist, key: StreamKey) -> bool:
    try:
        blacklist.check(key)
    except LoopingStream:
        return True
    return False


async def test_a_content_is_refused_under_all_its_names() -> None:
    blacklist = Blacklist(None, lambda: 0)

    blacklist.add(ONE, TWO, why=WHY)

    with pytest.raises(LoopingStream, match="every 30 s"):
        blacklist.check(ONE)
    assert refused(blacklist, TWO)
    assert not refused(blacklist, StreamKey(KeyKind.CONTENT_ID, "a" * 40, file_index=1))


async def test_an_entry_leaves_after_its_minutes() -> None:
    clock = Clock()
    blacklist = Blacklist(None, lambda: 10, utc_now=clock)
    blacklist.add(ONE, why=WHY)

    clock.advance(minutes=9, seconds=59)
    assert refused(blacklist, ONE)

    clock.advance(seconds=1)
    assert not refused(blacklist, ONE)
    assert blacklist.entries() == ()


async def test_zero_minutes_are_for_ever() -> None:
    clock = Clock()
    blacklist = Blacklist(None, lambda: 0, utc_now=clock)
    blacklist.add(ONE, why=WHY)

    clock.advance(days=4000)

    assert refused(blacklist, ONE)


async def test_one_or_all_can_be_allowed_again() -> None:
    blacklist = Blacklist(None, lambda: 0)
    blacklist.add(ONE, TWO, why=WHY)

    blacklist.remove(ONE.stream_id)

    assert not refused(blacklist, ONE)
    assert refused(blacklist, TWO)
    with pytest.raises(NotFound):
        blacklist.remove(ONE.stream_id)
    assert blacklist.clear() == 1
    assert not refused(blacklist, TWO)


async def test_a_restart_remembers(tmp_path: pathlib.Path) -> None:
    clock = Clock()
    path = tmp_path / module.FILE_NAME
    before = Blacklist(path, lambda: 60, utc_now=clock)
    before.add(ONE, why=WHY)
    before.add(TWO, why="é")
    before.remove(ONE.stream_id)
    await before.close()

    after = Blacklist(path, lambda: 60, utc_now=clock)
    await after.load()

    assert after.entries() == before.entries()
    assert refused(after, TWO)
    clock.advance(minutes=60)
    assert not refused(after, TWO)


async def test_without_a_file_nothing_is_refused(tmp_path: pathlib.Path) -> None:
    blacklist = Blacklist(tmp_path / "none.json", lambda: 0)

    await blacklist.load()

    assert blacklist.entries() == ()


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[]",
        "{}",
        '{"streams": 5}',
        '{"streams": [5]}',
        '{"streams": [{"id": "x"}]}',
        '{"streams": [{"id": "x", "time": "2026-03-01T12:00:00", "why": ""}]}',
        '{"streams": [{"id": "x", "time": 7, "why": ""}]}',
        "[" * 100_000,
        "\x00\xff",
    ],
)
async def test_a_broken_file_is_told_and_not_used(
    tmp_path: pathlib.Path, text: str, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / module.FILE_NAME
    path.write_text(text, encoding="latin-1")
    blacklist = Blacklist(path, lambda: 0)

    await blacklist.load()
    blacklist.add(ONE, why=WHY)
    await blacklist.close()

    assert "is not used" in caplog.text
    assert json.loads(path.read_bytes())["streams"][0]["id"] == ONE.stream_id


async def test_a_full_disk_is_told_and_the_list_holds(
    tmp_path: pathlib.Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "file").write_text("in the way")
    blacklist = Blacklist(tmp_path / "file" / "list.json", lambda: 0)

    blacklist.add(ONE, why=WHY)
    await blacklist.close()

    assert refused(blacklist, ONE)
    assert "could not be saved" in caplog.text


async def test_the_list_cannot_grow_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST", 3)
    blacklist = Blacklist(None, lambda: 0)

    for number in range(5):
        blacklist.add(StreamKey(KeyKind.CONTENT_ID, f"{number:040x}"), why=WHY)

    assert [entry.stream_id[-1] for entry in blacklist.entries()] == ["2", "3", "4"]
