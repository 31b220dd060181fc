"""The address of each contract, as each kind of program wants it to be written. Pure."""

from collections.abc import Iterator
from urllib.parse import urlsplit

from acedesk.model.host import http_url, is_loopback, join_port
from acedesk.proxy.http import player_urls
from acedesk.settings import option
from acedesk.values import frozen_value

THIS_COMPUTER = "127.0.0.1"
_NEEDS_ONE = " It needs a token: make one below."
_CANNOT_SEND = (
    f" It cannot send a token: name its device in “{option('allowed_networks').label}” (Settings, "
    "Network)."
)

_AT_ENGINE_PORT = "AceDesk answers at port 6878, too: on this computer they find it by themselves."
_ENGINE_PORT_TOO = (
    f"With “{option('engine_port_too').label}” (Settings, Network) those of this computer find it "
    "by themselves."
)


@frozen_value
class ProgramAddress:
    """Where one kind of program finds AceDesk.

    Attributes:
        title: The programs, for people.
        help: Where to write it, a sentence or two.
        address: What is copied.
    """

    title: str
    icon: str
    help: str
    address: str


def local_base(base_url: str) -> str:
    """Return what addresses on this computer start with."""
    return http_url(THIS_COMPUTER, urlsplit(base_url).port or 80)


def is_local(base_url: str) -> bool:
    """Tell whether only this computer can use these addresses."""
    return is_loopback(urlsplit(base_url).hostname or "")


def program_addresses(
    base_url: str, player_base: str, *, needs_token: bool, engine_port: bool = False
) -> tuple[ProgramAddress, ...]:
    """Return the address for each kind of program.

    Args:
        base_url: What addresses start with.
        player_base: The same with a token where players need one.
        needs_token: Programs must have a token.
        engine_port: AceDesk answers where programs look for an engine by themselves, too.
    """
    return (
        *_for_players(player_base),
        *_for_engine_programs(base_url, needs_token=needs_token, engine_port=engine_port),
        *_for_orchestrator_programs(base_url, needs_token=needs_token),
    )


def _for_players(base: str) -> Iterator[ProgramAddress]:
    yield ProgramAddress(
        title="Players and channel lists (M3U)",
        icon="play-circle-outline",
        help="VLC, mpv, Kodi, TVs: the content id goes behind it. In a list, one line for each "
        "channel.",
        address=player_urls.url_without_id(base),
    )
    yield ProgramAddress(
        title="Browsers, phones and TVs (HLS)",
        icon="television",
        help="For what plays playlists: the content id goes behind it.",
        address=f"{base}/ace/manifest.m3u8?id=",
    )


def _for_engine_programs(
    base_url: str, *, needs_token: bool, engine_port: bool
) -> Iterator[ProgramAddress]:
    parts = urlsplit(base_url)
    host, port = parts.hostname or "", parts.port or 80
    told = _CANNOT_SEND if needs_token else ""
    by_itself = _AT_ENGINE_PORT if engine_port else _ENGINE_PORT_TOO
    yield ProgramAddress(
        title="Kodi add-ons such as Horus",
        icon="puzzle-outline",
        help=f"In the add-on's settings, as its Ace Stream engine: host {host}, port {port}.{told}",
        address=join_port(host, port),
    )
    yield ProgramAddress(
        title="acestream-launcher and other programs that want an engine",
        icon="engine-outline",
        help="In their configuration, instead of the engine's host and port 6878. "
        f"{by_itself}{told}",
        address=f"host = {host}\nport = {port}",
    )


def _for_orchestrator_programs(base_url: str, *, needs_token: bool) -> Iterator[ProgramAddress]:
    told = _NEEDS_ONE if needs_token else ""
    key = " The token goes into ACEXY_ORCH_APIKEY." if needs_token else ""
    yield ProgramAddress(
        title="acexy with an orchestrator",
        icon="swap-horizontal",
        help="AceDesk is the orchestrator: acexy asks it for engines and reports its streams."
        f"{told}{key}",
        address=f"ACEXY_ORCH_URL={base_url}",
    )
    yield ProgramAddress(
        title="Dashboards and scripts of acestream-orchestrator",
        icon="view-dashboard-outline",
        help=f"Its whole contract is answered here, and below /api/v1.{told}",
        address=base_url,
    )
    yield ProgramAddress(
        title="Prometheus",
        icon="chart-line",
        help=f"As a target; a dashboard for Grafana comes with AceDesk.{told}",
        address=f"{base_url}/metrics",
    )
    yield ProgramAddress(
        title="Scripts of your own",
        icon="code-tags",
        help=f"The API described, to be read in a browser.{told}",
        address=f"{base_url}/docs",
    )
