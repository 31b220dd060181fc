"""The pages of the main window, in their order; each is imported when it is first shown."""

import dataclasses
from collections.abc import Callable
from typing import Final

from acedesk.ui.desk import Desk
from acedesk.ui.page import Page
from acedesk.ui.players import Players

Make = Callable[[Desk, Players], Page]


@dataclasses.dataclass(frozen=True, slots=True)
class PageEntry:
    """One page: its name (also its title), its icon, and how it is made."""

    name: str
    icon: str
    make: Make


def _streams(desk: Desk, players: Players) -> Page:
    from acedesk.ui.streams.page import StreamsPage

    return StreamsPage(desk, players)


def _engines(desk: Desk, _players: Players) -> Page:
    from acedesk.ui.engines.page import EnginesPage

    return EnginesPage(desk)


def _vpn(desk: Desk, _players: Players) -> Page:
    from acedesk.ui.vpn.page import VpnPage

    return VpnPage(desk)


def _logs(desk: Desk, _players: Players) -> Page:
    from acedesk.ui.logs.page import LogsPage

    return LogsPage(desk)


def _settings(desk: Desk, _players: Players) -> Page:
    from acedesk.ui.settings.page import SettingsPage

    return SettingsPage(desk)


PAGES: Final = (
    PageEntry("Streams", "play-circle-outline", _streams),
    PageEntry("Engines", "engine-outline", _engines),
    PageEntry("VPN", "shield-check-outline", _vpn),
    PageEntry("Logs", "text-box-outline", _logs),
    PageEntry("Settings", "cog-outline", _settings),
)
