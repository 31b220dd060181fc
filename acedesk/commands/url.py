"""`acedesk url LINK`: the address that plays a link, for scripts and players."""

import os

from acedesk.commands.arguments import Arguments
from acedesk.commands.start import Start, prepare
from acedesk.errors import NotRunning
from acedesk.formats import links
from acedesk.model.host import is_loopback, is_unspecified
from acedesk.proxy.http import player_urls
from acedesk.proxy.http.address import ask_lan_address
from acedesk.store.access.shared_secret import SharedSecret
from acedesk.store.lock import Running, find_running


def run(wanted: Arguments) -> int:
    """Print the player URL of the running AceDesk, or where the next one will be.

    Raises:
        LinkError: The text holds no link, or several.
        NotRunning: None runs, and the settings leave its port open.
    """
    link = links.find(wanted.link)
    start = prepare(wanted, os.environ, looking=True)
    running = find_running(start.paths.data_dir)
    base_url = _of(running) if running else _configured(start)
    host = running.host if running else start.settings.host
    build = player_urls.playlist_url if wanted.hls else player_urls.stream_url
    print(build(base_url, link.key, token=_token(start, host)))
    return 0


def _token(start: Start, host: str) -> str:
    """Return the token of addresses that are copied, where others reach `host` and need one."""
    if not host or is_loopback(host) or start.settings.open_network:
        return ""
    return SharedSecret(start.paths.data_dir).load()


def _of(running: Running) -> str:
    """Return what its player URLs begin with now: the network may have changed since it started."""
    host, lan_address = running.host, None
    if not host:
        return running.base_url
    if is_unspecified(host):
        lan_address = ask_lan_address(ipv6=":" in host)
    return player_urls.build_base_url(host, running.port, lan_address=lan_address)


def _configured(start: Start) -> str:
    host, port = start.settings.host, start.settings.port
    if port == 0:
        raise NotRunning("its port is chosen when it starts")
    return player_urls.build_base_url(host, port)
