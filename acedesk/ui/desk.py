"""What the windows need of the application; `acedesk.app.App` is it, tests have a fake."""

from collections.abc import Mapping
from typing import Protocol

from acedesk.log import LogRing
from acedesk.model.content import Link, StreamKey
from acedesk.model.engine import EngineId
from acedesk.model.player import Player
from acedesk.model.snapshot import Snapshot
from acedesk.settings import Settings
from acedesk.signals import Signal


class Desk(Protocol):
    """The application behind the windows.

    Every `async` method raises `AceDeskError`s only and may be cancelled at any time.

    Signals:
        changed: Something came, went or changed its state; read a new snapshot soon. Numbers
            that flow (rates, bytes) are not signalled: take a snapshot once a second.
        settings_changed: With the settings that now hold.
        noted: With one sentence the user should see once ("The settings file could not be
            read ..."); `notes` has those from before a window existed.
        link_received: A second launch handed over this text; the window must be raised.
    """

    changed: Signal[()]
    settings_changed: Signal[Settings]
    noted: Signal[str]
    link_received: Signal[str]

    @property
    def settings(self) -> Settings:
        """The settings that hold now."""
        ...

    @property
    def notes(self) -> tuple[str, ...]:
        """What was noted before, oldest first."""
        ...

    @property
    def log_ring(self) -> LogRing:
        """The last 50,000 log rows."""
        ...

    @property
    def test_link(self) -> Link | None:
        """The demo channel, None when no demo engine runs."""
        ...

    def snapshot(self) -> Snapshot:
        """Return a picture of everything now; cheap enough for once a second."""
        ...

    def player_url(self, key: StreamKey) -> str:
        """Return the URL that plays `key` in any player, on the LAN when LAN is on."""
        ...

    async def prepare(self, link: Link) -> None:
        """Start the stream now, so that the first player finds it running; returns at once.

        Raises:
            Busy: There is no engine for it.
        """
        ...

    async def stop_stream(self, stream_id: str) -> None:
        """Stop the stream, close its viewers and tell the engine."""
        ...

    async def stop_all(self) -> None:
        """Stop every stream."""
        ...

    async def switch_engine(self, stream_id: str) -> None:
        """Let the stream go on with another engine; its viewers stay connected.

        Raises:
            NotFound: It does not run any more.
            Busy: No other engine can take it.
        """
        ...

    async def close_client(self, client_id: str) -> None:
        """Disconnect one viewer."""
        ...

    async def add_engine(self) -> str:
        """Begin to provision an engine; return the id to watch in `snapshot().provisions`.

        Raises:
            RuntimeUnavailable: Docker cannot be used.
        """
        ...

    async def cancel_provision(self, provision_id: str) -> None:
        """Cancel at whatever step it is; nothing is left behind. An ended one is forgotten."""
        ...

    async def restart_engine(self, engine_id: EngineId) -> None:
        """Restart the engine's container or process."""
        ...

    async def remove_engine(self, engine_id: EngineId) -> None:
        """Drain nothing, stop and delete the engine; a static engine is only forgotten."""
        ...

    async def engine_log(self, engine_id: EngineId, lines: int = 500) -> str:
        """Return the last lines the engine wrote."""
        ...

    async def check_now(self) -> None:
        """Look at Docker, the engines and the VPN again without waiting for the next tick."""
        ...

    async def save_settings(self, values: Mapping[str, object]) -> tuple[str, ...]:
        """Check, save and apply `values`; return the names that count only after a restart.

        Raises:
            SettingsError: A value is not allowed; nothing was saved.
            StorageError: The file could not be written; the settings hold for this run.
        """
        ...

    async def find_players(self) -> tuple[Player, ...]:
        """Return the players on this computer, best first."""
        ...

    async def open_player(self, player: Player, url: str, title: str) -> None:
        """Start the player, detached, with the URL.

        Raises:
            PlayerError: It could not be started.
        """
        ...
