"""What programs follow: engines and streams as the contract lists them, and what changes."""

from collections.abc import Callable, Mapping

from aiohttp import web

from acedesk.api.changes import ChangedRows
from acedesk.api.endpoints import EVENT_STREAM, OWN, Endpoint, Parameter, encode, read_own_query
from acedesk.api.orchestrator.facts import STARTED, ContractFacts
from acedesk.api.orchestrator.status import StatusRoutes
from acedesk.api.publisher import Publisher
from acedesk.api.server_sent_events import stream

_QUERY = (Parameter(name="since", about="The last revision that was seen.", default=""),)


def changed_rows(facts: ContractFacts, status: StatusRoutes) -> ChangedRows:
    """Return the source of what is followed."""
    parts: Mapping[str, Callable[[], Mapping[str, str]]] = {
        "engines": lambda: {row.row.container_id: row.text for row in facts.engine_rows()},
        "streams": lambda: {row.row.id: row.text for row in facts.streams(status=STARTED)},
        "vpn": lambda: {"vpn": encode(status.read_vpn())},
    }
    return ChangedRows(parts, lambda: facts.read_rows(texts=True))


class LiveRoutes:
    """The handler over a publisher."""

    def __init__(self, publisher: Publisher) -> None:
        self._publisher = publisher

    def endpoints(self) -> list[Endpoint]:
        """Return the routes."""
        return [
            Endpoint(
                method="GET",
                path="/stream",
                handler=self.stream,
                query=_QUERY,
                statuses=(503,),
                prefixes=OWN,
                media=EVENT_STREAM,
            )
        ]

    async def stream(self, request: web.Request) -> web.StreamResponse:
        """Follow engines and streams: `snapshot` first, then `changes`, as server-sent events."""
        since = read_own_query(request, _QUERY)["since"]
        return await stream(request, self._publisher, since=since)
