"""`acedesk url LINK`: the address that plays a link, for scripts and players."""

import os

from acedesk.commands.arguments import Arguments
from acedesk.commands.start import Start, prepare
from acedesk.errors import NotRunning
from acedesk.formats import links
from acedesk.store.lock import find_running


def run(wanted: Arguments) -> int:
    """Print the player URL of the running AceDesk, or where the next one will be.

    Raises:
        LinkError: The text is no link.
        NotRunning: None runs, and the settings leave its port open.
    """
    link = links.parse(wanted.link)
    start = prepare(wanted, os.environ, looking=True)
    running = find_running(start.places.data_dir)
    base_url = running.base_url if running else _configured(start)
    url = links.player_url(base_url, link.key)
    print(links.hls_url(url) if wanted.hls else url)
    return 0


def _configured(start: Start) -> str:
    host, port = start.settings.host, start.settings.port
    if port == 0:
        raise NotRunning("its port is chosen when it starts")
    if host in ("0.0.0.0", "::"):  # noqa: S104 - what listens everywhere is reached here
        host = "127.0.0.1"
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
