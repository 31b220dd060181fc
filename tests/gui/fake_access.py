"""Access from the network as the windows see it, without any network."""

import datetime

from acedesk.errors import NotFound
from acedesk.model.access.token import AccessToken, NewToken, Scope
from acedesk.model.access.use import ProgramUse
from acedesk.signals import Signal
from tests.gui.fake_engines import Calls

MADE = datetime.datetime(2026, 11, 20, 18, 0, tzinfo=datetime.UTC)


class FakeAccess:
    """Fulfils `AccessDesk`."""

    def __init__(self, calls: Calls) -> None:
        self._calls = calls
        self.changed: Signal[()] = Signal()
        self.is_needed = True
        self.base_url = "http://192.168.1.20:8080"
        self.tokens: tuple[AccessToken, ...] = ()
        self.uses: tuple[ProgramUse, ...] = ()

    @property
    def player_address(self) -> str:
        return f"{self.base_url}/t/shared" if self.is_needed else self.base_url

    async def add(self, name: str, *, scope: Scope = Scope.ALL) -> NewToken:
        self._calls.record("add_token", name)
        number = len(self.tokens)
        token = AccessToken(id=f"{number:08x}", name=name, scope=scope, created_time=MADE)
        self.tokens = (*self.tokens, token)
        self.changed.emit()
        secret = f"secret{number}"
        return NewToken(token=token, secret=secret, address=f"{self.base_url}/t/{secret}")

    async def revoke(self, token_id: str) -> AccessToken:
        self._calls.record("revoke_token", token_id)
        found = next((one for one in self.tokens if one.id == token_id), None)
        if found is None:
            raise NotFound("There is no such token.")
        self.tokens = tuple(one for one in self.tokens if one is not found)
        self.changed.emit()
        return found
