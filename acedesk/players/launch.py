"""Start a media player with a URL: no shell, detached, and it goes on when AceDesk ends."""

import asyncio
import contextlib
import os
import re
import subprocess
import sys
import threading
from collections.abc import Callable

from acedesk.errors import PlayerError
from acedesk.formats.text import clean_text
from acedesk.model.player import COMMAND_PLAYER, Player, fill_command
from acedesk.process.child_environment import child_environment

# A player that cannot start (no display, broken library) gives up well within a second.
FIRST_SECOND = 1.0
LONGEST_TITLE = 200
# Windows allows 32,767 characters for all arguments together; Linux 128 KiB for one.
LONGEST_URL = 30_000

_URL = re.compile(r"https?://[\x21-\x7e]+")


class OpenedPlayer:
    """A player that was started."""

    def __init__(self) -> None:
        self._ended = threading.Event()

    @property
    def runs(self) -> bool:
        """Its process is there; one that handed the URL to its running window has ended."""
        return not self._ended.is_set()

    def end(self) -> None:
        """Note that its process has ended; from any thread."""
        self._ended.set()


async def open_player(player: Player, url: str, title: str) -> OpenedPlayer:
    """Start the player, detached, with the URL; returns as soon as it seems to run.

    Args:
        url: http or https, percent-encoded.
        title: Shown by players that can, "" for none.

    Raises:
        PlayerError: It could not be started, or ended with an error within a second.

    On cancel: the player may have been started and goes on.
    """
    arguments = build_arguments(player, url, title)
    _refuse_root(player)
    loop = asyncio.get_running_loop()
    ended: asyncio.Future[int] = loop.create_future()
    opened = OpenedPlayer()

    def tell(code: int) -> None:
        if not ended.done():
            ended.set_result(code)

    def on_end(code: int) -> None:
        opened.end()
        # RuntimeError: the player outlived the loop.
        with contextlib.suppress(RuntimeError):
            loop.call_soon_threadsafe(tell, code)

    try:
        await asyncio.to_thread(_start, arguments, on_end)
    except (OSError, ValueError) as exc:
        reason = getattr(exc, "strerror", None) or str(exc)
        raise PlayerError(f"{player.name}: {reason}") from exc
    try:
        async with asyncio.timeout(FIRST_SECOND):
            code = await ended
    except TimeoutError:
        return opened
    if code != 0:
        raise PlayerError(f"{player.name} ended at once {_how(code)}")
    return opened


def build_arguments(player: Player, url: str, title: str) -> tuple[str, ...]:
    """Return the whole argv.

    The URL cannot be read as an option: it starts with http, and stands behind `--` where the
    player knows that (VLC does not).

    Raises:
        PlayerError: `url` is no http or https address.
    """
    if len(url) > LONGEST_URL or not _URL.fullmatch(url):
        raise PlayerError("The address is not a web address.")
    shown = clean_text(title, LONGEST_TITLE)
    match player.id:
        case "vlc":
            options = (f"--meta-title={shown}",) if shown else ()
            return (*player.command, *options, url)
        case "mpv":
            # A window at once: a stream may take ten seconds to its first picture.
            titled = (f"--force-media-title={shown}",) if shown else ()
            return (*player.command, "--force-window=immediate", *titled, "--", url)
        case "iina":
            options = (f"--mpv-force-media-title={shown}",) if shown else ()
            return (*player.command, *options, url)
        case "potplayer":
            # PotPlayer takes a title behind the address (streamlink does the same).
            return (*player.command, f"{url}\\{shown}" if shown else url)
        case _ if player.id == COMMAND_PLAYER:
            return fill_command(player.command, url, shown)
        case _:
            return (*player.command, url)


def _refuse_root(player: Player) -> None:
    if player.id == "vlc" and sys.platform != "win32" and os.geteuid() == 0:
        raise PlayerError("VLC refuses to run as root")


def _start(arguments: tuple[str, ...], on_end: Callable[[int], None]) -> None:
    """Start the program and a thread that waits for its end, so that no zombie stays.

    Not asyncio's subprocess: its transport kills the program when the loop ends. The thread is a
    daemon, so that a player that still runs does not keep AceDesk from ending.
    """
    if sys.platform == "win32":
        flags = subprocess.CREATE_NEW_PROCESS_GROUP | subprocess.DETACHED_PROCESS
    else:
        flags = 0
    process = subprocess.Popen(  # noqa: S603 - an argv list of a player that was found, no shell
        arguments,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
        creationflags=flags,
        env=child_environment(),
    )

    def reap() -> None:
        on_end(process.wait())

    threading.Thread(target=reap, name=f"player {process.pid}", daemon=True).start()


def _how(code: int) -> str:
    """Say how a program ended; negative codes are signals."""
    return f"with exit code {code}" if code > 0 else f"by signal {-code}"
