"""Everything at once, and streams in full: what windows show."""

from collections.abc import Callable, Iterator
from typing import Protocol

from aiohttp import web

from acedesk import tasks
from acedesk.api import wire
from acedesk.api.endpoints import CONTRACT, OWN, Endpoint, reads
from acedesk.api.v2.shapes import StreamDiagnosis, StreamMessage
from acedesk.api.v2.stream_rows import StreamRows, whole_rows
from acedesk.errors import NotFound
from acedesk.model.diagnosis import Diagnosis
from acedesk.model.event import StopCause
from acedesk.model.history import StreamHistory
from acedesk.model.snapshot import Snapshot, StreamView


class StreamsApi(Protocol):
    """What the API may do with streams; `acedesk.application.streams.StreamControl` is it."""

    async def stop(self, stream_id: str, cause: StopCause) -> None:
        """Stop a stream and its viewers."""
        ...

    async def switch_engine(self, stream_id: str) -> None:
        """Let a stream go on with another engine."""
        ...


class ReadsApi(Protocol):
    """Reads of single streams; `acedesk.application.reads.StreamReads` is it."""

    def find(self, stream_id: str) -> StreamView | None:
        """Return the picture of one, None when it is not there."""
        ...

    def diagnoses(self) -> Iterator[tuple[str, str, Diagnosis | None]]:
        """Yield of each its id, its name and why it is as it is."""
        ...


class StreamRoutes:
    """The handlers over what the application offers.

    Args:
        rest: Returns a picture of all but streams and their rates.
    """

    def __init__(
        self,
        rest: Callable[[], Snapshot],
        reads: ReadsApi,
        rows: StreamRows,
        streams: StreamsApi,
    ) -> None:
        self._rest = rest
        self._reads = reads
        self._rows = rows
        self._streams = streams
        self._engines = wire.KeptTexts()

    def endpoints(self) -> list[Endpoint]:
        """Return the routes."""
        one = "/streams/{id}"
        read = (
            ("/snapshot", self.snapshot, Snapshot, ()),
            ("/streams", self.streams, list[StreamView], ()),
            ("/diagnosis", self.diagnosis, list[StreamDiagnosis], ()),
            (one, self.stream, StreamView, (404,)),
            (f"{one}/history", self.history, StreamHistory, (404,)),
        )
        return [
            *reads(read, OWN),
            Endpoint(
                method="DELETE",
                path=one,
                handler=self.stop_stream,
                answer=StreamMessage,
                statuses=(404,),
                prefixes=OWN,
            ),
            Endpoint(
                method="POST",
                path=f"{one}/switch-engine",
                handler=self.switch_engine,
                answer=StreamMessage,
                statuses=(404, 503),
                prefixes=(*OWN, *CONTRACT),
            ),
        ]

    async def snapshot(self, _request: web.Request) -> web.Response:
        """Give everything at once."""
        rows, rest = await self._rows.rows(with_rates=True), self._rest()
        text = wire.whole(
            rest,
            streams=whole_rows(rows),
            engines=self._engines.entries({view.id: view for view in rest.engines}),
            rate_in=wire.text(sum(row.rate_in for row in rows)),
            rate_out=wire.text(sum(row.rate_out for row in rows)),
            rate_up=wire.text(sum(row.rate_up for row in rows)),
        )
        return web.json_response(text=text)

    async def streams(self, _request: web.Request) -> web.Response:
        """List the streams."""
        rows = await self._rows.rows()
        return web.json_response(text=f"[{', '.join(row.text for row in rows)}]")

    async def stream(self, request: web.Request) -> web.Response:
        """Give one stream."""
        return web.json_response(text=wire.stream_text(self._find(request)))

    async def diagnosis(self, _request: web.Request) -> web.Response:
        """Tell of each stream why it is as it is."""
        rows, work = [], tasks.Slice()
        for stream_id, name, diagnosis in tuple(self._reads.diagnoses()):
            if work.is_over():
                await work.go_on()
            rows.append(
                f'{{"stream_id": {wire.text(stream_id)}, "name": {wire.text(name)}, '
                f'"diagnosis": {wire.text(diagnosis)}}}'
            )
        return web.json_response(text=f"[{', '.join(rows)}]")

    async def history(self, request: web.Request) -> web.Response:
        """Give the course of rate and buffer of one stream: five minutes, and an hour."""
        return web.json_response(text=wire.text(self._find(request).history))

    def _find(self, request: web.Request) -> StreamView:
        found = self._reads.find(request.match_info["id"])
        if found is None:
            raise NotFound("this stream is not running")
        return found

    async def stop_stream(self, request: web.Request) -> web.Response:
        """Stop one stream."""
        stream_id = request.match_info["id"]
        await self._streams.stop(stream_id, StopCause.PROGRAM)
        return web.json_response({"message": "stopped", "stream_id": stream_id})

    async def switch_engine(self, request: web.Request) -> web.Response:
        """Let one stream go on with another engine; its viewers stay connected."""
        stream_id = request.match_info["id"]
        await self._streams.switch_engine(stream_id)
        return web.json_response({"message": "switching", "stream_id": stream_id})
