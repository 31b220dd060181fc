"""Whether one more stream, file or client may come in.

Streams and files count together, the clients of each stream on their own. What nobody watches is
ended before anybody is refused, and after that who is paused.
"""

from collections.abc import Callable, Iterable

from acedesk import clock, tasks
from acedesk.errors import Busy, BusyReason, Forbidden
from acedesk.model.content import StreamKey
from acedesk.proxy.delivery.client import EndReason
from acedesk.proxy.delivery.client_table import ClientTable
from acedesk.proxy.files.file_playback import FilePlayback
from acedesk.proxy.files.playback_table import PlaybackTable
from acedesk.proxy.streams.stream import Stream
from acedesk.rules import admission_limits
from acedesk.rules.private_address import leads_inside
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
            Busy: As many streams run as are allowed, and all of them are watched by somebody who
                is not paused.
        """
        settings = self._settings()
        streams = self._look()
        memory = settings.memory_mib * MIB
        _refuse(
            admission_limits.refuse_stream(
                streams=_watched(streams),
                files=len(self._playbacks.busy()),
                max_streams=settings.max_streams,
                memory=memory,
            )
        )
        self._clear(len(streams) + 1 - admission_limits.rings(memory), self._playbacks.files())

    def yield_engine(
        self, key: StreamKey, check_place: Callable[[StreamKey], None]
    ) -> Stream | None:
        """End the stream that is paused for longest, where every engine is full; return it.

        Args:
            check_place: Raises `Busy` when no engine has a place for a content.
        """
        try:
            check_place(key)
        except Busy as exc:
            if exc.reason is not BusyReason.MAX_CAPACITY:
                return None
        else:
            return None
        for stream in _paused([one for one in self._look() if not one.leaving]):
            stream.clients.close(EndReason.GAVE_WAY)
            stream.close()
            return stream
        return None

    def admit_player(self, key: StreamKey) -> None:
        """Let one more player of a file in, and the file with it.

        Raises:
            Busy: As many players read it, or as many streams and files run, as are allowed.
        """
        settings = self._settings()
        clients = self._playbacks.clients(key)
        self._refuse_client(clients)
        others = self._playbacks.busy() - {key}
        watched = _watched(self._look())
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

    def admit_client(self, clients: ClientTable) -> None:
        """Let one more client in beside these; the one that is paused for longest makes room.

        Raises:
            Busy: There are as many as are allowed, and none of them is paused.
        """
        most = self._settings().max_viewers_per_stream
        if not most or len(clients) < most:
            return
        clients.look(clock.monotonic())
        paused = clients.paused
        self._refuse_client(len(clients) - len(paused))
        for client in paused[: len(clients) + 1 - most]:
            client.close(EndReason.GAVE_WAY)

    def _refuse_client(self, clients: int) -> None:
        most = self._settings().max_viewers_per_stream
        _refuse(admission_limits.refuse_client(clients=clients, max_clients=most))

    def _look(self) -> list[Stream]:
        """Return the streams; whether their clients are paused is up to date."""
        now, streams = clock.monotonic(), list(self._streams)
        for stream in streams:
            stream.clients.look(now)
        return streams

    def _clear(self, streams_over: int, files: set[StreamKey]) -> None:
        """End what may give way, so that one more fits beside all streams and `files`.

        First streams nobody watches, then files whose players are gone or paused, then streams
        all of whose viewers are paused.
        """
        most = self._settings().max_streams
        streams = list(self._streams)
        over = len(streams) + len(files) + 1 - most if most else 0
        leaving = [one for one in streams if one.is_spare][: max(over, streams_over, 0)]
        gone = list(dict.fromkeys(one.play.key for one in self._playbacks.spare()))
        idle = [key for key in gone if key in files - self._playbacks.busy()]
        idle = idle[: max(over - len(leaving), 0)]
        for key in idle:
            for playback in self._playbacks.of(key):
                self._end(playback)
        still_over = max(over - len(idle), streams_over) - len(leaving)
        for stream in leaving + _paused(streams)[: max(still_over, 0)]:
            stream.clients.close(EndReason.GAVE_WAY)
            tasks.spawn(stream.stop(), name=f"stream {stream.key.short} gives way")


def _watched(streams: list[Stream]) -> int:
    """Return how many may not give way."""
    return sum(not (stream.is_spare or stream.clients.are_paused) for stream in streams)


def _paused(streams: list[Stream]) -> list[Stream]:
    """Return those with paused viewers only, first the one whose last viewer paused first."""
    paused = [stream for stream in streams if stream.clients.are_paused]
    return sorted(paused, key=lambda stream: -stream.clients.paused[-1].still_for)


def _refuse(reason: BusyReason | None) -> None:
    if reason is not None:
        raise Busy(reason, retry_after=admission_limits.RETRY[reason])


def refuse_private(key: StreamKey, settings: Settings) -> None:
    """Refuse a content that engines would fetch from inside the home network.

    Raises:
        Forbidden: It is one, and that is not allowed.
    """
    if not settings.allow_private_urls and leads_inside(key):
        raise Forbidden(
            "The address of this link is inside your own network. If engines shall fetch from "
            "there, allow it in Settings, Network (allow_private_urls)."
        )
