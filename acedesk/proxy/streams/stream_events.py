"""What is noted of streams and their clients as events."""

from acedesk import clock
from acedesk.formats.user_agent import player_name
from acedesk.model.event import EventKind, Note, StopCause
from acedesk.proxy.delivery.client import Client, EndReason
from acedesk.proxy.streams.stream import Stream


class StreamEvents:
    """Notes when streams begin and end, and who joins and leaves them."""

    def __init__(self, note: Note) -> None:
        self._note = note
        self._running: set[Stream] = set()
        self._stopped: dict[Stream, StopCause] = {}

    def began(self, stream: Stream) -> None:
        """Note a stream that was just opened."""
        self._running.add(stream)
        self._note(EventKind.STREAM_BEGAN, stream.key.stream_id, name=stream.title)

    def stopping(self, cause: StopCause, *streams: Stream) -> None:
        """Note that these are to end, and why; what was noted first holds."""
        for stream in self._running.intersection(streams):
            self._stopped.setdefault(stream, cause)

    def ended(self, stream: Stream) -> None:
        """Note a stream that is over; one that was noted already is left alone."""
        if stream not in self._running:
            return
        self._running.remove(stream)
        stopped = self._stopped.pop(stream, None)
        cause = stopped.value if stopped is not None else "nobody_watched"
        self._note(
            EventKind.STREAM_ENDED,
            stream.key.stream_id,
            cause=stream.error.code if stream.error is not None else cause,
            name=stream.title,
            seconds=clock.monotonic() - stream.supply.started_at,
            received_bytes=stream.ring.total,
            switches=stream.supply.switches,
        )

    def joined(self, stream: Stream, client: Client) -> None:
        """Note a client that came."""
        self._note(
            EventKind.CLIENT_JOINED,
            client.id,
            stream=stream.key.stream_id,
            player=player_name(client.user_agent),
            address=client.address,
        )

    def left(self, stream: Stream, client: Client) -> None:
        """Note a client that is gone, and why."""
        self._note(
            EventKind.CLIENT_LEFT,
            client.id,
            cause=(client.reason or EndReason.LEFT).name.lower(),
            stream=stream.key.stream_id,
            player=player_name(client.user_agent),
            address=client.address,
            seconds=clock.monotonic() - client.connected_at,
            sent_bytes=client.sent_bytes,
            skips=client.skips,
        )
