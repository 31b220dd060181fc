"""The log: kept for the Logs page, without what must not be posted."""

import functools
import io
import itertools
import logging
import pathlib
import sys
from collections.abc import Callable

import hypothesis
import hypothesis.strategies as st
import pytest

from acedesk import log, trace
from acedesk.log import LogRing, RepeatLimiter, redact, set_level, set_up

pytestmark = pytest.mark.usefixtures("own_logging")

HASH = "94c2fd8fb9bc8f2fc71a2cbe9d4b866f227a0209"


def record(text: str, *, name: str = "acedesk.proxy.streams.stream") -> logging.LogRecord:
    return logging.LogRecord(name, logging.INFO, __file__, 1, text, None, None)


@pytest.mark.parametrize(
    "text",
    [
        "GET /t/{}/ace/getstream?id=1",
        "GET //t//{}",
        "http://192.168.1.5:8080/t/{}/ace/manifest.m3u8",
        "Authorization: Bearer {}",
        "authorization: bearer {}",
        "X-API-Key: {}",
        "?token={}&id=1",
        "{'Authorization': 'Bearer {}'}",
        "the token {} was typed",
        "({})",
    ],
)
def test_no_token_of_a_device_is_logged(text: str) -> None:
    secret = "adabcdefghijkmnpqrstuvwxyz23"

    line = redact(text.replace("{}", secret))

    assert secret not in line
    assert "***" in line


def test_the_token_of_another_program_is_not_logged_either() -> None:
    assert redact("GET /t/hunter2/ace") == "GET /t/***/ace"
    assert redact("Authorization: Bearer hunter.2-x") == "Authorization: Bearer ***"


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


PIECES = ["Token", "api_\u212aey", "pa\u017fsword", "x-API-key", "BEARER", "ad" + "k" * 26, HASH]
PIECES += ["://", "/T/", "@", ":", "=", " ", "me", "geheim"]


@hypothesis.given(st.lists(st.sampled_from(PIECES), max_size=9).map("".join))
def test_no_pattern_is_left_out_that_would_find_something(text: str) -> None:
    every = log._USER_INFO.sub("***", log._TOKEN.sub("***", log._HASH.sub(r"\1…\2", text)))
    every = log._BEARER.sub(r"\1***", log._SECRET.sub(r"\1***", every))

    assert redact(text) == every


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
    assert (row.source, row.text, row.level) == (
        "proxy.stream",
        "id 94c2…0209",
        logging.INFO,
    )
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


def test_a_line_that_cannot_be_formatted_is_told_and_raises_nothing() -> None:
    ring = LogRing()

    ring.emit(logging.LogRecord("acedesk.x", logging.INFO, __file__, 1, "%d", ("one",), None))

    assert [row.text for row in ring.since(0)] == ["a line of the log cannot be shown: TypeError"]


def test_a_line_that_cannot_be_formatted_disturbs_no_caller(
    tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    closed = io.StringIO()
    monkeypatch.setattr(sys, "stderr", closed)
    ring = set_up("info", folder=tmp_path)
    closed.close()

    bad = logging.LogRecord("acedesk.x", logging.INFO, __file__, 1, "%d", ("one",), None)
    for handler in logging.getLogger().handlers:
        if isinstance(handler, RepeatLimiter):
            handler.handle(bad)
    logging.getLogger("acedesk.test").info("goes on")

    assert [row.text for row in ring.since(0)][1:] == ["goes on"]


class Repeating:
    """A log without repetitions, at times that the test sets.

    Attributes:
        now: Seconds of the wall clock.
    """

    def __init__(self) -> None:
        self.ring = LogRing()
        self.limiter = RepeatLimiter(self.ring)
        self.now = 1_000_000.0

    def say(
        self,
        text: str,
        *args: object,
        name: str = "acedesk.proxy.streams.stream",
        level: int = logging.INFO,
        error: Exception | None = None,
    ) -> None:
        """Log something now."""
        info = None if error is None else (type(error), error, error.__traceback__)
        line = logging.LogRecord(name, level, __file__, 1, text, args, info)
        line.created = self.now
        self.limiter.handle(line)

    @property
    def rows(self) -> list[str]:
        """The first line of each row of the log."""
        return [row.text.split("\n")[0] for row in self.ring.since(0)]


def _fail(text: str) -> None:
    raise ValueError(text)


def caught(work: Callable[[], object]) -> Exception:
    """Return what `work` raises."""
    try:
        work()
    except Exception as exc:  # noqa: BLE001 - any will do
        return exc
    raise AssertionError


def test_what_repeats_is_written_once_a_minute_with_a_count() -> None:
    logged = Repeating()

    for _ in range(3 * 60 * 16):
        logged.say("engine %s is away", "one")
        logged.now += 1 / 16
    logged.say("something else")

    assert logged.rows == [
        "engine one is away",
        "engine one is away (repeated 959 times in the last minute)",
        "engine one is away (repeated 960 times in the last minute)",
        "engine one is away (repeated 960 times in the last minute)",
        "something else",
    ]


def test_a_count_names_part_level_and_time_as_what_it_counts() -> None:
    logged = Repeating()
    logged.say("away", level=logging.WARNING)
    logged.say("away", level=logging.WARNING)
    logged.now += 61.0

    logged.say("something else", name="acedesk.vpn")

    counted = logged.ring.since(0)[1]
    assert counted.text == "away (repeated 1 time in the last minute)"
    assert (counted.source, counted.level) == ("proxy.stream", logging.WARNING)
    assert counted.time.timestamp() == logged.now


def test_what_comes_again_after_a_quiet_minute_is_written_again() -> None:
    logged = Repeating()
    logged.say("away")
    logged.now += 60.0

    logged.say("away")

    assert logged.rows == ["away", "away"]


@pytest.mark.parametrize(
    ("args", "named"),
    [
        (("two",), {}),
        (("one",), {"name": "acedesk.vpn"}),
        (("one",), {"level": logging.ERROR}),
    ],
)
def test_what_differs_is_no_repetition(args: tuple[str], named: dict[str, object]) -> None:
    logged = Repeating()
    logged.say("engine %s is away", "one")

    logged.say("engine %s is away", *args, **named)  # type: ignore[arg-type]

    assert len(logged.rows) == 2


def test_errors_from_one_place_are_one_whatever_they_say() -> None:
    logged = Repeating()
    for text in ("a", "b", "c"):
        logged.say("stream %s fails", text, error=caught(functools.partial(_fail, text)))
    logged.say("a stream fails", error=caught(lambda: 1 / 0))
    logged.say("a stream fails", error=caught(lambda: [][0]))

    logged.limiter.close()

    assert logged.rows == [
        "stream a fails",
        "a stream fails",
        "a stream fails",
        "stream a fails: ValueError (repeated 2 times in the last minute)",
    ]


def test_errors_without_a_place_are_told_apart_by_their_text() -> None:
    logged = Repeating()

    for text in ("a", "b", "a"):
        logged.say("stream %s fails", text, error=ValueError())

    assert logged.rows == ["stream a fails", "stream b fails"]


def test_counts_that_wait_are_written_at_the_end() -> None:
    logged = Repeating()
    for text in ("a", "b", "a", "b", "b", "c"):
        logged.say(text)

    logged.limiter.close()
    logged.limiter.close()

    assert logged.rows[3:] == [
        "a (repeated 1 time in the last minute)",
        "b (repeated 2 times in the last minute)",
    ]


def test_counts_are_written_when_asked_for_and_counting_goes_on() -> None:
    ring = set_up("info", to_stderr=False)
    for _ in range(3):
        logging.getLogger("acedesk.test").info("away")

    log.flush()
    log.flush()
    logging.getLogger("acedesk.test").info("away")

    assert [row.text for row in ring.since(0)] == [
        "away",
        "away (repeated 2 times in the last minute)",
    ]


def test_only_the_newest_thousand_lines_are_remembered_and_no_count_is_lost() -> None:
    logged = Repeating()
    logged.say("first")
    logged.say("first")

    for number in range(log.REMEMBERED):
        logged.say(f"line {number}")

    assert len(logged.limiter._repeats) == log.REMEMBERED
    assert "first (repeated 1 time in the last minute)" in logged.rows


def test_a_clock_that_is_set_back_hides_nothing_for_longer() -> None:
    logged = Repeating()
    logged.say("away")
    logged.now -= 3600.0

    logged.say("away")

    assert logged.rows == ["away", "away"]


def test_a_line_that_cannot_be_formatted_is_no_repetition() -> None:
    logged = Repeating()

    logged.say("%d", "one")
    logged.say("%d", "one")

    assert len(logged.rows) == 2


@hypothesis.given(st.lists(st.tuples(st.sampled_from("abc"), st.floats(0.0, 90.0)), max_size=60))
def test_every_line_is_written_or_counted_and_none_twice_in_a_minute(
    lines: list[tuple[str, float]],
) -> None:
    logged = Repeating()
    for text, passed in lines:
        logged.now += passed
        logged.say(text)
    logged.limiter.close()

    for text in "abc":
        rows = [row for row in logged.ring.since(0) if row.text[0] == text]
        counts = [int(row.text.split()[2]) if " " in row.text else 1 for row in rows]
        times = [row.time.timestamp() for row in rows]
        assert sum(counts) == sum(text == said for said, _ in lines)
        assert all(b - a >= 59.9 for a, b in itertools.pairwise(times[:-1]))


def test_the_file_repeats_nothing_and_gets_the_count_when_logging_ends(
    tmp_path: pathlib.Path,
) -> None:
    set_up("info", folder=tmp_path, to_stderr=False)
    for _ in range(5):
        logging.getLogger("acedesk.test").info("away")

    set_up("info", to_stderr=False)

    lines = (tmp_path / "acedesk.log").read_text(encoding="utf-8").splitlines()
    assert [line.split("acedesk.test  ")[1] for line in lines] == [
        "away",
        "away (repeated 4 times in the last minute)",
    ]


@pytest.mark.parametrize(
    ("logger", "source"),
    [
        ("acedesk.proxy.ingest.supply_log", "proxy.supply_log"),
        ("acedesk.proxy.data_plane", "proxy.data_plane"),
        ("acedesk.compose", "compose"),
        ("asyncio", "asyncio"),
    ],
)
def test_people_see_the_part_and_its_module_and_no_folders_between(
    logger: str, source: str
) -> None:
    ring = log.LogRing()

    ring.handle(logging.LogRecord(logger, logging.INFO, "", 0, "text", None, None))

    assert [row.source for row in ring.since(0)] == [source]


def test_the_password_in_an_address_is_not_logged() -> None:
    for name in ("user", ""):
        told = redact(f"cannot reach redis://{name}:geheim@192.0.2.1:6379/0 now")
        assert told == "cannot reach redis://***@192.0.2.1:6379/0 now"
    assert redact("http://192.0.2.1:8080/a?b=c@d") == "http://192.0.2.1:8080/a?b=c@d"


def test_a_line_that_is_written_for_a_request_names_its_trace(tmp_path: pathlib.Path) -> None:
    ring = set_up("info", folder=tmp_path, to_stderr=False)
    logger = logging.getLogger("acedesk.test")

    with trace.following({"traceparent": f"00-{'4b' * 16}-00f067aa0ba902b7-01"}):
        logger.info("plays after %.1f s", 0.4)
    logger.info("another line")

    assert [row.text for row in ring.since(0)] == [
        f"plays after 0.4 s (trace {'4b' * 16})",
        "another line",
    ]
