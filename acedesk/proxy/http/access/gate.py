"""The one place where a request is let in or not, before anything of it is done.

Once for each request: nothing of this is on the path of the media.
"""

import asyncio
import hmac
import re
import socket
import weakref
from collections.abc import Callable, Iterable
from typing import Final

from aiohttp import web

from acedesk import clock
from acedesk.errors import (
    AceDeskError,
    BadRequest,
    Forbidden,
    TooManyRequests,
    Unauthorized,
    WrongToken,
)
from acedesk.formats.getstream import wants_json
from acedesk.formats.text import clean_text
from acedesk.formats.user_agent import player_name
from acedesk.model.access.token import AccessToken, Scope
from acedesk.model.event import EventKind, Note, note_nothing
from acedesk.proxy.http.access.arrival import MOST_SLASHES, Visit, visit_of
from acedesk.proxy.http.recent_uses import RecentUses
from acedesk.rules.access.admittance import Verdict, judge
from acedesk.rules.access.contract_use import contract_of
from acedesk.rules.access.host_names import is_our_name
from acedesk.rules.access.rate_limit import RateLimit, device_key, limit_key
from acedesk.settings import Settings
from acedesk.store.access.token_book import TokenBook
from acedesk.words.errors import explain

# Ten wrong tokens at once: a household that typed one wrong on the TV. Then one in six seconds. A
# secret has 130 bits, so nobody finds one by trying: this is about load and the log. A right one is
# let in all the same, or who tries would lock out whoever has the same address.
GUESSES: Final = 10
GUESSES_PER_SECOND: Final = 1 / 6
# A device has as many addresses of its home's IPv6 network as it likes.
HOME_GUESSES: Final = 100
HOME_GUESSES_PER_SECOND: Final = 1
# Of each other device; a player of HLS asks twice a second at most, a page with everything on it a
# hundred times at once.
REQUESTS: Final = 1000
REQUESTS_PER_SECOND: Final = 200
# Seconds until a refusal of the same device is noted again: players try again every few seconds.
AGAIN: Final = 60.0
LONGEST_WHAT: Final = 80
# acexy asks it without the key that it sends with all else.
_WITHOUT_KEY: Final = "/orchestrator/status"
# What routes have for doubled slashes and the path of a reverse proxy.
_FILLERS: Final = re.compile(r"\{_slashes\d+\}|\{prefix\}/")

_PLAYS_ONLY: Final = (
    "This device may play, and nothing else. Make a token for it: “acedesk tokens add NAME”."
)
_UNKNOWN_NAME: Final = (
    "This AceDesk does not go by the name “{name}”. If that is one of its names, add it to “Names "
    "of this AceDesk” in Settings, Network (host_names)."
)


class Gate:
    """Lets requests in.

    Args:
        book: The tokens.
        command_secret: What our own commands send.
        proxy_secret: What other AceDesks send that share contents with this one; they may play.
        player_secret: Returns what players get from who has a token that opens more than playing.
        recent: Takes which program asked for what, except our own commands.
        own_address_is_local: Who asks from the address that it asks is on this computer. Not so in
            a container, where that may be whoever forwards a port to it.
    """

    def __init__(
        self,
        book: TokenBook,
        settings: Callable[[], Settings],
        *,
        command_secret: str = "",
        proxy_secret: str = "",
        player_secret: Callable[[], str] = str,
        note: Note = note_nothing,
        recent: RecentUses | None = None,
        own_address_is_local: bool = False,
        monotonic: Callable[[], float] = clock.monotonic,
    ) -> None:
        self._book = book
        self._settings = settings
        self._command_secret = command_secret
        self._proxy_secret = proxy_secret
        self._player_secret = player_secret
        self._note = note
        self._recent = recent
        self.own_address_is_local = own_address_is_local
        self._monotonic = monotonic
        self._playing: frozenset[object] = frozenset()
        # The token of the last request of each connection, "" for none.
        self._last_used: weakref.WeakKeyDictionary[asyncio.Transport, str] = (
            weakref.WeakKeyDictionary()
        )
        self._guesses = RateLimit(burst=GUESSES, per_second=GUESSES_PER_SECOND)
        self._home_guesses = RateLimit(burst=HOME_GUESSES, per_second=HOME_GUESSES_PER_SECOND)
        self._requests = RateLimit(burst=REQUESTS, per_second=REQUESTS_PER_SECOND)
        self._notes = RateLimit(burst=1, per_second=1 / AGAIN, remembered=200)

    @property
    def trusted_proxies(self) -> tuple[str, ...]:
        """Addresses and networks of our reverse proxies."""
        return self._settings().trusted_proxies

    @property
    def host_names(self) -> tuple[str, ...]:
        """What people reach this AceDesk by."""
        return self._settings().host_names

    def set_playing(self, routes: Iterable[web.RouteDef]) -> None:
        """Take these as what players ask."""
        self._playing = frozenset(route.handler for route in routes)

    def hang_up(self, token_id: str) -> None:
        """Cut off what goes on with a token: media, and who follows changes."""
        for transport, used in list(self._last_used.items()):
            if used == token_id:
                transport.abort()

    def admit(self, request: web.Request) -> None:
        """Let a request in.

        Raises:
            Unauthorized: It needs a token, or has one that opens nothing.
            TooManyRequests: Too many come from its address, or too many wrong tokens.
            Forbidden: Its token opens only playing; or it calls us by a name that is not ours.
            BadRequest: It calls us by something that is no name, or by several.
        """
        visit = visit_of(request)
        try:
            if visit.misshapen:
                raise BadRequest(f"The path of a request has at most {MOST_SLASHES} slashes.")
            self._admit(request, visit)
        except AceDeskError as exc:
            self._tell(request, visit, exc)
            raise

    def _admit(self, request: web.Request, visit: Visit) -> None:
        arrival, now = visit.arrival, self._monotonic()
        secrets = _secrets(request, visit)
        home, device = limit_key(arrival.client), device_key(arrival.client)
        token, secret = self._find(secrets)
        # Who has a token is let in beside others at its address that ask too much.
        asks = home if token is None else f"{device} {token.id}"
        if not arrival.local and (wait := self._requests.take(asks, now)):
            raise TooManyRequests(retry_after=wait)
        is_command = _has(secrets, self._command_secret)
        visit.own, visit.by_command = arrival.local or is_command, is_command
        playing = request.match_info.handler in self._playing
        if playing and request.method == "OPTIONS":  # browsers send it without any token
            return
        if playing and _has(secrets, self._proxy_secret):
            return
        verdict = self._judge(visit, token, playing=playing)
        if not secrets and self._is_known_status(request, arrival.client):
            verdict = Verdict.OPEN
        visit.token = self._for_players(token, secret)
        self._note_use(request, visit, token)
        if verdict is Verdict.PLAYS_ONLY:
            raise Forbidden(_PLAYS_ONLY)
        if verdict is Verdict.NEEDS_TOKEN:
            self._refuse(arrival.client, given=bool(secrets), now=now)
        if token is None and not arrival.proxied:
            self._check_name(request)
        if self._recent is not None and not is_command:
            self._recent.note(
                _player(request),
                arrival.client,
                contract_of(_route(request), as_json=wants_json(request.query.items())),
                clock.utc_now(),
                device="" if token is None else token.name,
            )

    def _judge(self, visit: Visit, token: AccessToken | None, *, playing: bool) -> Verdict:
        settings = self._settings()
        return judge(
            local=visit.own,
            client=visit.arrival.client,
            playing=playing,
            scope=None if token is None else token.scope,
            open_network=settings.open_network,
            allowed=settings.allowed_networks,
        )

    def _for_players(self, token: AccessToken | None, secret: str) -> str:
        """Return the secret in addresses for players of who has this token."""
        if token is None:
            return ""
        return secret if token.scope is Scope.PLAY else self._player_secret()

    def _is_known_status(self, request: web.Request, client: str) -> bool:
        """Tell whether it is what clients of an orchestrator ask without their key.

        It is answered to addresses from which a token that opens it was used.
        """
        return _route(request).endswith(_WITHOUT_KEY) and self._book.is_known(client)

    def _refuse(self, client: str, *, given: bool, now: float) -> None:
        """Refuse who has no token that opens anything.

        Raises:
            TooManyRequests: Wrong ones came too often from this address.
            Unauthorized: Otherwise.
        """
        if not given:
            raise Unauthorized()
        home, device = limit_key(client), device_key(client)
        wait = self._guesses.take(device, now)
        if device != home:
            wait = max(wait, self._home_guesses.take(home, now))
        if wait:
            raise TooManyRequests(retry_after=wait)
        raise WrongToken()

    def _find(self, secrets: tuple[str, ...]) -> tuple[AccessToken | None, str]:
        """Return the token of one of these secrets, and that; of several the one for more."""
        best: tuple[AccessToken | None, str] = None, ""
        for secret in secrets:
            found = self._book.match(secret)
            if found is not None and (best[0] is None or found.scope is Scope.ALL):
                best = found, secret
        return best

    def _check_name(self, request: web.Request) -> None:
        """Refuse who calls us by a name that a site on the Internet may have.

        Raises:
            Forbidden: The name is none of ours.
            BadRequest: There are several.
        """
        named = request.headers.getall("Host", [])
        if len(named) > 1:
            raise BadRequest("A request has one Host.")
        is_absolute = not request.raw_path.startswith("/")  # then its own name counts (RFC 9112)
        for name in {*named, request.host} if is_absolute else set(named):
            if not is_our_name(name, self._settings().host_names, computer=socket.gethostname()):
                raise Forbidden(_UNKNOWN_NAME.format(name=clean_text(name, 100)))

    def _note_use(self, request: web.Request, visit: Visit, token: AccessToken | None) -> None:
        if request.transport is not None:
            self._last_used[request.transport] = "" if token is None else token.id
        if token is None:
            return
        self._book.note_use(
            token.id,
            time=clock.utc_now(),
            address=visit.arrival.client,
            what=_what(request),
        )

    def _tell(self, request: web.Request, visit: Visit, error: AceDeskError) -> None:
        """Note a refusal: players do not show why they were refused."""
        address = visit.arrival.client
        if self._notes.take(limit_key(address), self._monotonic()):
            return
        self._note(
            EventKind.REQUEST_REFUSED,
            address,
            cause=error.code,
            player=_player(request),
            asked="",
            why=explain(error).line,
        )


def _has(secrets: tuple[str, ...], wanted: str) -> bool:
    ours = wanted.encode()
    return bool(ours) and any(
        hmac.compare_digest(one.encode("utf-8", "surrogatepass"), ours) for one in secrets
    )


def _secrets(request: web.Request, visit: Visit) -> tuple[str, ...]:
    """Return the secrets that a request brings, each once."""
    scheme, _, bearer = request.headers.get("Authorization", "").strip().partition(" ")
    given = (
        visit.token,
        bearer.strip() if scheme.lower() == "bearer" else "",
        request.headers.get("X-API-Key", "").strip(),
    )
    return tuple(dict.fromkeys(one for one in given if one))


def _player(request: web.Request) -> str:
    return player_name(clean_text(request.headers.get("User-Agent", ""), 400))


def _what(request: web.Request) -> str:
    """Return who asks for what: the route, so that no id and no key is kept."""
    return clean_text(f"{_player(request)}: {_route(request)}".strip(": "), LONGEST_WHAT)


def _route(request: web.Request) -> str:
    """Return the route as it was declared, "" for none: "/ace/hls/{token}/{number}.ts"."""
    resource = request.match_info.route.resource
    return _FILLERS.sub("", resource.canonical) if resource is not None else ""
