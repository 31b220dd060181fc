"""Requests to an orchestrator: bounded, retried, hedged, given up for a while."""

import pytest

from acedesk import trace
from acedesk.engines.remote import requests as module
from acedesk.engines.remote.requests import LIMITS, TRIES, OrchestratorRequests
from acedesk.errors import OrchestratorRejected, OrchestratorTrouble, OrchestratorUnavailable
from tests.fakes.orchestrator import FakeOrchestrator, engine_row

KEY = "s3cret-key"


class Clock:
    """A clock that a test sets."""

    def __init__(self) -> None:
        self.seconds = 100.0

    def __call__(self) -> float:
        return self.seconds


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "FIRST_PAUSE", 0.001)
    monkeypatch.setattr(module, "LONGEST_PAUSE", 0.002)


async def trouble(requests: OrchestratorRequests, path: str = "/engines") -> OrchestratorTrouble:
    """Return what is wrong when this is read."""
    with pytest.raises(OrchestratorUnavailable) as caught:
        await requests.read(path)
    return caught.value.trouble


async def test_the_trace_of_a_request_is_passed_on(
    orchestrator: FakeOrchestrator, requests: OrchestratorRequests
) -> None:
    parent = f"00-{'4b' * 16}-00f067aa0ba902b7-01"

    await requests.ask("GET", "/engines")
    with trace.following({"traceparent": parent}):
        await requests.ask("GET", "/engines")

    assert orchestrator.traces == [parent]


async def test_what_is_there_is_read(
    orchestrator: FakeOrchestrator, requests: OrchestratorRequests
) -> None:
    orchestrator.engines = [engine_row("one", 1)]

    assert b'"one"' in await requests.read("/engines")
    assert requests.counts.requests == 1
    assert requests.counts.failures == 0
    assert requests.counts.view().outcomes["ok"] == 1


async def test_the_key_is_sent_and_stands_in_no_error(orchestrator: FakeOrchestrator) -> None:
    orchestrator.key = KEY
    right = OrchestratorRequests(orchestrator.url, KEY)
    wrong = OrchestratorRequests(orchestrator.url, KEY + "x")

    assert await right.read("/engines") == b"[]"
    with pytest.raises(OrchestratorUnavailable) as caught:
        await wrong.read("/engines")

    assert caught.value.trouble is OrchestratorTrouble.REFUSED
    assert KEY not in repr(caught.value) + repr(wrong)
    for one in (right, wrong):
        await one.close()


async def test_a_failing_one_is_asked_again_before_it_is_given_up(
    orchestrator: FakeOrchestrator, requests: OrchestratorRequests
) -> None:
    orchestrator.statuses["/engines"] = 500

    assert await trouble(requests) is OrchestratorTrouble.FAILING
    assert orchestrator.count("/engines") == TRIES
    assert requests.counts.retries == TRIES - 1
    assert sum(requests.counts.view().outcomes.values()) == TRIES


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        (401, OrchestratorTrouble.REFUSED),
        (403, OrchestratorTrouble.REFUSED),
        (404, OrchestratorTrouble.INVALID),
        (302, OrchestratorTrouble.INVALID),
    ],
)
async def test_what_another_try_would_not_change_is_not_tried_again(
    orchestrator: FakeOrchestrator,
    requests: OrchestratorRequests,
    status: int,
    expected: OrchestratorTrouble,
) -> None:
    orchestrator.statuses["/engines"] = status

    assert await trouble(requests) is expected
    assert orchestrator.count("/engines") == 1


async def test_nothing_that_listens_is_told_with_the_systems_words() -> None:
    nobody = OrchestratorRequests("http://127.0.0.1:9", "")

    with pytest.raises(OrchestratorUnavailable) as caught:
        await nobody.read("/engines")

    assert caught.value.trouble is OrchestratorTrouble.SILENT
    assert "refused" in caught.value.detail
    await nobody.close()


async def test_a_slow_answer_is_asked_for_a_second_time_beside_it(
    orchestrator: FakeOrchestrator,
    requests: OrchestratorRequests,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(module, "HEDGE_AFTER", 0.01)
    orchestrator.silent["/engines"] = 1

    assert await requests.read("/engines") == b"[]"
    assert requests.counts.hedged == 1


async def test_a_silent_one_fails_in_time(
    orchestrator: FakeOrchestrator, requests: OrchestratorRequests
) -> None:
    orchestrator.silent["/engines"] = 100

    with pytest.raises(OrchestratorUnavailable) as caught:
        await requests.read("/engines", timeout=0.02)

    assert caught.value.detail == "it did not answer within 0.02 s"


async def test_an_endless_answer_is_given_up(
    orchestrator: FakeOrchestrator,
    requests: OrchestratorRequests,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(module, "LONGEST_ANSWER", 1000)
    orchestrator.bodies["/engines"] = "[" + " " * 2000

    assert await trouble(requests) is OrchestratorTrouble.INVALID


async def test_after_failures_in_a_row_only_who_looks_may_ask(
    orchestrator: FakeOrchestrator,
) -> None:
    now = Clock()
    requests = OrchestratorRequests(orchestrator.url, "", now=now, draw=lambda: 0.0)
    orchestrator.statuses["/engines"] = 500
    while not requests.is_paused():
        await trouble(requests)
    asked = len(orchestrator.asked)

    assert await trouble(requests, "/streams") is OrchestratorTrouble.PAUSED
    assert len(orchestrator.asked) == asked
    now.seconds += LIMITS.recovery + 1
    assert requests.is_paused()  # half open: the trial is theirs who look
    orchestrator.statuses.clear()
    assert await requests.read("/engines", looking=True) == b"[]"
    assert not requests.is_paused()
    await requests.close()


async def test_an_answer_that_refuses_one_thing_is_no_failure(
    orchestrator: FakeOrchestrator, requests: OrchestratorRequests
) -> None:
    orchestrator.statuses["/events/batch"] = 422

    for _ in range(LIMITS.failures + 1):
        answer = await requests.ask("POST", "/events/batch", body="{}")
        assert answer.status == 422

    assert not requests.is_paused()


async def test_messages_of_a_websocket_come_until_it_ends(
    orchestrator: FakeOrchestrator, requests: OrchestratorRequests
) -> None:
    async with requests.open_socket("/ws/engines") as messages:
        first = await anext(messages)
        await orchestrator.stop()
        rest = [one async for one in messages]

    assert '"snapshot"' in first
    assert rest == []


async def test_where_there_is_no_websocket_that_is_told_apart(
    orchestrator: FakeOrchestrator, requests: OrchestratorRequests
) -> None:
    orchestrator.modern = False

    with pytest.raises(OrchestratorRejected):
        async with requests.open_socket("/ws/engines"):
            pass


@pytest.mark.parametrize("status", [401, 403])
async def test_one_of_the_python_era_may_forbid_the_websocket_that_it_has_not(
    orchestrator: FakeOrchestrator, requests: OrchestratorRequests, status: int
) -> None:
    orchestrator.statuses["/ws/engines"] = status

    with pytest.raises(OrchestratorRejected):
        async with requests.open_socket("/ws/engines"):
            pass


async def test_a_websocket_that_fails_says_why(
    orchestrator: FakeOrchestrator, requests: OrchestratorRequests
) -> None:
    orchestrator.statuses["/ws/engines"] = 500

    with pytest.raises(OrchestratorUnavailable, match="500"):
        async with requests.open_socket("/ws/engines"):
            pass


def test_waits_grow_with_the_failures() -> None:
    requests = OrchestratorRequests("http://127.0.0.1:9", "", draw=lambda: 1.0)

    assert [requests.pause(n, first=1.0, longest=3.0) for n in (1, 2, 3)] == [1.0, 2.0, 3.0]
