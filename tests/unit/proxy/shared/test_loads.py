"""What other AceDesks play on an engine counts at it while they tell of it."""

import dataclasses
import platform
from types import SimpleNamespace
from typing import cast

import pytest

from acedesk.engines.pool import EnginePool
from acedesk.model.content import KeyKind, StreamKey
from acedesk.model.engine import PROXY_BACKEND, BackendKind, EngineSpec
from acedesk.proxy.shared.loads import ForeignLoads, own_loads
from acedesk.proxy.shared.proxy_entry import ProxyEntry, engine_address
from acedesk.proxy.streams.registry import StreamRegistry
from acedesk.proxy.streams.stream import Stream
from tests.unit.proxy.shared.conftest import ENGINE

ONE, TWO, THREE = (StreamKey(KeyKind.CONTENT_ID, f"{number:040x}") for number in (1, 2, 3))
HERE = engine_address("127.0.0.1", 6878, platform.node())


def _entry(name: str, *keys: StreamKey, address: str = HERE) -> ProxyEntry:
    return ProxyEntry(id=name, host="192.0.2.1", port=8080, token="x", loads={address: keys})


def test_the_limit_of_an_engine_holds_over_all(pool: EnginePool) -> None:
    loads = ForeignLoads(pool)
    loads.update([_entry("a", ONE), _entry("b", TWO)])

    assert pool.load(ENGINE) == len(loads) == 2
    assert not pool.has_place(THREE)


def test_what_ended_elsewhere_counts_no_more(pool: EnginePool) -> None:
    loads = ForeignLoads(pool)
    loads.update([_entry("a", ONE, TWO)])
    loads.update([_entry("a", TWO)])

    assert pool.load(ENGINE) == 1
    loads.update([])
    assert pool.load(ENGINE) == 0


def test_a_dead_one_counts_no_more_at_once(pool: EnginePool) -> None:
    loads = ForeignLoads(pool)
    loads.update([_entry("a", ONE), _entry("b", TWO)])
    loads.forget("a")

    assert pool.load(ENGINE) == 1
    assert pool.has_place(ONE)


@pytest.mark.parametrize("redis_first", [True, False])
def test_what_the_orchestrator_tells_of_it_too_counts_once(
    pool: EnginePool, redis_first: bool
) -> None:
    loads = ForeignLoads(pool)
    if redis_first:
        loads.update([_entry("a", ONE)])
    from_orchestrator = pool.claim(ENGINE, ONE)
    loads.update([_entry("a", ONE)])
    assert pool.load(ENGINE) == 1

    from_orchestrator.release()
    loads.update([_entry("a", ONE)])
    assert pool.load(ENGINE) == 1


def test_a_loopback_address_of_another_computer_is_another_engine(pool: EnginePool) -> None:
    loads = ForeignLoads(pool)
    elsewhere = engine_address("127.0.0.1", 6878, "another")
    loads.update([_entry("a", ONE, address=elsewhere), _entry("b", ONE, address="192.0.2.9:6878")])

    assert pool.load(ENGINE) == 0


def test_an_engine_that_went_leaves_nothing(pool: EnginePool) -> None:
    loads = ForeignLoads(pool)
    loads.update([_entry("a", ONE)])
    pool.forget(ENGINE)
    loads.update([_entry("a", ONE)])

    assert len(loads) == 0
    loads.close()


class NoStreams(list[Stream]):
    """Stands for a registry: nothing but a file is played, on the engine."""

    @property
    def files(self) -> "NoStreams":
        return self

    @property
    def playbacks(self) -> list[SimpleNamespace]:
        here = EngineSpec(
            id=ENGINE, name="e", backend=BackendKind.STATIC, host="192.0.2.5", port=6878
        )
        other = dataclasses.replace(here, backend_id=PROXY_BACKEND)
        return [
            SimpleNamespace(
                play=SimpleNamespace(key=ONE),
                session=SimpleNamespace(
                    retired=retired, reservation=SimpleNamespace(engine=engine)
                ),
            )
            for engine, retired in ((here, False), (here, False), (other, False), (here, True))
        ]


def test_a_file_is_a_load_of_its_engine_once_however_many_read_it() -> None:
    registry = cast("StreamRegistry", NoStreams())

    assert own_loads(registry, {ONE}) == {"192.0.2.5:6878": (ONE,)}


def test_without_streams_there_is_no_load_of_our_own() -> None:
    registry = cast("StreamRegistry", NoStreams())
    assert own_loads(registry, set()) == {}
