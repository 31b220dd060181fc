"""The log: kept for the Logs page, without what must not be posted."""

import logging
import pathlib

import hypothesis
import hypothesis.strategies as st
import pytest

from acedesk.log import LogRing, redact, set_level, set_up

HASH = "94c2fd8fb9bc8f2fc71a2cbe9d4b866f227a0209"


@pytest.fixture(autouse=True)
def own_logging():  # type: ignore[no-untyped-def]
    """Give the root logger back as it was."""
    root, ours = logging.getLogger(), logging.getLogger("acedesk")
    before = (list(root.handlers), root.level, ours.level)
    yield
    for handler in set(root.handlers) - set(before[0]):
        root.removeHandler(handler)
        handler.close()
    root.setLevel(before[1])
    ours.setLevel(before[2])


def record(text: str, *, name: str = "acedesk.proxy.stream") -> logging.LogRecord:
    return logging.LogRecord(name, logging.INFO, __file__, 1, text, None, None)


def test_ids_are_shortened() -> None:
    assert redact(f"stream {HASH} begins") == "stream 94c2…0209 begins"


@pytest.mark.parametrize(
    "text",
    [
        "token=abc123",
        "api_key: abc123",
        "password abc123",
        "X-API-Key: abc123",
        "?token=abc123&x=1",
    ],
)
def test_secrets_are_removed(text: str) -> None:
    assert "abc123" not in redact(text)


@hypothesis.given(before=st.text(), after=st.text())
def test_no_id_survives_between_other_text(before: str, after: str) -> None:
    if before[-1:].isalnum() or after[:1].isalnum():
        return
    assert HASH not in redact(before + HASH + after)


@hypothesis.given(rows=st.integers(1, 20), written=st.integers(0, 60), since=st.integers(0, 80))
def test_the_ring_gives_each_kept_row_from_a_number_on(rows: int, written: int, since: int) -> None:
    ring = LogRing(rows)
    for number in range(written):
        ring.emit(record(str(number)))

    found = ring.since(since)

    kept = range(max(0, written - rows), written)
    assert [row.number for row in found] == [number for number in kept if number >= since]
    assert all(row.text == str(row.number) for row in found)
    assert ring.next_number == written


def test_a_row_names_the_part_it_came_from() -> None:
    ring = LogRing()

    ring.emit(record(f"id {HASH}"))

    row = ring.since(0)[0]
    assert (row.source, row.text, row.level) == ("proxy.stream", "id 94c2…0209", logging.INFO)
    assert row.time.tzinfo is not None


def test_the_file_is_written_without_secrets(tmp_path: pathlib.Path) -> None:
    set_up("info", folder=tmp_path / "log", to_stderr=False)

    logging.getLogger("acedesk.test").info("hello %s", HASH)

    assert "hello 94c2…0209" in (tmp_path / "log" / "acedesk.log").read_text(encoding="utf-8")


def test_a_folder_that_cannot_be_written_is_only_a_warning(tmp_path: pathlib.Path) -> None:
    (tmp_path / "file").write_text("")

    ring = set_up("info", folder=tmp_path / "file" / "log", to_stderr=False)

    assert any("no log file" in row.text for row in ring.since(0))


def test_other_libraries_stay_at_warnings(tmp_path: pathlib.Path) -> None:
    ring = set_up("debug", to_stderr=False)

    logging.getLogger("foreign").info("chatter")
    logging.getLogger("acedesk.test").debug("ours")
    set_level("error")
    logging.getLogger("acedesk.test").warning("not now")

    assert [row.text for row in ring.since(0)] == ["ours"]


def test_setting_up_again_replaces_the_ring() -> None:
    first = set_up("info", to_stderr=False)
    second = set_up("info", to_stderr=False)

    logging.getLogger("acedesk.test").info("once")

    assert (len(first.since(0)), len(second.since(0))) == (0, 1)
