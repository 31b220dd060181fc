"""The order in which engines are made anew after their VPN container."""

import asyncio
import dataclasses
import datetime

import pytest

from acedesk.engines.pool import EnginePool
from acedesk.engines.upkeep.vpn_recovery import VpnRecovery
from acedesk.errors import AceDeskError, ContainerError, RuntimeState, RuntimeUnavailable
from acedesk.model.engine import BackendKind, EngineHealth, EngineId, EngineSpec
from acedesk.model.event import EventKind
from acedesk.model.snapshot import VpnState, VpnView
from acedesk.rules.engines.vpn_recovery import DEBOUNCE
from acedesk.settings import Settings

NOON = datetime.datetime(2026, 3, 1, 12, tzinfo=datetime.UTC)
LATER = NOON + datetime.timedelta(minutes=1)


class _Vpn:
    """A VPN with engines inside, whose making is recorded."""

    def __init__(self) -> None:
        self.view = VpnView(
            state=VpnState.CONNECTED, container_name="gluetun", container_id="a", started_time=NOON
        )
        self.now = 1000.0
        self.pool = EnginePool(Settings)
        self.outdated: set[EngineId] = set()
        self.renewed: list[str] = []
        self.errors: list[AceDeskError] = []
        self.steps: list[str] = []
        self.asked = 0
        self.recovery = VpnRecovery(
            self.pool,
            node=lambda: self.view,
            outdated=self._find,
            renew=self.renew,
            now=lambda: self.now,
            note=self._note,
        )

    def _note(self, kind: EventKind, subject: str, *, cause: str = "", **data: object) -> None:
        assert (kind, subject) == (EventKind.VPN_RECOVERY, "gluetun")
        self.steps.append(cause)

    async def _find(self) -> set[EngineId]:
        self.asked += 1
        return set(self.outdated)

    async def renew(self, engine_id: EngineId) -> None:
        if self.errors:
            raise self.errors.pop(0)
        name = self.pool.get(engine_id).name
        self.pool.forget(engine_id)
        self.put(name, f"new-{name}")
        self.outdated.discard(engine_id)
        self.renewed.append(name)

    def put(self, name: str, engine_id: str = "") -> EngineId:
        """Let an engine exist that is ready."""
        spec = EngineSpec(
            id=EngineId(engine_id or name),
            name=name,
            backend=BackendKind.DOCKER,
            host="127.0.0.1",
            port=6878,
        )
        self.pool.add(spec, health=EngineHealth.READY)
        return spec.id

    async def restart(self, *engines: EngineId) -> float | None:
        """Let the container be started anew, and these engines lose their network."""
        started = self.view.started_time
        assert started is not None
        self.view = dataclasses.replace(
            self.view, started_time=started + datetime.timedelta(minutes=1)
        )
        self.outdated |= set(engines)
        return await self.recovery.look()


@pytest.fixture
async def vpn() -> _Vpn:
    made = _Vpn()
    await made.recovery.look()
    return made


async def test_all_are_made_anew_one_after_the_other(vpn: _Vpn) -> None:
    engines = [vpn.put(f"engine-{number}") for number in (10, 2, 1)]
    outside = vpn.put("engine-3")

    await vpn.restart(*engines)

    assert vpn.renewed == ["engine-1", "engine-2", "engine-10"]
    assert vpn.steps == ["healthy", "renewed", "renewed", "renewed", "ready"]
    assert vpn.pool.find(outside) is not None


async def test_nothing_is_asked_while_nothing_changes(vpn: _Vpn) -> None:
    vpn.put("engine-1")
    asked = vpn.asked

    for _ in range(5):
        assert await vpn.recovery.look() is None

    assert (vpn.asked, vpn.steps) == (asked, [])


@pytest.mark.parametrize("state", [VpnState.CONNECTING, VpnState.UNHEALTHY, VpnState.STOPPED])
async def test_nothing_is_made_before_the_vpn_is_connected(vpn: _Vpn, state: VpnState) -> None:
    engine = vpn.put("engine-1")
    vpn.view = dataclasses.replace(vpn.view, state=state)
    await vpn.restart(engine)
    assert vpn.renewed == []

    vpn.view = dataclasses.replace(vpn.view, state=VpnState.CONNECTED)
    await vpn.recovery.look()
    assert vpn.renewed == ["engine-1"]


async def test_a_second_restart_waits_for_half_a_minute(vpn: _Vpn) -> None:
    await vpn.restart(vpn.put("engine-1"))
    vpn.now += 10

    pause = await vpn.restart(EngineId("new-engine-1"))
    assert (pause, len(vpn.renewed)) == (DEBOUNCE - 10, 1)

    vpn.now += DEBOUNCE - 10
    await vpn.recovery.look()
    assert len(vpn.renewed) == 2


async def test_one_that_fails_is_tried_again_and_does_not_stop_the_others(vpn: _Vpn) -> None:
    engines = [vpn.put("engine-1"), vpn.put("engine-2")]
    vpn.errors = [ContainerError("create", "no space left")]

    assert await vpn.restart(*engines) == DEBOUNCE
    assert vpn.renewed == ["engine-2"]
    assert vpn.steps[:3] == ["healthy", "failed", "renewed"]

    vpn.now += DEBOUNCE
    await vpn.recovery.look()
    assert vpn.renewed == ["engine-2", "engine-1"]


async def test_a_docker_that_is_away_is_asked_again(vpn: _Vpn) -> None:
    engine, failing = vpn.put("engine-1"), True

    async def find() -> set[EngineId]:
        if failing:
            raise RuntimeUnavailable(RuntimeState.NOT_RUNNING, "it is stopped")
        return {engine}

    recovery = VpnRecovery(
        vpn.pool, node=lambda: vpn.view, outdated=find, renew=vpn.renew, now=lambda: vpn.now
    )
    assert await recovery.look() == DEBOUNCE

    failing = False
    await recovery.look()
    assert vpn.renewed == ["engine-1"]


async def test_it_follows_when_it_is_woken(vpn: _Vpn) -> None:
    engine = vpn.put("engine-1")
    async with asyncio.timeout(5), asyncio.TaskGroup() as group:
        running = group.create_task(vpn.recovery.run())
        vpn.view = dataclasses.replace(vpn.view, started_time=LATER)
        vpn.outdated = {engine}
        vpn.recovery.wake()
        while not vpn.renewed:
            changed = asyncio.Event()
            disconnect = vpn.pool.changed.connect(changed.set)
            await changed.wait()
            disconnect()
        running.cancel()
