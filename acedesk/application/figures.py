"""Sums over everything, read in one pass: a snapshot of hundreds of streams takes far longer."""

import dataclasses
from collections import Counter
from collections.abc import Callable, Mapping

from acedesk.engines.pool import EnginePool
from acedesk.engines.upkeep.claims import Claims
from acedesk.model.engine import APART, EngineState
from acedesk.model.sharing.view import SharingView
from acedesk.model.snapshot import StreamState, VpnState
from acedesk.model.totals import OrchestratorFigures, Totals
from acedesk.proxy.data_plane import DataPlane
from acedesk.proxy.streams.registry import StreamRegistry
from acedesk.proxy.streams.stream_state import state_of
from acedesk.settings import Settings
from acedesk.values import frozen_value


@frozen_value
class Figures:
    """Sums over all streams, clients and engines; the test channel's engine is not counted.

    Attributes:
        streams: How many streams and files are in each state; those that failed within the last
            minute too.
        clients: Players connected, those of files included.
        paused_clients: Those of them that take nothing.
        engines: How many engines are in each state.
        used_engines: Those with at least one stream or reservation.
        vpn_engines: Those whose traffic goes through the VPN.
        extra_engines: Engines beyond `min_engines`.
        peers: Of all streams, as their engines told last.
        speed_down, speed_up: Of all streams, as their engines told last, bit/s.
        buffer_bytes: Media held in the rings.
        loop_lag: What calls to the event loop wait, p99 of the last minute, seconds.
        orchestrator: That on another address, None without one.
        sharing: How it is with other AceDesks, None where no Redis is set.
        reported_streams: Streams that other programs play on engines of ours; `streams` does not
            count them, peers, speeds and `totals` do.
        carried_by_others: Streams and files that are taken from another AceDesk.
    """

    streams: Mapping[StreamState, int]
    engines: Mapping[EngineState, int]
    clients: int = 0
    paused_clients: int = 0
    used_engines: int = 0
    vpn_engines: int = 0
    extra_engines: int = 0
    peers: int = 0
    speed_down: float = 0.0
    speed_up: float = 0.0
    buffer_bytes: int = 0
    vpn: VpnState = VpnState.UNKNOWN
    loop_lag: float = 0.0
    sharing: SharingView | None = None
    carried_by_others: int = 0
    reported_streams: int = 0
    totals: Totals = dataclasses.field(default_factory=Totals)
    orchestrator: OrchestratorFigures | None = None

    @property
    def active_streams(self) -> int:
        """Streams and files that have not ended."""
        ended = (StreamState.FAILED, StreamState.STOPPED)
        return sum(count for state, count in self.streams.items() if state not in ended)


class FiguresReader:
    """Reads them from memory; nothing is counted for it where media passes.

    Args:
        vpn: The state of the VPN as last seen.
        loop_lag: What calls to the loop wait, in seconds.
        orchestrator: The sums of that on another address, None without one.
        claims: Streams that other programs play.
    """

    def __init__(
        self,
        plane: DataPlane,
        pool: EnginePool,
        settings: Callable[[], Settings],
        *,
        vpn: Callable[[], VpnState],
        loop_lag: Callable[[], float],
        orchestrator: Callable[[], OrchestratorFigures | None] = lambda: None,
        claims: Claims | None = None,
    ) -> None:
        self._claims = claims
        self._plane = plane
        self._pool = pool
        self._settings = settings
        self._vpn = vpn
        self._loop_lag = loop_lag
        self._orchestrator = orchestrator

    def read(self) -> Figures:
        """Return the sums now."""
        streams = self._plane.streams
        running = [one for one in streams if not one.ended]
        stats = [stat for one in running if (stat := one.stat_poller.stat) is not None]
        claims, totals = self._claims, self._plane.totals.view()
        if claims is not None:
            stats += claims.stats()
            totals = dataclasses.replace(
                totals,
                downloaded_bytes=totals.downloaded_bytes + claims.downloaded_bytes,
                uploaded_bytes=totals.uploaded_bytes + claims.uploaded_bytes,
            )
        clients = [client for one in running for client in one.clients]
        playbacks = tuple(streams.files.playbacks)
        sharing = self._plane.sharing.view()
        engines = [one for one in self._pool.views() if one.backend_id not in APART]
        return Figures(
            streams=_stream_states(streams),
            engines=Counter(one.state for one in engines),
            clients=len(clients) + len(playbacks),
            paused_clients=sum([client.is_paused for client in clients]),
            used_engines=sum(one.streams > 0 for one in engines),
            vpn_engines=sum(bool(one.vpn_container) for one in engines),
            extra_engines=max(0, len(engines) - self._settings().min_engines),
            peers=sum([stat.peers or 0 for stat in stats]),
            speed_down=sum([stat.speed_down or 0.0 for stat in stats]),
            speed_up=sum([stat.speed_up or 0.0 for stat in stats]),
            buffer_bytes=sum([one.ring.size for one in running]),
            vpn=self._vpn(),
            loop_lag=self._loop_lag(),
            sharing=sharing,
            carried_by_others=0 if sharing is None else sum(one.taken for one in sharing.others),
            reported_streams=0 if claims is None else len(claims),
            totals=totals,
            orchestrator=self._orchestrator(),
        )


def _stream_states(streams: StreamRegistry) -> Counter[StreamState]:
    """Count streams by state; a file counts once, however many players it has."""
    found = Counter(state_of(one) for one in (*streams, *streams.failed()))
    read: dict[str, bool] = {}
    for playback in streams.files.playbacks:
        name = playback.play.key.stream_id
        read[name] = read.get(name, False) or playback.reading is not None
    for is_read in read.values():
        found[StreamState.PLAYING if is_read else StreamState.IDLE] += 1
    return found
