"""An engine without fault injection, as in a package: it plays, and nobody can order anything."""

import sys
from collections.abc import AsyncIterator

import aiohttp
import pytest

from acedesk.demo.disturbances import UNDISTURBED, BodyState, NoDisturbances
from acedesk.demo.engine import DemoEngine
from acedesk.demo.fault_injection.faults import Fault, FaultKind
from acedesk.mpegts.packets import PACKET
from tests.unit.demo.conftest import QUICK, Caller


@pytest.fixture
async def packed(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Caller]:
    monkeypatch.setitem(sys.modules, "acedesk.demo.fault_injection.fault_orders", None)
    engine = DemoEngine((QUICK,))
    port = await engine.start()
    async with aiohttp.ClientSession(f"http://127.0.0.1:{port}") as http:
        yield Caller(engine, http)
    await engine.close()


async def test_it_plays_the_test_channel(packed: Caller) -> None:
    told = await packed.open()

    async with packed.http.get(told["playback_url"]) as body:
        data = await body.content.readexactly(200 * PACKET)

    assert set(data[::PACKET]) == {0x47}


@pytest.mark.parametrize("name", ["fault", "event", "state", "reset"])
async def test_nothing_can_be_ordered_over_http(packed: Caller, name: str) -> None:
    answer = await packed.ask(f"/demo/{name}", kind="stall")

    assert answer.status == 404


async def test_its_state_names_no_faults(packed: Caller) -> None:
    packed.engine.clear_faults()

    assert packed.engine.state()["faults"] == []


async def test_an_order_changes_nothing() -> None:
    nothing = NoDisturbances()
    nothing.order(Fault(kind=FaultKind.STALL), 0.0)

    assert nothing.of_body("", 0.0).state(1.0) == UNDISTURBED
    assert (list(nothing.middlewares(None)), list(nothing.routes(None))) == ([], [])


@pytest.mark.parametrize(
    ("kind", "state"),
    [
        (FaultKind.STALL, BodyState(flow=0.0)),
        (FaultKind.HANG, BodyState(flow=0.0)),
        (FaultKind.SLOW, BodyState(flow=0.5)),
        (FaultKind.GARBAGE, BodyState(garbage=True)),
        (FaultKind.CLOSE, BodyState(flow=0.0, breaks=True)),
        (FaultKind.RESET, BodyState(flow=0.0, breaks=True, reset=True)),
    ],
)
def test_each_fault_of_a_body_does_its_own(kind: FaultKind, state: BodyState) -> None:
    assert Fault(kind=kind, factor=0.5).body_state == state
