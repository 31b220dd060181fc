"""Other AceDesks are engines for what they carry, and for nothing else."""

import pytest

from acedesk.acestream_api.request_head import build_request
from acedesk.engines.pool import EnginePool
from acedesk.errors import Busy
from acedesk.model.content import KeyKind, StreamKey
from acedesk.model.engine import EngineLoss
from acedesk.proxy.shared.other_proxies import OtherProxies, engine_id
from acedesk.proxy.shared.proxy_entry import ProxyEntry
from acedesk.settings import Settings
from tests.unit.proxy.shared.conftest import ENGINE

ONE, TWO = (StreamKey(KeyKind.CONTENT_ID, f"{number:040x}") for number in (1, 2))
FIRST = ProxyEntry(id="first", host="192.0.2.1", port=8080, token="secret-1")
SECOND = ProxyEntry(id="second", host="192.0.2.2", port=8080, token="secret-2")


@pytest.fixture
def others(pool: EnginePool) -> OtherProxies:
    return OtherProxies(pool)


def test_what_another_carries_is_played_on_it_only(pool: EnginePool, others: OtherProxies) -> None:
    others.take_from(FIRST, ONE)

    assert pool.reserve(ONE).engine.id == engine_id(FIRST)
    assert pool.reserve(TWO).engine.id == ENGINE
    with pytest.raises(Busy):
        pool.reserve(ONE, avoid=[engine_id(FIRST)])


def test_what_is_carried_no_more_is_played_on_engines_and_its_streams_are_told(
    pool: EnginePool, others: OtherProxies
) -> None:
    told: list[EngineLoss] = []
    pool.set_loss_listener(told.append)
    others.take_from(FIRST, ONE)
    others.drop(ONE)

    assert pool.reserve(ONE).engine.id == ENGINE
    assert [one.engine_id for one in told] == [engine_id(FIRST)]
    assert pool.find(engine_id(FIRST)) is None


def test_a_content_moves_to_another_carrier(pool: EnginePool, others: OtherProxies) -> None:
    others.take_from(FIRST, ONE)
    others.take_from(FIRST, TWO)
    others.take_from(SECOND, ONE)

    assert pool.reserve(ONE).engine.id == engine_id(SECOND)
    assert pool.reserve(TWO).engine.id == engine_id(FIRST)
    assert others.carrier(ONE) == SECOND
    assert set(others.contents()) == {ONE, TWO}


def test_a_carrier_is_no_way_around_the_vpn_and_is_no_engine_outside_of_it() -> None:
    pool = EnginePool(lambda: Settings(require_vpn=True))
    others = OtherProxies(pool)
    others.take_from(FIRST, ONE)

    assert pool.reserve(ONE).engine.id == engine_id(FIRST)


def test_requests_to_a_carrier_show_its_token(others: OtherProxies) -> None:
    others.take_from(FIRST, ONE)

    assert b"Authorization: Bearer secret-1\r\n" in build_request("http://192.0.2.1:8080/ace/x")[2]
    assert b"Authorization" not in build_request("http://192.0.2.1:8081/ace/x")[2]


def test_at_the_end_nothing_is_left(pool: EnginePool, others: OtherProxies) -> None:
    others.take_from(FIRST, ONE)
    others.close()

    assert [view.id for view in pool.views()] == [ENGINE]
    assert ONE not in others
