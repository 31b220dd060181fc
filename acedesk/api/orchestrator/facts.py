"""Where the contract's answers come from: narrow reads of what is in memory, turned into rows.

A row of a stream is made again only when something it tells has changed, so that a list of
hundreds costs a millisecond.
"""

import datetime
from collections.abc import Callable, Collection, Iterable, Iterator
from typing import Final, Protocol

from acedesk import clock, tasks
from acedesk.api.endpoints import encode
from acedesk.api.orchestrator.shapes import (
    ContainerStats,
    EngineState,
    Health,
    StreamState,
    wire_rate,
    wire_time,
)
from acedesk.application.contract import StreamSession
from acedesk.application.reported_streams import ReportedStream
from acedesk.engines.upkeep.claims import StatAnswer
from acedesk.errors import NotFound
from acedesk.model.engine import EngineId, EngineIntent, EngineSpec
from acedesk.model.engine import EngineState as State
from acedesk.model.engine_stat import EngineStat
from acedesk.model.snapshot import EngineView, VpnView

STARTED: Final = "started"
ENDED: Final = "ended"
MOST_FORMER: Final = 100
# The bytes that have come are told as of the last change of all else.
_SOURCE: Final = StreamSession._fields.index("received_bytes")


class Sources(Protocol):
    """What the contract reads; `acedesk.application.contract.ContractSources` is it."""

    def engines(self) -> tuple[EngineView, ...]:
        """Return all engines, with what their containers use."""
        ...

    def engine(self, engine_id: EngineId) -> EngineView | None:
        """Return one, None when it is not there."""
        ...

    def sessions(self) -> Iterator[StreamSession]:
        """Yield what is played here."""
        ...

    def session(self, stream_id: str) -> StreamSession | None:
        """Return one of what is played here, None when it is not."""
        ...

    def sessions_on(self, engine_id: EngineId) -> Iterator[StreamSession]:
        """Yield what one engine plays."""
        ...

    def reported(self) -> tuple[ReportedStream, ...]:
        """Return what other programs play on our engines."""
        ...

    def reported_one(self, stream_id: str) -> ReportedStream | None:
        """Return one of them, None when it is not known."""
        ...

    def answers(self, stream_id: str) -> Collection[StatAnswer]:
        """Return what its engine told of one of them within the last minutes, oldest first."""
        ...

    def vpn(self) -> VpnView:
        """Return the VPN."""
        ...


class EngineRow:
    """One engine of the list and its JSON; made again when something it tells has changed."""

    __slots__ = ("row", "text")

    def __init__(self, row: EngineState) -> None:
        self.row = row
        self.text = encode(row)


class StreamRow:
    """One row of the list and its JSON, which is made when it is first wanted.

    Attributes:
        source: What it was made from; another one makes another row.
    """

    __slots__ = ("_text", "container_id", "row", "source", "started")

    def __init__(self, row: StreamState, source: tuple[object, ...]) -> None:
        self.row = row
        self.source = source
        self.container_id = row.container_id
        self.started = row.status == STARTED
        self._text: str | None = None

    @property
    def text(self) -> str:
        """The row as JSON."""
        return self._text or self.make_text()

    def make_text(self) -> str:
        """Make the JSON, unless it is there."""
        if self._text is None:
            self._text = encode(self.row)
        return self._text


class ContractFacts:
    """Rows of engines and streams as they are now.

    Args:
        utc_now: For engines nobody has looked at yet: they were first seen when this was made.
    """

    def __init__(
        self, sources: Sources, utc_now: Callable[[], datetime.datetime] = clock.utc_now
    ) -> None:
        self._sources = sources
        self._began = utc_now()
        self._engines: dict[str, EngineRow] = {}
        self._rows: dict[str, StreamRow] = {}
        self._all = 0  # how many there were when all were read last

    # Engines

    def engines(self, streams: Iterable[StreamRow] | None = None) -> list[EngineState]:
        """Return all, lowest port first.

        Args:
            streams: What plays, where that was read a moment ago.
        """
        views = sorted(self._sources.engines(), key=lambda view: (view.port, view.id))
        playing = self._playing(views, self.stream_rows() if streams is None else streams)
        vpn = self._sources.vpn()
        return [self._engine(view, playing.get(public_id(view), []), vpn) for view in views]

    def engine_rows(self, streams: Iterable[StreamRow] | None = None) -> list[EngineRow]:
        """Return the same as JSON."""
        rows = [self._engine_row(one) for one in self.engines(streams)]
        self._engines = {row.row.container_id: row for row in rows}
        return rows

    def _engine_row(self, engine: EngineState) -> EngineRow:
        row = self._engines.get(engine.container_id)
        return row if row is not None and row.row == engine else EngineRow(engine)

    def engine(self, name: str) -> tuple[EngineState, list[StreamState]]:
        """Return one and its streams.

        Raises:
            NotFound: There is none.
        """
        view = self.view(name)
        streams = [row.row for row in self.streams(status=STARTED, container_id=public_id(view))]
        return self._engine(view, streams, self._sources.vpn()), streams

    def _playing(
        self, views: Collection[EngineView], streams: Iterable[StreamRow]
    ) -> dict[str, list[StreamState]]:
        """Return what plays on each engine."""
        found: dict[str, list[StreamState]] = {public_id(view): [] for view in views}
        for row in streams:
            if row.started and row.container_id in found:
                found[row.container_id].append(row.row)
        return found

    def view(self, name: str) -> EngineView:
        """Return the engine with this id, container id (twelve digits are enough) or name.

        Raises:
            NotFound: There is none.
        """
        views = self._sources.engines()
        for view in views:
            if name in (public_id(view), view.id):
                return view
        for view in views:
            if name == view.name or (len(name) >= 12 and view.container_id.startswith(name)):
                return view
        raise NotFound("there is no such engine")

    def _engine(self, view: EngineView, streams: list[StreamState], vpn: VpnView) -> EngineState:
        usage = view.usage
        first = wire_time(view.started_time or view.last_check_time or self._began)
        last_check = None if view.last_check_time is None else wire_time(view.last_check_time)
        used = None if view.last_stream_time is None else wire_time(view.last_stream_time)
        drained = view.intent is not EngineIntent.SERVE
        return EngineState(
            container_id=public_id(view),
            container_name=view.name,
            host=view.host,
            port=view.port,
            api_port=None,
            labels={},
            forwarded=view.forwarded,
            first_seen=first,
            last_seen=last_check or first,
            streams=[one.id for one in streams],
            stream_count=view.streams,
            health_status=_health(view),
            last_health_check=last_check,
            last_stream_usage=used,
            last_cache_cleanup=None,
            cache_size_bytes=0,
            vpn_container=view.vpn_container or None,
            engine_variant=view.image or view.backend.value,
            platform=None,
            version=view.version or None,
            forwarded_port=vpn.forwarded_port if view.forwarded else None,
            draining=drained,
            drain_reason=view.intent.value if drained else None,
            total_peers=sum(one.peers or 0 for one in streams),
            total_speed_down=sum(one.speed_down or 0 for one in streams),
            total_speed_up=sum(one.speed_up or 0 for one in streams),
            cpu_percent=round(100 * (usage.cpu or 0.0), 2) if usage is not None else 0.0,
            memory_usage=round(usage.memory or 0) if usage is not None else 0,
            memory_percent=0.0,
        )

    def views(self) -> tuple[EngineView, ...]:
        """Return all engines as they are shown."""
        return self._sources.engines()

    def container_stats(self) -> dict[str, ContainerStats]:
        """Return what each engine's container uses, by its id."""
        found = map(container_stats, self._sources.engines())
        return {one.container_id: one for one in found if one is not None}

    # Streams

    async def read_rows(self, *, texts: bool = False) -> list[StreamRow]:
        """Return all streams, our own first; hundreds are made without holding the loop.

        Args:
            texts: Make the JSON of each, too.
        """
        found, work = {}, tasks.Slice()
        for one in tuple(self._sources.sessions()):
            if work.is_over():
                await work.go_on()
            row = self._own(one)
            if texts:
                row.make_text()
            found[row.row.id] = row
        return self._keep(found)

    def stream_rows(self) -> list[StreamRow]:
        """Return the same at once."""
        rows = map(self._own, self._sources.sessions())
        return self._keep({row.row.id: row for row in rows})

    def _keep(self, found: dict[str, StreamRow]) -> list[StreamRow]:
        """Keep the rows of our own streams and those of others; return all."""
        for other in self._sources.reported():
            found[other.report.id] = self._other(other)
        # Others may have made newer ones meanwhile.
        self._rows = {name: self._rows.get(name, row) for name, row in found.items()}
        self._all = len(found)
        return list(found.values())

    def _forget_former(self) -> None:
        """Let the rows of former streams go: reads of single streams only add some."""
        if len(self._rows) > MOST_FORMER + 2 * self._all:
            self.stream_rows()

    def _own(self, one: StreamSession) -> StreamRow:
        stream_id = one.key.stream_id
        source = one[:_SOURCE]
        row = self._rows.get(stream_id)
        # These are values that are replaced when they change: mostly one look at each is enough.
        if row is None or row.source != source:
            row = self._rows[stream_id] = StreamRow(_own_row(one), source)
        return row

    def _other(self, one: ReportedStream) -> StreamRow:
        row, stat = self._rows.get(one.report.id), self._last_stat(one)
        if row is None or row.source[0] is not one or row.source[-1] is not stat:
            row = self._rows[one.report.id] = StreamRow(self.reported_state(one), (one, stat))
        return row

    def _last_stat(self, stream: ReportedStream) -> EngineStat | None:
        answers = list(self._sources.answers(stream.report.id))[-1:]
        return answers[0].stat if answers else None

    def answers(self, stream_id: str) -> Collection[StatAnswer]:
        """Return what an engine told of a stream that another program plays, oldest first."""
        return self._sources.answers(stream_id)

    async def read_streams(self, *, status: str, container_id: str | None) -> list[StreamRow]:
        """Return the same as `streams`; hundreds are made without holding the loop."""
        if container_id is not None:
            return list(self.streams(status=status, container_id=container_id))
        started = status == STARTED
        return [row for row in await self.read_rows(texts=started) if row.started == started]

    def streams(self, *, status: str, container_id: str | None = None) -> Iterator[StreamRow]:
        """Yield the streams of an engine, or all, in one state."""
        rows = self.stream_rows() if container_id is None else self._rows_on(container_id)
        started = status == STARTED
        for row in rows:
            if row.started == started and container_id in (None, row.container_id):
                yield row

    def _rows_on(self, container_id: str) -> Iterable[StreamRow]:
        """Return the rows of one engine's streams, and of those that others play anywhere."""
        self._forget_former()
        found = {}
        for view in self._sources.engines():
            if public_id(view) == container_id:
                for one in self._sources.sessions_on(view.id):
                    found[one.key.stream_id] = self._own(one)
        found.update({one.report.id: self._other(one) for one in self._sources.reported()})
        return found.values()

    def stream(self, stream_id: str) -> StreamState:
        """Return one stream.

        Raises:
            NotFound: There is none.
        """
        self._forget_former()
        other = self._sources.reported_one(stream_id)
        if other is not None:
            return self._other(other).row
        own = self._sources.session(stream_id)
        if own is None:
            raise NotFound("this stream is not running")
        return self._own(own).row

    def session(self, stream_id: str) -> StreamSession | None:
        """Return one of our own streams, None for others."""
        return self._sources.session(stream_id)

    def reported_state(self, stream: ReportedStream) -> StreamState:
        """Return the row of a stream that another program plays."""
        found = None if stream.engine_id is None else self._sources.engine(stream.engine_id)
        return reported_row(stream, found, self._last_stat(stream))


def public_id(engine: EngineView | EngineSpec) -> str:
    """Return the id that clients know the engine by."""
    return engine.container_id or str(engine.id)


def count_health(views: Iterable[EngineView]) -> tuple[int, int]:
    """Return how many are healthy and how many are not."""
    found = [_health(view) for view in views]
    return found.count("healthy"), found.count("unhealthy")


def _health(view: EngineView) -> Health:
    match view.state:
        case State.READY:
            return "healthy"
        case State.STARTING | State.DRAINING:
            return "unknown"
        case State.UNHEALTHY | State.STOPPED:
            return "unhealthy"


def _own_row(one: StreamSession) -> StreamState:
    session, stat, engine = one.session, one.stat, one.engine
    live = session.is_live if session is not None else None
    return StreamState(
        id=one.key.stream_id,
        key_type=one.key.kind.value,
        key=one.key.value,
        container_id=public_id(engine) if engine is not None else "",
        container_name=engine.name if engine is not None else "",
        playback_session_id=session.playback_session_id if session is not None else "",
        stat_url=session.stat_url if session is not None else "",
        command_url=session.command_url if session is not None else "",
        is_live=not one.is_file if live is None else live,
        started_at=wire_time(one.started_time),
        ended_at=wire_time(clock.utc_now()) if one.ended else None,
        status=ENDED if one.ended else STARTED,
        peers=stat.peers if stat is not None else None,
        speed_down=wire_rate(stat.speed_down) if stat is not None else None,
        speed_up=wire_rate(stat.speed_up) if stat is not None else None,
        downloaded=one.received_bytes,
        uploaded=None,
        title=one.title,
        clients=one.clients,
    )


def reported_row(
    one: ReportedStream, view: EngineView | None, stat: EngineStat | None = None
) -> StreamState:
    """Return the row of a stream that another program plays.

    Args:
        stat: What its engine told last.
    """
    report = one.report
    elsewhere = report.container_id or f"{report.host}:{report.port}"
    return StreamState(
        id=report.id,
        key_type=report.kind.value,
        key=report.key,
        container_id=elsewhere if view is None else public_id(view),
        container_name="" if view is None else view.name,
        playback_session_id=report.playback_session_id,
        stat_url=report.stat_url,
        command_url=report.command_url,
        is_live=report.is_live,
        started_at=wire_time(one.started_time),
        ended_at=None if one.ended_time is None else wire_time(one.ended_time),
        status=STARTED if one.ended_time is None else ENDED,
        peers=stat.peers if stat is not None else None,
        speed_down=wire_rate(stat.speed_down) if stat is not None else None,
        speed_up=wire_rate(stat.speed_up) if stat is not None else None,
        downloaded=stat.downloaded if stat is not None else None,
        uploaded=stat.uploaded if stat is not None else None,
        title="",
        clients=0,
    )


def container_stats(view: EngineView) -> ContainerStats | None:
    """Return what an engine's container uses, None while that is not known."""
    usage = view.usage
    if usage is None or not view.container_id:
        return None
    return ContainerStats(
        container_id=view.container_id,
        cpu_percent=round(100 * (usage.cpu or 0.0), 2),
        memory_usage=round(usage.memory or 0),
        memory_limit=0,
        memory_percent=0.0,
        network_rx_bytes=round((usage.network_in or 0) / 8),
        network_tx_bytes=round((usage.network_out or 0) / 8),
        block_read_bytes=round(usage.disk_read or 0),
        block_write_bytes=round(usage.disk_write or 0),
    )
