"""What windows and API may ask about engines, and how long is waited for one."""

import asyncio
import dataclasses
import sys

import pytest

from acedesk import tasks
from acedesk.application import engines as module
from acedesk.application.engines import PROVISION_MARGIN, EngineControl
from acedesk.containers.docker_start import DockerStarter, StartWay
from acedesk.engines import prober
from acedesk.errors import (
    BadRequest,
    Busy,
    BusyReason,
    DockerNotStarted,
    EngineUnreachable,
    NotFound,
    RuntimeState,
)
from acedesk.model.content import KeyKind, StreamKey
from acedesk.model.engine import (
    BackendKind,
    BreakerState,
    EngineHealth,
    EngineId,
    EngineIntent,
    EngineSpec,
    EngineState,
    ProvisionState,
    Purpose,
)
from acedesk.model.snapshot import VpnState
from tests.fakes.loop_steps import let_others_run
from tests.unit.application.conftest import Parts

KEY = StreamKey(KeyKind.CONTENT_ID, "a" * 40)
DOES_NOTHING = (sys.executable, "-c", "")


@pytest.fixture
def hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let engines be asked often whether they are there."""
    monkeypatch.setattr(prober, "STARTING_INTERVAL", 0.02)


# Making


async def test_an_added_engine_is_watched_by_its_id(parts: Parts) -> None:
    provision = await parts.engines.add()

    assert [view.id for view in parts.manager.provisions()] == [provision]
    await parts.engines.cancel_provision(provision)
    await parts.until(lambda: parts.manager.provisions()[0].state is ProvisionState.CANCELLED)
    assert await parts.demo.adopt() == ()


@pytest.mark.usefixtures("hurry")
async def test_a_provisioned_engine_answers(parts: Parts) -> None:
    running = tasks.spawn(parts.manager.run(), name="manager")

    spec = await parts.engines.provision()

    assert await parts.client.check(spec.host, spec.port, timeout=5.0) < 5
    view = parts.pool.find(spec.id)
    assert view is not None
    assert view.state is EngineState.READY
    await tasks.cancel(running)


@pytest.mark.usefixtures("hurry")
async def test_the_same_request_repeated_is_the_same_engine(parts: Parts) -> None:
    running = tasks.spawn(parts.manager.run(), name="manager")

    first, second = await asyncio.gather(
        parts.engines.provision("one"), parts.engines.provision("one")
    )

    assert first == second
    assert len(await parts.demo.adopt()) == 1
    await tasks.cancel(running)


async def test_an_engine_is_waited_for_as_long_as_the_settings_say(parts: Parts) -> None:
    parts.settings = dataclasses.replace(parts.settings, engine_start_timeout=1.0)
    loop = asyncio.get_running_loop()
    began_at = loop.time()

    with pytest.raises(Busy) as caught:  # nobody probes it, so it is never ready
        await parts.engines.provision()

    assert caught.value.reason is BusyReason.STARTING
    assert 0.9 + PROVISION_MARGIN < loop.time() - began_at < 5.0 + PROVISION_MARGIN


async def test_what_is_unknown_is_not_found(parts: Parts) -> None:
    spec = await parts.make_engine()
    parts.pool.forget(spec.id)

    for wanted in (
        parts.engines.cancel_provision("nothing"),
        parts.engines.restart(spec.id),
        parts.engines.remove(spec.id),
        parts.engines.read_log(spec.id),
        parts.engines.take_over("nothing"),
        parts.engines.remove_orphan("nothing"),
    ):
        with pytest.raises(NotFound):
            await wanted


# One engine


async def test_a_restarted_engine_has_to_answer_again(parts: Parts) -> None:
    spec = await parts.make_engine()
    before = parts.engine(spec)

    await parts.engines.restart(spec.id)

    assert parts.pool.views()[0].health is EngineHealth.STARTING
    assert parts.engine(spec) is not before


async def test_a_removed_engine_listens_no_more(parts: Parts) -> None:
    spec = await parts.make_engine()

    await parts.engines.remove(spec.id)

    assert parts.pool.views() == ()
    with pytest.raises(ConnectionRefusedError):
        await asyncio.open_connection(spec.host, spec.port)


async def test_the_last_lines_of_its_log_can_be_read(parts: Parts) -> None:
    spec = await parts.make_engine()

    everything = await parts.engines.read_log(spec.id)
    last = await parts.engines.read_log(spec.id, 1)

    assert everything.count("\n") == 1
    assert last == everything.splitlines()[-1]


@pytest.mark.parametrize("act", ["take_over", "remove_orphan"])
async def test_an_engine_in_use_elsewhere_is_touched_only_when_it_is_confirmed(
    parts: Parts, act: str
) -> None:
    orphan = parts.put(3, "another")
    await parts.manager.start()

    with pytest.raises(BadRequest):
        await getattr(parts.engines, act)(orphan)
    assert len(parts.manager.orphans.views()) == 1

    await getattr(parts.engines, act)(orphan, confirmed=True)
    assert parts.manager.orphans.views() == ()
    assert (orphan in parts.runtime.containers) is (act == "take_over")


async def test_looking_now_looks_at_docker_engines_and_vpn(parts: Parts) -> None:
    spec = await parts.make_engine()
    parts.put(3, "another")
    parts.pool.set_health(spec.id, EngineHealth.UNREACHABLE)

    await parts.engines.check_now()

    assert parts.pool.views()[0].health is EngineHealth.READY
    assert len(parts.manager.orphans.views()) == 1
    assert parts.vpn.view.state is VpnState.ABSENT


# Waiting


async def test_where_nothing_is_coming_nothing_is_waited_for(parts: Parts) -> None:
    await parts.engines.wait_until_settled(0.0)
    spec = await parts.make_engine()
    parts.pool.set_health(spec.id, EngineHealth.STOPPED)

    await parts.engines.wait_until_settled(0.0)


@pytest.mark.parametrize("health", [h for h in EngineHealth if h is not EngineHealth.STARTING])
async def test_an_engine_has_settled_however_it_ended(parts: Parts, health: EngineHealth) -> None:
    spec = await parts.make_engine(health=EngineHealth.STARTING)
    waiting = tasks.spawn(parts.engines.wait_until_settled(5.0), name="wait")
    await let_others_run()
    before = waiting.done()

    parts.pool.set_health(spec.id, health)
    await waiting

    assert not before


async def test_an_engine_that_is_being_made_is_coming(parts: Parts) -> None:
    provision = await parts.engines.add()
    waiting = tasks.spawn(parts.engines.wait_until_settled(5.0), name="wait")
    await let_others_run()
    before = waiting.done()

    await parts.engines.cancel_provision(provision)
    await waiting

    assert not before


async def test_who_waits_too_long_is_told(parts: Parts) -> None:
    await parts.make_engine(health=EngineHealth.STARTING)

    with pytest.raises(TimeoutError):
        await parts.engines.wait_until_settled(0.02)


async def test_a_place_that_is_free_is_only_looked_at(parts: Parts) -> None:
    await parts.make_engine()

    parts.engines.check_place(KEY)

    assert parts.pool.views()[0].streams == 0


async def test_without_a_place_the_reason_is_told(parts: Parts) -> None:
    await parts.make_engine()
    held = parts.pool.reserve(KEY)

    with pytest.raises(Busy) as caught:
        parts.engines.check_place(KEY)

    held.release()
    assert caught.value.reason is BusyReason.MAX_CAPACITY


async def test_who_waited_listens_no_more_however_it_ended(parts: Parts) -> None:
    await parts.make_engine(health=EngineHealth.STARTING)
    slots = [parts.pool.changed._slots, parts.manager.changed._slots]
    before = [list(one) for one in slots]

    await asyncio.gather(
        *(parts.engines.wait_until_settled(0.01) for _ in range(3)), return_exceptions=True
    )
    cancelled = tasks.spawn(parts.engines.wait_until_settled(5.0), name="wait")
    await let_others_run()
    during = [len(one) for one in slots]
    await tasks.cancel(cancelled)

    assert during == [len(one) + 1 for one in before]
    assert slots == before


# Finding one


async def test_an_address_is_tried_and_not_remembered(parts: Parts) -> None:
    spec = await parts.make_engine()
    parts.pool.forget(spec.id)

    version = await parts.engines.try_address(f"{spec.host}:{spec.port}")

    assert version.startswith("3.2")
    assert parts.pool.views() == ()


async def test_an_address_without_an_engine_says_so(parts: Parts) -> None:
    with pytest.raises(EngineUnreachable):
        await parts.engines.try_address("127.0.0.1:9")
    with pytest.raises(ValueError, match="host:port"):
        await parts.engines.try_address("no address")


# Docker


def _control(parts: Parts, way: StartWay | None) -> EngineControl:
    starter = DockerStarter(lambda: way)
    return EngineControl(
        parts.pool,
        parts.manager,
        parts.vpn,
        lambda: parts.settings,
        client=parts.client,
        starter=starter,
    )


async def test_docker_is_started_and_waited_for(
    parts: Parts, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "DOCKER_LOOK_INTERVAL", 0.01)
    parts.runtime.state = RuntimeState.NOT_RUNNING
    control = _control(parts, StartWay("Docker", DOES_NOTHING))
    starting = tasks.spawn(control.start_docker(), name="start")
    await let_others_run()
    assert not starting.done()

    parts.runtime.state = RuntimeState.READY

    await starting
    assert control.docker_name == "Docker"


async def test_a_docker_that_does_not_come_is_said(
    parts: Parts, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "DOCKER_START_LIMIT", 0.05)
    parts.runtime.state = RuntimeState.NOT_RUNNING

    with pytest.raises(DockerNotStarted, match="did not answer"):
        await _control(parts, StartWay("Docker", DOES_NOTHING)).start_docker()


async def test_where_docker_cannot_be_started_nothing_is_offered(parts: Parts) -> None:
    assert _control(parts, None).docker_name == ""
    assert parts.engines.docker_name == ""
    with pytest.raises(DockerNotStarted):
        await parts.engines.start_docker()


# Looking after them


@pytest.mark.usefixtures("hurry")
async def test_a_replaced_engine_goes_when_the_other_one_answers(parts: Parts) -> None:
    running = tasks.spawn(parts.manager.run(), name="manager")
    upkeep = tasks.spawn(parts.manager.reconciler.run(), name="upkeep")
    await parts.manager.start()
    old = await parts.engines.provision("one")

    await parts.engines.replace(old.id)
    await parts.until(lambda: parts.pool.find(old.id) is None)

    (view,) = parts.pool.views()
    assert view.state is EngineState.READY
    await tasks.cancel(running, upkeep)


async def test_a_replacement_that_takes_too_long_goes_on(
    parts: Parts, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "PROVISION_MARGIN", -0.99)
    parts.settings = dataclasses.replace(parts.settings, engine_start_timeout=1.0)
    spec = await parts.make_engine()

    with pytest.raises(Busy):
        await parts.engines.replace(spec.id)


@pytest.mark.usefixtures("hurry")
async def test_a_drained_engine_gets_no_new_streams(parts: Parts) -> None:
    running = tasks.spawn(parts.manager.run(), name="manager")
    spec = await parts.engines.provision("one")

    await parts.engines.drain(spec.id)

    with pytest.raises(Busy):
        parts.engines.check_place(KEY)
    await tasks.cancel(running)


async def test_an_engine_of_the_users_own_cannot_be_made_anew(parts: Parts) -> None:
    spec = EngineSpec(
        id=EngineId("s"), name="mine", backend=BackendKind.STATIC, host="127.0.0.1", port=1
    )
    parts.pool.add(spec, health=EngineHealth.READY)

    with pytest.raises(BadRequest):
        await parts.engines.replace(spec.id)
    with pytest.raises(NotFound):
        await parts.engines.drain(EngineId("nobody"))


# How many


async def test_engines_are_drained_replaced_and_counted_by_the_upkeep(parts: Parts) -> None:
    spec = await parts.make_engine()
    place = parts.pool.reserve(KEY)
    await parts.engines.drain(spec.id)
    view = parts.pool.find(spec.id)
    assert view is not None
    assert view.intent is EngineIntent.REMOVE

    await parts.engines.serve(spec.id)
    parts.manager.reconciler.replace(spec.id)
    assert parts.engines.scale(3) == 3
    parts.manager.reconciler.look()
    assert parts.manager.provisions() == (), "before it is known what exists nothing is made"
    await parts.manager.start()
    parts.manager.reconciler.look()
    made = [(one.purpose, one.replaces) for one in parts.manager.provisions()]
    assert made == [(Purpose.GROWTH, ""), (Purpose.GROWTH, ""), (Purpose.REPLACEMENT, spec.name)]
    place.release()


async def test_one_that_is_drained_while_it_is_replaced_was_not_replaced(parts: Parts) -> None:
    spec = await parts.make_engine()
    place = parts.pool.reserve(KEY)

    with pytest.raises(BadRequest, match="cannot be replaced"):
        await asyncio.gather(parts.engines.replace(spec.id), parts.engines.drain(spec.id))
    place.release()


async def test_what_is_asked_of_an_engine_that_is_not_there_is_not_found(parts: Parts) -> None:
    gone = EngineId("gone")
    with pytest.raises(NotFound):
        await parts.engines.drain(gone)
    with pytest.raises(NotFound):
        await parts.engines.replace(gone)
    with pytest.raises(NotFound):
        await parts.engines.serve(gone)


async def test_breakers_are_closed_on_request(parts: Parts) -> None:
    for _ in range(5):
        error = EngineUnreachable("nothing answers")
        parts.manager._breakers.note_failure(Purpose.GROWTH, error)
    assert parts.manager.breakers()[0].state is BreakerState.OPEN

    parts.engines.reset_breakers()

    assert parts.manager.breakers()[0].state is BreakerState.CLOSED


async def test_what_other_programs_play_is_load_and_watched(parts: Parts) -> None:
    spec = await parts.make_engine()
    stat = f"http://elsewhere/ace/stat/{'a' * 40}/{'b' * 32}"
    parts.engines.claims.report("s", spec.id, KEY, stat)
    assert parts.pool.load(spec.id) == 1

    await parts.engines.claims.look()  # a real engine, which knows of no such session
    await parts.engines.claims.look()

    assert parts.pool.load(spec.id) == 0


async def test_what_belongs_to_an_orchestrator_is_left_to_it(parts: Parts) -> None:
    spec = EngineSpec(
        id=EngineId("remote-x"), name="x", backend=BackendKind.REMOTE, host="10.0.0.1", port=6878
    )
    parts.pool.add(spec, health=EngineHealth.READY)

    for act in (parts.engines.remove, parts.engines.drain, parts.engines.serve):
        with pytest.raises(BadRequest, match="orchestrator"):
            await act(spec.id)

    view = parts.pool.find(spec.id)
    assert view is not None
    assert view.intent is EngineIntent.SERVE
