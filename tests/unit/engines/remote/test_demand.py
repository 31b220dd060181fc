"""One more engine is asked for when a stream finds no place, once and not again and again."""

from collections.abc import AsyncIterator

import pytest

from acedesk.engines.remote.client import OrchestratorClient
from acedesk.engines.remote.demand import PAUSE, Demand
from acedesk.engines.remote.directory import Directory
from acedesk.errors import Busy, BusyReason
from tests.fakes.loop_steps import until
from tests.fakes.orchestrator import FakeOrchestrator, engine_row

FULL = Busy(BusyReason.MAX_CAPACITY)
NONE = Busy(BusyReason.NO_ENGINE)


class Parts:
    """A demand on an orchestrator that answers."""

    def __init__(self, orchestrator: FakeOrchestrator, client: OrchestratorClient) -> None:
        self.seconds = 100.0
        self.orchestrator = orchestrator
        self.directory = Directory(client)
        self.demand = Demand(self.directory, now=lambda: self.seconds)

    @property
    def asked(self) -> int:
        return self.orchestrator.count("/provision/acestream")

    async def settled(self) -> None:
        task = self.demand._task
        assert task is not None
        await until(task.done)


@pytest.fixture
async def parts(orchestrator: FakeOrchestrator, client: OrchestratorClient) -> AsyncIterator[Parts]:
    made = Parts(orchestrator, client)
    await made.directory.refresh()
    yield made
    await made.demand.close()


@pytest.mark.parametrize("refusal", [FULL, NONE])
async def test_a_stream_without_a_place_is_told_that_an_engine_comes(
    parts: Parts, refusal: Busy
) -> None:
    parts.orchestrator.engines = [engine_row("made", 5)]

    told = parts.demand.ask(refusal)
    await parts.settled()

    assert told.reason is BusyReason.STARTING
    assert parts.asked == 1
    assert parts.directory.find("made") is not None  # without waiting for the next look


async def test_many_streams_at_once_ask_for_one_engine(parts: Parts) -> None:
    told = {parts.demand.ask(FULL).reason for _ in range(20)}
    await parts.settled()

    assert (told, parts.asked) == ({BusyReason.STARTING}, 1)


async def test_the_engine_that_was_made_joins_before_another_is_asked_for(parts: Parts) -> None:
    parts.demand.ask(FULL)
    await parts.settled()

    assert parts.demand.ask(FULL).reason is BusyReason.STARTING
    await parts.settled()
    assert parts.asked == 1
    parts.seconds += PAUSE
    parts.demand.ask(FULL)
    await parts.settled()

    assert parts.asked == 2


async def test_why_the_orchestrator_makes_none_is_what_the_player_is_told(parts: Parts) -> None:
    details = {"code": "vpn_disconnected", "message": "No VPN.", "recovery_eta_seconds": 20}
    parts.orchestrator.status = {
        "provisioning": {"can_provision": False, "blocked_reason_details": details}
    }
    parts.demand.ask(FULL)
    await parts.settled()

    told = parts.demand.ask(FULL)

    assert (told.reason, told.detail) == (BusyReason.VPN_DISCONNECTED, "No VPN.")
    parts.seconds += 21.0
    assert parts.demand.ask(FULL).reason is BusyReason.STARTING
    await parts.settled()


async def test_what_another_engine_would_not_help_asks_for_none(parts: Parts) -> None:
    memory = Busy(BusyReason.MEMORY)

    assert parts.demand.ask(memory) is memory
    assert parts.asked == 0


async def test_an_orchestrator_that_is_down_is_not_asked(parts: Parts) -> None:
    parts.orchestrator.statuses["/engines"] = 404
    await parts.directory.refresh()

    assert parts.demand.ask(FULL) is FULL
    assert parts.asked == 0


async def test_one_that_fails_while_it_is_asked_ends_nothing(parts: Parts) -> None:
    parts.orchestrator.statuses["/provision/acestream"] = 401

    parts.demand.ask(FULL)
    await parts.settled()

    assert parts.demand.ask(FULL) is FULL
