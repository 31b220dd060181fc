"""Streams as the contract has them: our own and those that other programs reported."""

import datetime
from typing import Any, Final, Protocol

from aiohttp import web

from acedesk import clock
from acedesk.api.endpoints import Endpoint, Parameter, answer, read_query, text_answer
from acedesk.api.orchestrator.facts import ENDED, STARTED, ContractFacts
from acedesk.api.orchestrator.shapes import (
    LivePosition,
    LivePositionAnswer,
    StreamStat,
    StreamState,
    StreamStopped,
    wire_rate,
    wire_time,
)
from acedesk.application.reported_streams import ReportedStream
from acedesk.engines.upkeep.claims import StatAnswer
from acedesk.errors import NotFound
from acedesk.model.event import StopCause

_FILTERS: Final = (
    Parameter(name="status", choices=(STARTED, ENDED), default=STARTED),
    Parameter(name="container_id", about="Only those of this engine."),
)
_SINCE: Final = Parameter(name="since", kind="time", about="Only what was seen after it.")


class OwnStreamsApi(Protocol):
    """What may be done with our streams; `acedesk.application.streams.StreamControl` is it."""

    async def stop(self, stream_id: str, cause: StopCause) -> None:
        """Stop a stream and its viewers."""
        ...


class ReportedApi(Protocol):
    """The streams of other programs; `ReportedStreams` is it."""

    def get(self, stream_id: str) -> ReportedStream | None:
        """Return one, None when it is not known."""
        ...

    async def stop(self, stream_id: str) -> ReportedStream:
        """End its session on its engine."""
        ...


class StreamRoutes:
    """The handlers over the facts and what the application offers."""

    def __init__(self, facts: ContractFacts, own: OwnStreamsApi, reported: ReportedApi) -> None:
        self._facts = facts
        self._own = own
        self._reported = reported

    def endpoints(self) -> list[Endpoint]:
        """Return the routes."""
        one = "/streams/{id}"
        return [
            Endpoint(
                method="GET",
                path="/streams",
                handler=self.streams,
                answer=list[StreamState],
                query=_FILTERS,
                statuses=(422,),
            ),
            Endpoint(
                method="GET",
                path=f"{one}/stats",
                handler=self.stats,
                answer=list[StreamStat],
                query=(_SINCE,),
                statuses=(422,),
            ),
            Endpoint(
                method="GET",
                path=f"{one}/livepos",
                handler=self.livepos,
                answer=LivePositionAnswer,
                statuses=(404,),
            ),
            Endpoint(
                method="GET",
                path=f"{one}/extended-stats",
                handler=self.extended,
                answer=dict[str, str],
                statuses=(404,),
            ),
            Endpoint(
                method="DELETE",
                path=one,
                handler=self.stop,
                answer=StreamStopped,
                statuses=(400, 404, 502),
            ),
        ]

    async def streams(self, request: web.Request) -> web.Response:
        """List the streams that play, or those that have ended."""
        wanted = read_query(request, _FILTERS)
        rows = await self._facts.read_streams(
            status=wanted["status"], container_id=wanted["container_id"]
        )
        return text_answer(f"[{', '.join(row.text for row in rows)}]")

    async def stats(self, request: web.Request) -> web.Response:
        """Tell how a stream does, as its engine told; nothing of one that is not known.

        Of a stream of another program these are the last minutes, of ours the last answer.
        """
        since: datetime.datetime | None = read_query(request, (_SINCE,))["since"]
        if others := self._facts.answers(request.match_info["id"]):
            return answer([_row(one) for one in others if since is None or one.time > since])
        now = clock.utc_now()
        session = self._facts.session(request.match_info["id"])
        if session is None or session.stat is None or (since is not None and since > now):
            return answer([])
        row = self._facts.stream(session.key.stream_id)
        return answer(
            [
                StreamStat(
                    ts=wire_time(now),
                    peers=row.peers,
                    speed_down=row.speed_down,
                    speed_up=row.speed_up,
                    downloaded=session.received_bytes,
                    uploaded=None,
                    status=session.stat.status,
                )
            ]
        )

    async def livepos(self, request: web.Request) -> web.Response:
        """Tell where a broadcast is."""
        row = self._facts.stream(request.match_info["id"])
        session = self._facts.session(row.id)
        stat = None if session is None else session.stat
        found: LivePosition | None = None
        if stat is not None and (stat.pos is not None or stat.live_last is not None):
            found = LivePosition(
                pos=stat.pos,
                live_first=None,
                live_last=stat.live_last,
                first_ts=None,
                last_ts=stat.live_last,
                buffer_pieces=None,
            )
        return answer(
            LivePositionAnswer(has_livepos=found is not None, is_live=row.is_live, livepos=found)
        )

    async def extended(self, request: web.Request) -> web.Response:
        """Tell what is known of a stream's content."""
        row = self._facts.stream(request.match_info["id"])
        session = self._facts.session(row.id)
        found: dict[str, Any] = {"title": row.title}
        if session is not None and session.session is not None and session.session.infohash:
            found["infohash"] = session.session.infohash
        return answer({name: value for name, value in found.items() if value})

    async def stop(self, request: web.Request) -> web.Response:
        """Stop a stream: a reported one by a command to its engine, ours with all viewers."""
        stream_id = request.match_info["id"]
        try:
            await self._own.stop(stream_id, StopCause.PROGRAM)
        except NotFound:
            if self._reported.get(stream_id) is None:
                raise
            await self._reported.stop(stream_id)
        return answer(StreamStopped(message="stopped", stream_id=stream_id))


def _row(one: StatAnswer) -> StreamStat:
    stat = one.stat
    return StreamStat(
        ts=wire_time(one.time),
        peers=stat.peers,
        speed_down=wire_rate(stat.speed_down),
        speed_up=wire_rate(stat.speed_up),
        downloaded=stat.downloaded,
        uploaded=stat.uploaded,
        status=stat.status,
    )
