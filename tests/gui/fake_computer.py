"""The computer in tests: its players, and what it starts and opens."""

from acedesk.errors import PlayerError
from acedesk.model.computer.integration import Autostart, AutostartState, LinkOwner
from acedesk.model.player import Player
from acedesk.settings import parse
from tests.gui.fake_engines import Calls


class FakeIntegration:
    """Fulfils `IntegrationDesk`; what the system says can be set."""

    def __init__(self, calls: Calls) -> None:
        self._calls = calls
        self.said = Autostart(AutostartState.OFF)
        self.owner: LinkOwner | None = LinkOwner("AceDesk", is_ours=True)

    async def autostart(self) -> Autostart:
        return self.said

    async def set_autostart(self, on: bool) -> None:
        self._calls.record("set_autostart", on)
        self.said = Autostart(AutostartState.ON if on else AutostartState.OFF, (), is_this=on)

    async def link_owner(self) -> LinkOwner | None:
        return self.owner

    async def take_links(self) -> None:
        self._calls.record("take_links")
        self.owner = LinkOwner("AceDesk", is_ours=True)

    async def give_links_back(self) -> None:
        self._calls.record("give_links_back")
        self.owner = LinkOwner("Ace Player")

    async def repair(self) -> None:
        self._calls.record("repair")


class FakePlayers:
    """Fulfils `PlayersDesk`: what `find` returns is `found`.

    Attributes:
        running: What `opened` tells of any URL, None when nothing was opened.
    """

    def __init__(self, calls: Calls, *found: Player) -> None:
        self._calls = calls
        self.found: tuple[Player, ...] = found
        self.running: tuple[float, Player, bool] | None = None

    async def find(self) -> tuple[Player, ...]:
        return self.found

    async def open(self, player: Player, url: str, title: str) -> None:
        self._calls.record("open_player", player, url, title)

    def check_command(self, command: str) -> Player:
        parse("player_command", command)
        if command.startswith("missing"):
            raise PlayerError("The program “missing” was not found on this computer")
        return Player(id="command", name="own", command=tuple(command.split()))

    def opened(self, url: str) -> tuple[float, Player, bool] | None:
        return self.running
