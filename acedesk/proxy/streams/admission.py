"""Whether one more stream, file or client may come in.

Streams and files count together, the clients of each stream on their own. What nobody watches is
ended before anybody is refused.
"""

from collections.abc import Callable, Iterable

from acedesk import tasks
from acedesk.errors import Busy, BusyReason
from acedesk.model.content import StreamKey
from acedesk.proxy.files.file_playback import FilePlayback
from acedesk.proxy.files.playback_table import PlaybackTable
from acedesk.proxy.streams.stream import Stream
from acedesk.rules import admission_limits
from acedesk.settings import MIB, Settings


class Admission:
    """Admits streams, files and clients, or raises why not.

    Args:
        streams: Those that run, the oldest first.
        playbacks: The files that are played.
        end: Ends a playback that gives way.
    """

    def __init__(
        self,
        streams: Iterable[Stream],
        playbacks: PlaybackTable,
        settings: Callable[[], Settings],
        end: Callable[[FilePlayback], None],
    ) -> None:
        self._streams = streams
        self._playbacks = playbacks
        self._settings = settings
        self._end = end

    def admit_stream(self) -> None:
        """Let one more stream in.

        Raises:
            Busy: As many streams run as are allowed, and all of them are watched.
        """
        settings = self._settings()
        streams = list(self._streams)
        memory = settings.memory_mib * MIB
        _refuse(
            admission_limits.refuse_stream(
                streams=sum(not stream.is_spare for stream in streams),
                files=len(self._playbacks.busy()),
                max_streams=settings.max_streams,
                memory=memory,
            )
        )
        self._clear(len(streams) + 1 - admission_limits.rings(memory), self._playbacks.files())

    def admit_player(self, key: StreamKey) -> None:
        """Let one more player of a file in, and the file with it.

        Raises:
            Busy: As many players read it, or as many streams and files run, as are allowed.
        """
        settings = self._settings()
        clients = self._playbacks.clients(key)
        self.admit_client(clients)
        others = self._playbacks.busy() - {key}
        watched = sum(not stream.is_spare for stream in self._streams)
        _refuse(
            admission_limits.refuse_file(watched + len(others), max_streams=settings.max_streams)
            if not clients
            else None
        )
        if most := settings.max_viewers_per_stream:
            spare = self._playbacks.spare(key)
            for playback in spare[: max(clients + len(spare) + 1 - most, 0)]:
                self._end(playback)
        if not clients:
            self._clear(0, self._playbacks.files() - {key})

    def admit_client(self, clients: int) -> None:
        """Let one more client in beside so many.

        Raises:
            Busy: There are as many as are allowed.
        """
        most = self._settings().max_viewers_per_stream
        _refuse(admission_limits.refuse_client(clients=clients, max_clients=most))

    def _clear(self, streams_over: int, files: set[StreamKey]) -> None:
        """End what nobody watches, so that one more fits beside all streams and `files`."""
        most = self._settings().max_streams
        streams = list(self._streams)
        over = len(streams) + len(files) + 1 - most if most else 0
        spare = [stream for stream in streams if stream.is_spare]
        leaving = spare[: max(over, streams_over, 0)]
        for stream in leaving:
            tasks.spawn(stream.stop(), name=f"stream {stream.key.short} gives way")
        gone = list(dict.fromkeys(one.play.key for one in self._playbacks.spare()))
        idle = [key for key in gone if key in files - self._playbacks.busy()]
        for key in idle[: max(over - len(leaving), 0)]:
            for playback in self._playbacks.of(key):
                self._end(playback)


def _refuse(reason: BusyReason | None) -> None:
    if reason is not None:
        raise Busy(reason, retry_after=admission_limits.RETRY[reason])
