"""The facts of the orchestrator's contract, as a test wants them."""

import datetime
from collections.abc import Collection, Iterator

from acedesk.application.contract import StreamSession
from acedesk.application.reported_streams import ReportedStream
from acedesk.engines.upkeep.claims import StatAnswer
from acedesk.formats.engine_reply import Session
from acedesk.model.content import KeyKind, StreamKey
from acedesk.model.engine import BackendKind, EngineHealth, EngineId, EngineIntent, EngineSpec
from acedesk.model.engine_stat import EngineStat
from acedesk.model.history import ContainerUsage
from acedesk.model.snapshot import BreakerView, EngineView, ProvisionView, VpnView

NOON = datetime.datetime(2026, 3, 1, 12, 0, tzinfo=datetime.UTC)
CONTAINER = "c0ffee" * 10 + "beef"
KEY = StreamKey(KeyKind.CONTENT_ID, "a" * 40)


def engine_view(
    name: str = "engine-1",
    *,
    port: int = 6878,
    health: EngineHealth = EngineHealth.READY,
    intent: EngineIntent = EngineIntent.SERVE,
    container_id: str = CONTAINER,
    usage: ContainerUsage | None = None,
) -> EngineView:
    """Return an engine."""
    return EngineView(
        id=EngineId(container_id or name),
        name=name,
        backend=BackendKind.DOCKER if container_id else BackendKind.STATIC,
        host="127.0.0.1",
        port=port,
        health=health,
        intent=intent,
        container_id=container_id,
        last_check_time=NOON,
        usage=usage,
    )


def stream_session(key: StreamKey = KEY, *, ended: bool = False) -> StreamSession:
    """Return one of our own streams, on the engine that `engine_view` returns."""
    return StreamSession(
        key=key,
        title="News",
        started_time=NOON,
        engine=EngineSpec(
            id=EngineId(CONTAINER),
            name="engine-1",
            backend=BackendKind.DOCKER,
            host="127.0.0.1",
            port=6878,
            container_id=CONTAINER,
        ),
        session=Session(
            playback_url="",
            stat_url="http://127.0.0.1:6878/ace/stat/hash/session",
            command_url="http://127.0.0.1:6878/ace/cmd/hash/session",
            event_url="",
            infohash=None,
            playback_session_id="session",
            is_live=True,
            is_encrypted=False,
            player_id="p",
        ),
        stat=EngineStat(
            status="dl",
            peers=12,
            speed_down=8192.0 * 500,
            speed_up=8192.0,
            progress=None,
            live_last=1_770_000_000,
            pos=1_769_999_990,
            is_live=True,
        ),
        received_bytes=1000,
        clients=1,
        ended=ended,
    )


class FakeSources:
    """Fulfils `acedesk.api.orchestrator.facts.Sources`, and `Facts` of the status.

    Attributes:
        reads: How often the streams were read.
    """

    def __init__(self) -> None:
        self.views: tuple[EngineView, ...] = (engine_view(),)
        self.own: list[StreamSession] = []
        self.others: tuple[ReportedStream, ...] = ()
        self.vpn_view = VpnView()
        self.breaker_views: tuple[BreakerView, ...] = ()
        self.provision_views: tuple[ProvisionView, ...] = ()
        self.reads = 0
        self.told: dict[str, tuple[StatAnswer, ...]] = {}

    def engines(self) -> tuple[EngineView, ...]:
        return self.views

    def engine(self, engine_id: EngineId) -> EngineView | None:
        return next((one for one in self.views if one.id == engine_id), None)

    def sessions(self) -> Iterator[StreamSession]:
        self.reads += 1
        return iter(self.own)

    def session(self, stream_id: str) -> StreamSession | None:
        return next((one for one in self.own if one.key.stream_id == stream_id), None)

    def sessions_on(self, engine_id: EngineId) -> Iterator[StreamSession]:
        found = (one for one in self.own if one.engine is not None and one.engine.id == engine_id)
        return iter(tuple(found))

    def reported_one(self, stream_id: str) -> ReportedStream | None:
        return next((one for one in self.others if one.report.id == stream_id), None)

    def reported(self) -> tuple[ReportedStream, ...]:
        return self.others

    def answers(self, stream_id: str) -> Collection[StatAnswer]:
        return self.told.get(stream_id, ())

    def vpn(self) -> VpnView:
        return self.vpn_view

    def breakers(self) -> tuple[BreakerView, ...]:
        return self.breaker_views

    def provisions(self) -> tuple[ProvisionView, ...]:
        return self.provision_views
