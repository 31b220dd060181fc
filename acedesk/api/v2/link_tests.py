"""Trying a link over HTTP: `POST /api/v2/tests` with `{"link": ...}`; the last results by GET."""

from collections.abc import Sequence
from typing import Any, Final, Protocol

from aiohttp import web

from acedesk.api import wire
from acedesk.api.endpoints import OWN, Endpoint, read_body
from acedesk.api.v2.shapes import LinkToTest, TestedLink
from acedesk.errors import BadRequest, InvalidValue, LinkError
from acedesk.formats import links
from acedesk.model.content import Link
from acedesk.model.history import LinkTestResult
from acedesk.words import link_test

KEPT: Final = 100


class LinkTestsApi(Protocol):
    """Who tries links; `acedesk.application.streams.StreamControl` is it."""

    async def test(self, link: Link) -> LinkTestResult:
        """Try a link on an engine that nobody uses."""
        ...


class ResultsApi(Protocol):
    """Who keeps the results; `acedesk.application.history.HistoryControl` is it."""

    async def link_tests(self, count: int) -> Sequence[str]:
        """Return the last results as JSON, newest first."""
        ...


class LinkTestRoutes:
    """The handlers over what the application offers."""

    def __init__(self, streams: LinkTestsApi, results: ResultsApi) -> None:
        self._streams = streams
        self._results = results

    def endpoints(self) -> list[Endpoint]:
        """Return the routes."""
        return [
            Endpoint(
                method="POST",
                path="/tests",
                handler=self.test,
                answer=TestedLink,
                body=LinkToTest,
                needs_body=True,
                statuses=(413, 503),
                prefixes=OWN,
            ),
            Endpoint(
                method="GET",
                path="/tests",
                handler=self.last,
                answer=list[dict[str, Any]],
                prefixes=OWN,
            ),
        ]

    async def test(self, request: web.Request) -> web.Response:
        """Try a link; answers when it is known whether it plays, within a minute or so."""
        result = await self._streams.test(await _link(request))
        told = wire.to_json(result)
        assert isinstance(told, dict)
        words = {"plays": result.plays, "sentence": link_test.verdict(result)}
        return web.json_response({**told, **words})

    async def last(self, _request: web.Request) -> web.Response:
        """List the last results, newest first."""
        rows = await self._results.link_tests(KEPT)
        return web.json_response(text=f"[{', '.join(rows)}]")


async def _link(request: web.Request) -> Link:
    """Return the link in the body.

    Raises:
        BadRequest: There is none.
    """
    try:
        text = (await read_body(request)).get("link")
    except InvalidValue:
        text = None
    if not isinstance(text, str):
        raise BadRequest('The body is {"link": "..."}.')
    try:
        return links.find(text)
    except LinkError as exc:
        raise BadRequest(exc.detail) from exc
