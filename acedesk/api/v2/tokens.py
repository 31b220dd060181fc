"""Tokens of devices over HTTP: listed, made, revoked; the last two on this computer only."""

from collections.abc import Sequence
from typing import Final, Protocol

from aiohttp import web

from acedesk.api import wire
from acedesk.api.endpoints import OWN, Endpoint, read_body
from acedesk.api.v2.shapes import MadeToken, TokenMessage, TokenToMake
from acedesk.errors import BadRequest, Forbidden
from acedesk.model.access.token import AccessToken, NewToken, Scope
from acedesk.proxy.http.access.arrival import visit_of
from acedesk.proxy.http.errors import NO_STORE

_BODY: Final = 'The body is {"name": "...", "scope": "all" or "play"}.'
_HERE_ONLY: Final = (
    "Tokens are made and revoked on the computer that AceDesk runs on: in its window, or with "
    "“acedesk tokens add NAME”."
)


class TokensApi(Protocol):
    """Who has the tokens; `acedesk.application.access.AccessControl` is it."""

    @property
    def tokens(self) -> Sequence[AccessToken]:
        """All tokens, the oldest first."""
        ...

    async def add(self, name: str, *, scope: Scope) -> NewToken:
        """Make a token."""
        ...

    async def revoke(self, token_id: str) -> AccessToken:
        """Let a token open nothing any more."""
        ...


class TokenRoutes:
    """The handlers over what the application offers."""

    def __init__(self, tokens: TokensApi) -> None:
        self._tokens = tokens

    def endpoints(self) -> list[Endpoint]:
        """Return the routes."""
        return [
            Endpoint(
                method="GET",
                path="/tokens",
                handler=self.tokens,
                answer=list[AccessToken],
                prefixes=OWN,
            ),
            Endpoint(
                method="POST",
                path="/tokens",
                handler=self.add,
                answer=MadeToken,
                body=TokenToMake,
                needs_body=True,
                statuses=(413, 422),
                prefixes=OWN,
            ),
            Endpoint(
                method="DELETE",
                path="/tokens/{id}",
                handler=self.revoke,
                answer=TokenMessage,
                statuses=(404,),
                prefixes=OWN,
            ),
        ]

    async def tokens(self, _request: web.Request) -> web.Response:
        """List the tokens, without their secrets; who used which last, and for what."""
        return web.json_response(wire.to_json(tuple(self._tokens.tokens)), headers=NO_STORE)

    async def add(self, request: web.Request) -> web.Response:
        """Make a token; its secret is in this answer and nowhere else."""
        _check_own(request)
        body = await read_body(request)
        name, scope = body.get("name"), body.get("scope", Scope.ALL.value)
        if not isinstance(name, str) or scope not in [one.value for one in Scope]:
            raise BadRequest(_BODY)
        made = await self._tokens.add(name, scope=Scope(scope))
        return web.json_response(wire.to_json(made), headers=NO_STORE)

    async def revoke(self, request: web.Request) -> web.Response:
        """Let a token open nothing any more, from the next request on."""
        _check_own(request)
        token = await self._tokens.revoke(request.match_info["id"])
        body = {"message": "revoked", "id": token.id, "name": token.name}
        return web.json_response(body, headers=NO_STORE)


def _check_own(request: web.Request) -> None:
    """Refuse all but our own commands, whatever the token: a stolen one must not make more.

    Nor may who only comes from this computer: a reverse proxy here brings whole networks.

    Raises:
        Forbidden: It is none of them.
    """
    if not visit_of(request).by_command:
        raise Forbidden(_HERE_ONLY)
