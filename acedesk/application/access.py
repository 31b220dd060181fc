"""What may be asked about access from the network: addresses to hand out, tokens of devices."""

import asyncio
import logging
import pathlib
import secrets
from collections.abc import Callable
from typing import Final

from acedesk import clock, tasks
from acedesk.containers.own_container import is_in_container
from acedesk.errors import BadRequest, NotFound, StorageError
from acedesk.formats.text import clean_text
from acedesk.model.access.token import AccessToken, NewToken, Scope
from acedesk.model.access.use import ProgramUse
from acedesk.model.event import EventKind, Note, note_nothing
from acedesk.model.host import is_loopback, is_unspecified
from acedesk.proxy.http import player_urls
from acedesk.proxy.http.access.gate import Gate
from acedesk.proxy.http.address import LanAddress
from acedesk.proxy.http.recent_uses import RecentUses
from acedesk.rules.access.secret import make_secret
from acedesk.settings import Settings
from acedesk.signals import Signal
from acedesk.store.access.shared_secret import SharedSecret
from acedesk.store.access.token_book import MOST_TOKENS, TokenBook, is_token_id

logger = logging.getLogger(__name__)

LONGEST_NAME: Final = 80
SHARED_NAME: Final = "Copied addresses"
# Seconds. Who used what last is written so often; a crash loses a minute of it.
WRITE_EVERY: Final = 60.0


class AccessControl:
    """Tokens for the windows, the API and commands; see also `acedesk.ui.desk.AccessDesk`.

    Args:
        listening: Returns host and port that are listened on, or will be.
        note: Takes an event of each token that comes or goes.

    Attributes:
        command_secret: What commands of this computer send, new in each run; they find it in the
            data folder.

    Signals:
        changed: A token came or went.

    Closes: writes what was last used, by `close`.
    """

    def __init__(
        self,
        data_dir: pathlib.Path,
        settings: Callable[[], Settings],
        listening: Callable[[], tuple[str, int]],
        note: Note = note_nothing,
    ) -> None:
        self.changed: Signal[()] = Signal()
        self.book = TokenBook(data_dir)
        self.recent = RecentUses()
        self._shared = SharedSecret(data_dir)
        self._settings = settings
        self._listening = listening
        self._note = note
        self._lan_address = LanAddress()
        self._secret = ""
        self.command_secret = secrets.token_urlsafe(32)
        self._changing = asyncio.Lock()
        self._gate: Gate | None = None

    def gate(self, note: Note, proxy_secret: str = "") -> Gate:
        """Return what lets requests in by these tokens, and by that of other AceDesks."""
        self._gate = Gate(
            self.book,
            self._settings,
            command_secret=self.command_secret,
            proxy_secret=proxy_secret,
            player_secret=lambda: "" if self._settings().open_network else self._secret,
            note=note,
            recent=self.recent,
            own_address_is_local=not is_in_container(pathlib.Path("/")),
        )
        return self._gate

    # ------------------------------------------------------------------ addresses

    @property
    def is_needed(self) -> bool:
        """Other devices can reach AceDesk, and must have a token."""
        return not is_loopback(self._listening()[0]) and not self._settings().open_network

    @property
    def base_url(self) -> str:
        """What addresses start with, such as http://127.0.0.1:8080; without a token."""
        host, port = self._listening()
        lan_address = None
        if is_unspecified(host):  # only then it counts, and each snapshot asks here
            lan_address = self._lan_address.at(clock.monotonic(), ipv6=":" in host)
        return player_urls.build_base_url(host, port, lan_address=lan_address)

    @property
    def player_token(self) -> str:
        """The secret in addresses that are handed out, "" where none is needed."""
        return self._secret if self.is_needed else ""

    @property
    def player_address(self) -> str:
        """What player URLs start with: with a token where one is needed."""
        return player_urls.with_token(self.base_url, self.player_token)

    @property
    def uses(self) -> tuple[ProgramUse, ...]:
        """Which programs asked for what, the one that asked last first."""
        return self.recent.uses

    # ------------------------------------------------------------------ tokens

    @property
    def tokens(self) -> tuple[AccessToken, ...]:
        """All tokens, the oldest first."""
        return self.book.tokens

    async def open(self) -> None:
        """Read the tokens; the one of copied addresses is made where it is needed.

        Raises:
            StorageError: The data folder cannot be used.
        """
        await asyncio.to_thread(self.book.open)
        await self.prepare(self._settings())
        if self.is_needed:
            logger.info("other devices need tokens (“acedesk url LINK”, “acedesk tokens add NAME”)")
        elif not is_loopback(self._listening()[0]):
            logger.warning("every device of the network may do everything here (open_network)")

    async def prepare(self, settings: Settings) -> None:
        """See that addresses for players have a token that works, where others reach us.

        They do at an address of the network, and through a reverse proxy.

        Raises:
            StorageError: It could not be written.
        """
        async with self._changing:
            is_reached = not is_loopback(settings.host) or settings.trusted_proxies
            if self._secret or not is_reached:
                return
            kept = await asyncio.to_thread(self._shared.load)
            found = self.book.match(kept) if kept else None
            if found is not None and found.shared:
                self._secret = kept
                return
            await self._renew()

    async def add(self, name: str, *, scope: Scope = Scope.ALL) -> NewToken:
        """Make a token for a device; its secret is in the answer and nowhere else.

        Raises:
            BadRequest: The name is empty, too long, taken or like an id, or there are too many.
            StorageError: It could not be written; there is none.
        """
        name = clean_text(name, LONGEST_NAME + 1).strip()
        if not name or len(name) > LONGEST_NAME:
            raise BadRequest(f"A token has a name of at most {LONGEST_NAME} letters.")
        if is_token_id(name):
            raise BadRequest(f"“{name}” looks like the id of a token; take another name.")
        async with self._changing:
            if any(one.name.casefold() == name.casefold() for one in self.tokens):
                raise BadRequest(f"There is a token called “{name}” already.")
            if len(self.tokens) >= MOST_TOKENS:
                raise BadRequest(f"There are {MOST_TOKENS} tokens already; revoke one first.")
            secret = make_secret(secrets.choice)
            token = self.book.add(name, secret, scope=scope, time=clock.utc_now())
            try:
                await asyncio.shield(asyncio.to_thread(self.book.write))
            except StorageError:
                self.book.remove(token.id)
                raise
        self._note(EventKind.TOKEN_ADDED, token.id, name=name, scope=scope.value)
        self.changed.emit()
        return NewToken(
            token=token, secret=secret, address=player_urls.with_token(self.base_url, secret)
        )

    async def revoke(self, token_id: str) -> AccessToken:
        """Let a token open nothing any more, and end what goes on with it; return it.

        Raises:
            NotFound: There is none with this id.
            StorageError: It could not be written, and counts again after a restart.
        """
        async with self._changing:
            token = self.book.find(token_id)
            if token is None:
                raise NotFound("There is no such token.")
            self.book.remove(token_id)
            self._note(EventKind.TOKEN_REVOKED, token.id, name=token.name)
            if self._gate is not None:
                self._gate.hang_up(token_id)
            if token.shared:
                self._secret = ""
                await self._renew()
            else:
                await asyncio.shield(asyncio.to_thread(self.book.write))
        self.changed.emit()
        return token

    async def run(self) -> None:
        """Write now and then who used what last; for ever."""
        while True:
            await tasks.sleep(WRITE_EVERY)
            await asyncio.to_thread(self.book.write)

    async def close(self) -> None:
        """Write who used what last."""
        await asyncio.to_thread(self.book.write)

    async def _renew(self) -> None:
        """Give copied addresses another secret; older ones of the same token go on working."""
        secret = make_secret(secrets.choice)
        shared = next((one for one in self.tokens if one.shared), None)
        if shared is None:
            self.book.add(SHARED_NAME, secret, scope=Scope.PLAY, time=clock.utc_now(), shared=True)
        else:
            self.book.add_secret(shared.id, secret)
        self._secret = secret
        await asyncio.shield(asyncio.to_thread(self._keep))

    def _keep(self) -> None:
        self._shared.save(self._secret)
        self.book.write()
