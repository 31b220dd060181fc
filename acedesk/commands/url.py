"""`acedesk url LINK`: the address that plays a link, for scripts and players."""

import os

from acedesk.commands.arguments import Arguments
from acedesk.commands.start import Start, prepare
from acedesk.errors import NotRunning
from acedesk.formats import links
from acedesk.proxy.http import player_urls
from acedesk.store.lock import find_running


def run(wanted: Arguments) -> int:
    """Print the player URL of the running AceDesk, or where the next one will be.

    Raises:
        LinkError: The text holds no link, or several.
        NotRunning: None runs, and the settings leave its port open.
    """
    link = links.find(wanted.link)
    start = prepare(wanted, os.environ, looking=True)
    running = find_running(start.paths.data_dir)
    base_url = running.base_url if running else _configured(start)
    build = player_urls.playlist_url if wanted.hls else player_urls.stream_url
    print(build(base_url, link.key))
    return 0


def _configured(start: Start) -> str:
    host, port = start.settings.host, start.settings.port
    if port == 0:
        raise NotRunning("its port is chosen when it starts")
    return player_urls.build_base_url(host, port)
