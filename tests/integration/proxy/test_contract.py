"""What the orchestrator's contract reads of streams that play."""

from acedesk.application.contract import ContractSources, StreamSession, stream_sessions
from acedesk.application.reported_streams import ReportedStream
from acedesk.model.engine import EngineId
from acedesk.model.history import ContainerUsage
from acedesk.model.snapshot import BreakerView, ProvisionView, VpnView
from tests import transport
from tests.fakes.file_engine import FileEngine
from tests.integration.proxy.conftest import CONTENT, FILM, MakeProxy, Proxy

PROGRAMME = transport.programme(10, gop=10)


class _Nothing:
    """No engine is made, no other program reports a stream."""

    def all(self) -> tuple[ReportedStream, ...]:
        return ()

    def get(self, stream_id: str) -> ReportedStream | None:
        return None

    def breakers(self) -> tuple[BreakerView, ...]:
        return ()

    def provisions(self) -> tuple[ProvisionView, ...]:
        return ()


async def test_a_stream_is_known_with_its_engine_and_its_session(make_proxy: MakeProxy) -> None:
    proxy = await make_proxy()
    player = await proxy.play()
    await proxy.engines[0].push(PROGRAMME)
    await player.head()

    (found,) = stream_sessions(proxy.streams)

    assert (found.key.value, found.clients, found.ended) == (CONTENT, 1, False)
    assert found.engine is not None
    assert found.session is not None
    assert found.session.stat_url.startswith(f"http://{found.engine.host}:{found.engine.port}/")
    assert found.received_bytes > 0
    _read_narrowly(proxy, found)


async def test_a_file_is_known_by_its_engine(make_proxy: MakeProxy) -> None:
    proxy = await make_proxy(kind=FileEngine)
    player = await proxy.play(FILM)
    await player.head()

    (found,) = stream_sessions(proxy.streams)

    assert (found.is_file, found.clients, found.session) == (True, 1, None)
    assert found.engine is not None
    _read_narrowly(proxy, found)


def _read_narrowly(proxy: Proxy, found: StreamSession) -> None:
    """Check that one stream is read as it is among all."""
    nothing = _Nothing()
    sources = ContractSources(proxy.streams, proxy.pool, nothing, nothing, vpn=VpnView)

    assert found.engine is not None
    assert sources.session(found.key.stream_id) == found
    assert list(sources.sessions_on(found.engine.id)) == [found]
    assert sources.session("x") is None
    assert list(sources.sessions_on(EngineId("x"))) == []


async def test_engines_are_told_with_what_they_use(make_proxy: MakeProxy) -> None:
    proxy = await make_proxy()
    nothing, usage = _Nothing(), ContainerUsage(cpu=1.0)
    sources = ContractSources(
        proxy.streams, proxy.pool, nothing, nothing, vpn=VpnView, usage=lambda _: usage
    )

    assert [one.usage for one in sources.engines()] == [usage] * len(proxy.engines)
    assert (sources.reported(), sources.breakers(), sources.provisions()) == ((), (), ())
    assert sources.vpn() == VpnView()
