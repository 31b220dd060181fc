"""Engines over HTTP: listed, added, drained, restarted, removed, their logs and their day.

`GET /api/v2/engines` lists them; the others act on one, by its id, the begin of its container's id
or its name.
"""

from collections.abc import Callable, Collection
from typing import Final, Protocol

from aiohttp import web

from acedesk.api import wire
from acedesk.api.endpoints import OWN, TEXT, Endpoint, Parameter, read_own_query, reads, request_key
from acedesk.api.v2.shapes import EngineMessage
from acedesk.errors import BadRequest, NotFound
from acedesk.model.engine import REMOVED_BY_PROGRAM, EngineId, EngineSpec
from acedesk.model.history import DayCourse
from acedesk.model.snapshot import EngineView

# A log is as long as its lines; this is more than anybody reads.
MOST_LINES: Final = 10_000
USUAL_LINES: Final = 500
# Of a container's id; as many as Docker shows, and fewer as long as they mean one.
LEAST_DIGITS: Final = 4

_QUERY: Final = (
    Parameter(
        name="lines",
        about="How many at most.",
        kind="integer",
        minimum=1,
        maximum=MOST_LINES,
        default=USUAL_LINES,
    ),
)


class EnginesControl(Protocol):
    """What may be done; `acedesk.application.engines.EngineControl` is it."""

    async def provision(self, request_key: str = "") -> EngineSpec:
        """Make an engine and wait until it answers."""
        ...

    async def drain(self, engine_id: EngineId) -> None:
        """Give it no new streams."""
        ...

    async def serve(self, engine_id: EngineId) -> None:
        """Give it new streams again."""
        ...

    async def replace(self, engine_id: EngineId) -> None:
        """Make another in its place, then remove it."""
        ...

    async def restart(self, engine_id: EngineId) -> None:
        """Restart it."""
        ...

    async def remove(self, engine_id: EngineId, why: str) -> None:
        """Stop and delete it."""
        ...

    async def read_log(self, engine_id: EngineId, lines: int = 500) -> str:
        """Return the last lines it wrote."""
        ...


class DaysApi(Protocol):
    """The past; `acedesk.application.history.HistoryControl` is it."""

    async def engine_day(self, engine_id: EngineId) -> DayCourse:
        """Return how an engine did in the last 24 hours."""
        ...

    async def stream_day(self, stream_id: str) -> DayCourse:
        """Return how a stream did in the last 24 hours."""
        ...


class EngineRoutes:
    """The handlers over what the application offers."""

    def __init__(
        self, views: Callable[[], Collection[EngineView]], engines: EnginesControl, days: DaysApi
    ) -> None:
        self._views = views
        self._engines = engines
        self._days = days
        self._texts = wire.KeptTexts()

    def endpoints(self) -> list[Endpoint]:
        """Return the routes."""
        engines, one = "/engines", "/engines/{id}"
        read = (
            (engines, self.list_engines, list[EngineView], ()),
            (one, self.show, EngineView, (404,)),
            (f"{one}/day", self.day, DayCourse, (404,)),
            ("/streams/{id}/day", self.stream_day, DayCourse, ()),
        )
        act = (
            ("POST", engines, self.add, (503,)),
            ("DELETE", one, self.remove, (404, 503)),
            ("POST", f"{one}/drain", self.drain, (404,)),
            ("POST", f"{one}/undrain", self.undrain, (404,)),
            ("POST", f"{one}/replace", self.replace, (404, 503)),
            ("POST", f"{one}/restart", self.restart, (404, 503)),
        )
        return [
            *reads(read, OWN),
            *(
                Endpoint(
                    method=method,
                    path=path,
                    handler=handler,
                    answer=EngineMessage,
                    statuses=statuses,
                    prefixes=OWN,
                )
                for method, path, handler, statuses in act
            ),
            Endpoint(
                method="GET",
                path=f"{one}/log",
                handler=self.log,
                query=_QUERY,
                statuses=(404, 503),
                prefixes=OWN,
                media=TEXT,
            ),
        ]

    async def list_engines(self, _request: web.Request) -> web.Response:
        """List them as windows show them."""
        texts = self._texts.entries({view.id: view for view in self._views()})
        return web.json_response(text=texts)

    async def show(self, request: web.Request) -> web.Response:
        """Give one."""
        return web.json_response(text=wire.text(self._find(request)))

    async def add(self, request: web.Request) -> web.Response:
        """Make one and answer when it is ready; it goes when it is not needed.

        The same request again is the same engine.
        """
        spec = await self._engines.provision(await request_key(request))
        return web.json_response({"message": "added", "id": spec.id, "name": spec.name})

    async def drain(self, request: web.Request) -> web.Response:
        """Give one no new streams; those it has go on, and one that AceDesk made goes then."""
        view = self._find(request)
        await self._engines.drain(view.id)
        return _done("drained", view)

    async def undrain(self, request: web.Request) -> web.Response:
        """Give one new streams, also where it got none; from then on it stays though it is idle."""
        view = self._find(request)
        await self._engines.serve(view.id)
        return _done("undrained", view)

    async def replace(self, request: web.Request) -> web.Response:
        """Make another one; this one gets no new streams then, and goes without any."""
        view = self._find(request)
        await self._engines.replace(view.id)
        return _done("replaced", view)

    async def restart(self, request: web.Request) -> web.Response:
        """Restart one; its streams move to others meanwhile."""
        view = self._find(request)
        await self._engines.restart(view.id)
        return _done("restarted", view)

    async def remove(self, request: web.Request) -> web.Response:
        """Stop and delete one; its streams move to others."""
        view = self._find(request)
        await self._engines.remove(view.id, REMOVED_BY_PROGRAM)
        return _done("removed", view)

    async def log(self, request: web.Request) -> web.Response:
        """Give the last lines one wrote, as text."""
        lines = read_own_query(request, _QUERY)["lines"]
        text = await self._engines.read_log(self._find(request).id, lines)
        return web.Response(text=text, content_type="text/plain")

    async def day(self, request: web.Request) -> web.Response:
        """Give how one did in the last 24 hours."""
        return web.json_response(wire.to_json(await self._days.engine_day(self._find(request).id)))

    async def stream_day(self, request: web.Request) -> web.Response:
        """Give how a stream did in the last 24 hours; it need not run any more."""
        day = await self._days.stream_day(request.match_info["id"])
        return web.json_response(wire.to_json(day))

    def _find(self, request: web.Request) -> EngineView:
        return find_engine(self._views(), request.match_info["id"])


def find_engine(engines: Collection[EngineView], wanted: str) -> EngineView:
    """Return the engine that is meant.

    Raises:
        NotFound: There is none.
        BadRequest: Several are meant.
    """
    for view in engines:
        if view.id == wanted:
            return view
    found = [view for view in engines if view.name == wanted]
    if not found and len(wanted) >= LEAST_DIGITS:
        found = [view for view in engines if view.container_id.startswith(wanted)]
    if not found:
        raise NotFound(f"there is no engine “{wanted}”")
    if len(found) > 1:
        raise BadRequest(f"Several engines are called “{wanted}”; use an id.")
    return found[0]


def _done(what: str, view: EngineView) -> web.Response:
    return web.json_response({"message": what, "id": view.id, "name": view.name})
