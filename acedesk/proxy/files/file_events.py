"""What is noted of files and their players as events, in the same shape as of streams."""

from acedesk import clock
from acedesk.formats.user_agent import player_name
from acedesk.model.event import EventKind, Note, StopCause
from acedesk.proxy.delivery.client import EndReason
from acedesk.proxy.files.file_playback import FilePlayback


class FileEvents:
    """Notes when files begin and end, and who plays them."""

    def __init__(self, note: Note) -> None:
        self._note = note
        self._stopped: dict[str, StopCause] = {}

    def joined(self, playback: FilePlayback, *, first: bool) -> None:
        """Note a player that came; the first one of a file begins it."""
        play, client = playback.play, playback.client
        stream = play.key.stream_id
        if first:
            self._note(EventKind.STREAM_BEGAN, stream, name=play.title, is_file=True)
        self._note(
            EventKind.CLIENT_JOINED,
            client.id,
            stream=stream,
            player=player_name(client.user_agent),
            address=client.address,
        )

    def stopping(self, playback: FilePlayback, cause: StopCause) -> None:
        """Note that the file of this playback is to end for all its players, and why."""
        self._stopped.setdefault(playback.play.key.stream_id, cause)

    def left(self, playback: FilePlayback, reason: EndReason, *, last: bool) -> None:
        """Note a player that is gone; the last one of a file ends it."""
        play, client = playback.play, playback.client
        stream = play.key.stream_id
        self._note(
            EventKind.CLIENT_LEFT,
            client.id,
            cause=reason.name.lower(),
            stream=stream,
            player=player_name(client.user_agent),
            address=client.address,
            seconds=clock.monotonic() - client.connected_at,
            sent_bytes=client.sent_bytes,
            skips=client.skips,
        )
        if last:
            by_person = StopCause.PERSON if reason is EndReason.CLOSED else None
            cause = self._stopped.pop(stream, by_person)
            why = cause.value if cause is not None else "nobody_watched"
            self._note(EventKind.STREAM_ENDED, stream, cause=why, name=play.title, is_file=True)
