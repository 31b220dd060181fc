"""What the orchestrator's contract reads of AceDesk: narrow facts, all of them in memory."""

import datetime
from collections.abc import Callable, Collection, Iterable, Iterator
from typing import NamedTuple, Protocol

from acedesk.application.reads import Usage, engine_views, no_usage
from acedesk.application.reported_streams import ReportedStream
from acedesk.engines.pool import EnginePool
from acedesk.engines.upkeep.claims import StatAnswer
from acedesk.formats.engine_reply import Session
from acedesk.model.content import StreamKey
from acedesk.model.engine import EngineId, EngineSpec
from acedesk.model.engine_stat import EngineStat
from acedesk.model.snapshot import BreakerView, EngineView, ProvisionView, VpnView
from acedesk.proxy.files.file_playback import FilePlayback
from acedesk.proxy.streams.registry import StreamRegistry
from acedesk.proxy.streams.stream import Stream


class StreamSession(NamedTuple):
    """One stream or file that is played; hundreds are made for each list.

    Attributes:
        session: None while no engine has taken it.
        stat: What the engine told last, None before.
        received_bytes: From engines, so far.
    """

    key: StreamKey
    title: str
    started_time: datetime.datetime
    engine: EngineSpec | None
    session: Session | None
    stat: EngineStat | None
    clients: int
    ended: bool = False
    is_file: bool = False
    received_bytes: int = 0


def stream_sessions(streams: StreamRegistry) -> Iterator[StreamSession]:
    """Yield what is played, and what failed within the last minute."""
    for stream in streams:
        yield _of_stream(stream)
    for stream in streams.failed():
        yield _of_stream(stream)
    for playbacks in _by_key(streams.files.playbacks):
        yield _of_file(playbacks)


def _by_key(playbacks: Iterable[FilePlayback]) -> Iterable[list[FilePlayback]]:
    """Return the playbacks of each file."""
    found: dict[StreamKey, list[FilePlayback]] = {}
    for playback in playbacks:
        found.setdefault(playback.play.key, []).append(playback)
    return found.values()


def _of_stream(stream: Stream) -> StreamSession:
    supply, ended = stream.supply, stream.ended
    return StreamSession(  # by place: names would take four times as long
        stream.key,
        stream.title,
        stream.started_time,
        supply.engine,
        supply.session,
        None if ended else stream.stat_poller.stat,
        len(stream.clients),
        ended,
        False,
        stream.ring.total,
    )


def _of_file(playbacks: list[FilePlayback]) -> StreamSession:
    first = playbacks[0]
    return StreamSession(
        key=first.play.key,
        title=first.play.title,
        started_time=first.client.connected_time,
        engine=first.session.reservation.engine,
        session=None,
        stat=None,
        clients=len(playbacks),
        is_file=True,
    )


Answers = Callable[[str], Collection[StatAnswer]]


def no_answers(_stream_id: str) -> Collection[StatAnswer]:
    """Return nothing."""
    return ()


class Making(Protocol):
    """How engines are made; `acedesk.engines.manager.EngineManager` is it."""

    def breakers(self) -> tuple[BreakerView, ...]:
        """Return the circuit breakers."""
        ...

    def provisions(self) -> tuple[ProvisionView, ...]:
        """Return the engines on their way."""
        ...


class Reports(Protocol):
    """What other programs play; `acedesk.application.reported_streams.ReportedStreams` is it."""

    def all(self) -> tuple[ReportedStream, ...]:
        """Return all of them."""
        ...

    def get(self, stream_id: str) -> ReportedStream | None:
        """Return one, None when it is not known."""
        ...


class ContractSources:
    """The facts; fulfils `acedesk.api.orchestrator.facts.Sources`.

    Args:
        answers: What engines told of a stream that another program plays, oldest first.
        usage: What the container of an engine uses, None while that is not known.
    """

    def __init__(
        self,
        streams: StreamRegistry,
        pool: EnginePool,
        manager: Making,
        reported: Reports,
        *,
        vpn: Callable[[], VpnView],
        answers: Answers = no_answers,
        usage: Usage = no_usage,
    ) -> None:
        self._streams = streams
        self._pool = pool
        self._manager = manager
        self._reported = reported
        self._vpn = vpn
        self._answers = answers
        self._usage = usage

    def engines(self) -> tuple[EngineView, ...]:
        """Return all engines, with what their containers use."""
        return engine_views(self._pool, self._usage)

    def engine(self, engine_id: EngineId) -> EngineView | None:
        """Return one, None when it is not there."""
        return self._pool.find(engine_id)

    def sessions(self) -> Iterator[StreamSession]:
        """Yield what is played here."""
        return stream_sessions(self._streams)

    def session(self, stream_id: str) -> StreamSession | None:
        """Return one of what is played here, None when it is not."""
        for stream in (*self._streams, *self._streams.failed()):
            if stream.key.stream_id == stream_id:
                return _of_stream(stream)
        playbacks = [
            one for one in self._streams.files.playbacks if one.play.key.stream_id == stream_id
        ]
        return _of_file(playbacks) if playbacks else None

    def sessions_on(self, engine_id: EngineId) -> Iterator[StreamSession]:
        """Yield what one engine plays."""
        for stream in (*self._streams, *self._streams.failed()):
            engine = stream.supply.engine
            if engine is not None and engine.id == engine_id:
                yield _of_stream(stream)
        for playbacks in _by_key(self._streams.files.playbacks):
            if playbacks[0].session.reservation.engine.id == engine_id:
                yield _of_file(playbacks)

    def reported(self) -> tuple[ReportedStream, ...]:
        """Return what other programs play."""
        return self._reported.all()

    def reported_one(self, stream_id: str) -> ReportedStream | None:
        """Return one of them, None when it is not known."""
        return self._reported.get(stream_id)

    def answers(self, stream_id: str) -> Collection[StatAnswer]:
        """Return what its engine told of one of them within the last minutes, oldest first."""
        return self._answers(stream_id)

    def vpn(self) -> VpnView:
        """Return the VPN as last seen."""
        return self._vpn()

    def breakers(self) -> tuple[BreakerView, ...]:
        """Return the circuit breakers."""
        return self._manager.breakers()

    def provisions(self) -> tuple[ProvisionView, ...]:
        """Return the engines on their way."""
        return self._manager.provisions()
