"""Frozen pictures of streams and clients for windows and the API."""

from acedesk import clock
from acedesk.formats.user_agent import player_name
from acedesk.model.diagnosis import BroadcastState, Diagnosis
from acedesk.model.history import Course, StreamHistory
from acedesk.model.snapshot import ClientState, ClientView, StreamView
from acedesk.proxy.counters.rates import STEP
from acedesk.proxy.delivery.client import Client
from acedesk.proxy.streams.after_last_client import PREPARED_HOLD
from acedesk.proxy.streams.stream import Stream
from acedesk.proxy.streams.stream_state import state_of


def stream_mark(stream: Stream) -> tuple[object, ...]:
    """Return what tells whether more than numbers has changed, far cheaper than a picture."""
    return stream.changes, stream.title


def stream_name(stream: Stream) -> str:
    """Return what people call it."""
    return stream.title or f"Stream {stream.key.short}"


def stream_diagnosis(stream: Stream) -> Diagnosis | None:
    """Return why it is as it is, None before the first look and after its end."""
    return None if stream.ended or stream.verdict is None else stream.verdict.diagnosis


def stream_view(stream: Stream) -> StreamView:
    """Return the picture of one stream now."""
    engine = stream.supply.engine
    stat = None if stream.ended else stream.stat_poller.stat  # else of an engine it has left
    program = stream.supply.scanner.program
    now = clock.monotonic()
    history = _history(stream)
    return StreamView(
        id=stream.key.stream_id,
        key=stream.key,
        name=stream_name(stream),
        state=state_of(stream),
        started_time=stream.started_time,
        codecs=program.codecs if program is not None else "",
        bit_rate=stream.counters.meter.rate if not stream.ended else 0.0,
        rate_history=history.recent.rate,
        media_rate=stream.ring.media_rate,
        peers=stat.peers if stat is not None else None,
        speed_down=stat.speed_down if stat is not None else None,
        speed_up=stat.speed_up if stat is not None else None,
        engine_status=stat.status if stat is not None else "",
        engine_id=engine.id if engine is not None else None,
        engine_name=engine.name if engine is not None else "",
        carried_by=engine.carried_by if engine is not None else "",
        buffer=stream.ring.duration,
        buffer_bytes=stream.ring.size,
        received_bytes=stream.ring.total,
        first_byte=_since_start(stream, stream.supply.first_at),
        switches=stream.supply.switches,
        failovers=tuple(stream.supply.failovers),
        clients=tuple(client_view(stream, client) for client in stream.clients),
        error=stream.error,
        diagnosis=stream_diagnosis(stream),
        broadcast=_broadcast(stream),
        accepted=_since_start(stream, stream.supply.accepted_at),
        first_keyframe=_since_start(stream, stream.counters.keyframe_at),
        hold=0.0 if stream.ended or stream.is_spare or len(stream.clients) else PREPARED_HOLD,
        gaps=stream.counters.gaps.facts(
            None if stream.ended else now, stream.supply.read_throttle.held_at
        ),
        left=stream.clients.clients_that_left.views(now),
        history=history,
    )


def _since_start(stream: Stream, at: float | None) -> float | None:
    return None if at is None else at - stream.supply.started_at


def _history(stream: Stream) -> StreamHistory:
    meter, buffers = stream.counters.meter, stream.counters.buffers
    return StreamHistory(
        recent=Course(interval=1.0, rate=meter.history, buffer=buffers.recent),
        hour=Course(interval=STEP, rate=meter.hour, buffer=buffers.hour),
    )


def _broadcast(stream: Stream) -> BroadcastState | None:
    """Return what is known of the broadcast; it counts as live only if the engine says so."""
    if stream.broadcast.state is not BroadcastState.LIVE:
        return stream.broadcast.state
    stat = stream.stat_poller.stat
    live = stat.is_live if stat is not None else None
    if live is None and stream.supply.session is not None:
        live = stream.supply.session.is_live
    return BroadcastState.LIVE if live else None


def client_view(stream: Stream, client: Client) -> ClientView:
    """Return the picture of one client of `stream` now."""
    behind = stream.ring.behind(client.position) if client.position is not None else 0.0
    return ClientView(
        id=client.id,
        player=player_name(client.user_agent),
        user_agent=client.user_agent,
        address=client.address,
        connected_time=client.connected_time,
        sent_bytes=client.sent_bytes,
        rate=client.rate,
        behind=behind,
        skips=client.skips,
        gaps=client.gaps.facts(),
        first_byte=None if client.first_at is None else client.first_at - client.connected_at,
        state=ClientState.PAUSED if client.is_paused else ClientState.PLAYING,
        still_for=client.still_for if client.is_paused else 0.0,
    )
