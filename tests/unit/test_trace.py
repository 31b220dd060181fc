"""For whom something is done, and what took how long."""

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from acedesk import clock, tasks, trace
from acedesk.trace import Span

TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"
PARENT = f"00-{TRACE}-00f067aa0ba902b7-01"


def test_a_request_names_its_trace() -> None:
    found = trace.parse(PARENT, "vendor=1")

    assert found is not None
    assert (found.id, found.parent, found.flags) == (TRACE, "00f067aa0ba902b7", "01")
    assert found.state == "vendor=1"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "nonsense",
        PARENT.upper(),
        f"ff-{TRACE}-00f067aa0ba902b7-01",
        f"{PARENT}-more",
        f"00-{'0' * 32}-00f067aa0ba902b7-01",
        f"00-{TRACE}-{'0' * 16}-01",
        f"00-{TRACE[1:]}-00f067aa0ba902b7-01",
        f"{PARENT}\r\nX: y",
    ],
)
def test_what_makes_no_sense_names_none(text: str) -> None:
    assert trace.parse(text) is None


def test_a_later_version_may_have_more() -> None:
    found = trace.parse(PARENT.replace("00-", "01-", 1) + "-more")

    assert found is not None
    assert found.id == TRACE


@given(st.text(), st.text())
def test_nothing_that_comes_is_passed_on_unchecked(parent: str, state: str) -> None:
    with trace.following({trace.PARENT: parent, trace.STATE: state}):
        assert not any(set(value) & set("\r\n\0") for value in trace.headers().values())


def test_what_is_done_for_a_request_passes_its_trace_on() -> None:
    assert trace.headers() == {}

    with trace.following({trace.PARENT: PARENT, trace.STATE: "a=b"}):
        assert trace.headers() == {trace.PARENT: PARENT, trace.STATE: "a=b"}
        with trace.following({trace.PARENT: "nonsense"}):
            assert trace.headers() == {}

    assert trace.headers() == {}


async def test_a_task_that_a_request_began_is_part_of_its_trace_for_some_minutes(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    go_on = asyncio.Event()

    async def work() -> list[bool]:
        first = trace.current() is not None
        await go_on.wait()
        return [first, trace.current() is not None]

    with trace.following({trace.PARENT: PARENT}):
        task = tasks.spawn(work(), name="work")
        await tasks.sleep(0)
    now = clock.monotonic()
    monkeypatch.setattr(clock, "monotonic", lambda: now + trace.LONGEST + 1)
    go_on.set()

    assert await task == [True, False]


def test_spans_are_handed_to_who_exports_them_and_else_to_nobody() -> None:
    told: list[Span] = []
    trace.ended("start", 1.0)

    with trace.exporting(told.append), trace.following({trace.PARENT: PARENT}):
        trace.ended("start", 1.5, failure="engine_refused", engine="one")
    trace.ended("start", 2.0)

    (span,) = told
    assert (span.name, span.seconds, span.failure) == ("start", 1.5, "engine_refused")
    assert span.attributes == {"engine": "one"}
    assert span.trace is not None
    assert span.trace.id == TRACE
