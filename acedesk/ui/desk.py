"""What the windows need of the application; `acedesk.compose.App` is it, tests have a fake."""

import pathlib
from collections.abc import Mapping, Sequence
from typing import Protocol

from acedesk.errors import CannotListen, PortInUse
from acedesk.log import LogRing
from acedesk.model.access.token import AccessToken, NewToken, Scope
from acedesk.model.access.use import ProgramUse
from acedesk.model.computer.integration import Autostart, LinkOwner
from acedesk.model.computer.kept_secrets import KeptSecrets
from acedesk.model.content import Link, StreamKey
from acedesk.model.engine import EngineId
from acedesk.model.event import Event
from acedesk.model.history import DayCourse, LinkTestResult
from acedesk.model.player import Player
from acedesk.model.settings_import.plan import ImportPlan
from acedesk.model.snapshot import HostView, Snapshot
from acedesk.settings import Settings
from acedesk.signals import Signal


class StreamsDesk(Protocol):
    """Streams; `acedesk.application.streams.StreamControl` is it."""

    @property
    def test_link(self) -> Link:
        """The test channel; its engine starts when it is prepared."""
        ...

    def player_url(self, key: StreamKey, *, hls: bool = False) -> str:
        """Return the URL that plays `key`, or its playlist (HLS); on the LAN when LAN is on."""
        ...

    async def prepare(self, link: Link) -> str:
        """Start the stream now, so that the first player finds it running; return its id.

        Raises:
            Busy: No engine can take it now.
        """
        ...

    async def test(self, link: Link) -> LinkTestResult:
        """Try a link on an engine that nobody uses, and tell how it does.

        Raises:
            NoSpareEngine: Every engine is in use, or none answers.
        """
        ...

    async def stop(self, stream_id: str) -> None:
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

    async def start_elsewhere(self, stream_id: str) -> None:
        """Start a stream that failed once more, with an engine that did not fail it.

        Raises:
            NotFound: It has not failed, or that is too long ago.
            Busy: No other engine can take it.
        """
        ...

    async def close_client(self, client_id: str) -> None:
        """Disconnect one viewer."""
        ...


class EnginesDesk(Protocol):
    """Engines; `acedesk.application.engines.EngineControl` is it."""

    async def add(self) -> str:
        """Begin to provision an engine; return the id to watch in `Snapshot.provisions`.

        Raises:
            RuntimeUnavailable: Docker cannot be used.
        """
        ...

    async def add_native(self) -> str:
        """Begin to start an engine program of this computer; return as `add`.

        Raises:
            BadRequest: There is none.
        """
        ...

    @property
    def native_name(self) -> str:
        """The engine program that `add_native` would start, "" when there is none."""
        ...

    async def try_address(self, text: str) -> str:
        """Ask what runs at "host:port" for its version; nothing is remembered.

        Raises:
            ValueError: The text is no address.
            EngineError: No engine answers there.
        """
        ...

    @property
    def docker_name(self) -> str:
        """What `start_docker` would start: "Docker Desktop"; "" when it cannot be done here."""
        ...

    async def start_docker(self) -> None:
        """Start Docker and wait until it answers.

        Raises:
            DockerNotStarted: It was not, or did not answer in time.
        """
        ...

    async def cancel_provision(self, provision_id: str) -> None:
        """Cancel at whatever step it is; nothing is left behind. An ended one is forgotten."""
        ...

    async def restart(self, engine_id: EngineId) -> None:
        """Restart the engine's container or process."""
        ...

    async def drain(self, engine_id: EngineId) -> None:
        """Give the engine no new streams; those it has go on, and it goes then if it is ours."""
        ...

    async def serve(self, engine_id: EngineId) -> None:
        """Give the engine new streams again, whyever it got none."""
        ...

    async def replace(self, engine_id: EngineId) -> None:
        """Make another engine, and remove this one when that answers."""
        ...

    async def remove(self, engine_id: EngineId) -> None:
        """Stop and delete the engine; a static engine is taken out of the settings."""
        ...

    def reset_breakers(self) -> None:
        """Make and replace engines again at once, whatever failed before."""
        ...

    async def take_over(self, container_id: str, *, confirmed: bool = False) -> None:
        """Make the engine of another AceDesk one of ours.

        Raises:
            BadRequest: It runs and belongs to another AceDesk, and was not confirmed.
        """
        ...

    async def remove_orphan(self, container_id: str, *, confirmed: bool = False) -> None:
        """Stop and delete the engine of another AceDesk.

        Raises:
            BadRequest: It runs and belongs to another AceDesk, and was not confirmed.
        """
        ...

    async def read_log(self, engine_id: EngineId, lines: int = 500) -> str:
        """Return the last `lines` lines the engine wrote."""
        ...

    async def check_now(self) -> None:
        """Look at Docker, the engines and the VPN again without waiting for the next tick."""
        ...


class ImportDesk(Protocol):
    """Settings of other programs; `acedesk.application.settings_import.SettingsImport` is it."""

    async def look(self, path: pathlib.Path) -> ImportPlan:
        """Return what importing a file would do; nothing is changed.

        Raises:
            BadRequest: The file cannot be read, or is something else.
        """
        ...

    async def take(self, wanted: ImportPlan) -> tuple[str, ...]:
        """Import; return the names that count only after a restart.

        Raises:
            SettingsError: A value is not allowed any more; nothing was saved.
            PortInUse: The port is taken; nothing was saved.
            StorageError: The settings, or their copy from before, could not be written.
        """
        ...


class HostsDesk(Protocol):
    """Dockers of other computers; `acedesk.engines.backends.host_control.HostControl` is it."""

    async def test(self, text: str) -> HostView:
        """Ask the Docker that a host's text means; nothing is remembered.

        Raises:
            BadRequest: The text says no host, or it is to manage a swarm and does not.
            RuntimeUnavailable: Docker cannot be used there.
        """
        ...


class SecretsDesk(Protocol):
    """Where secret settings are; `acedesk.store.keyring.secret_settings.SecretSettings` is it.

    Signals:
        changed: `view` is another one.
    """

    changed: Signal[()]

    @property
    def view(self) -> KeptSecrets:
        """Where they are now, and which are missing."""
        ...


class SettingsDesk(Protocol):
    """Settings; `acedesk.application.settings.SettingsControl` is it.

    Signals:
        changed: With the settings that now hold.
    """

    changed: Signal[Settings]

    @property
    def current(self) -> Settings:
        """The settings that hold now."""
        ...

    @property
    def imports(self) -> ImportDesk:
        """Settings of other programs."""
        ...

    @property
    def secrets(self) -> SecretsDesk:
        """Where secret settings are."""
        ...

    async def save(self, values: Mapping[str, object]) -> tuple[str, ...]:
        """Check, save and apply `values`; return the names that count only after a restart.

        Raises:
            SettingsError: A value is not allowed; nothing was saved.
            StorageError: The file could not be written; the settings hold for this run.
        """
        ...

    async def listening_problem(self, host: str, port: int) -> PortInUse | CannotListen | None:
        """Return why AceDesk could not listen there, None when it could or does already."""
        ...


class AccessDesk(Protocol):
    """Access from the network; `acedesk.application.access.AccessControl` is it.

    Signals:
        changed: A token came or went. Their last use is not signalled.
    """

    changed: Signal[()]

    @property
    def is_needed(self) -> bool:
        """Other devices can reach AceDesk, and must have a token."""
        ...

    @property
    def base_url(self) -> str:
        """What addresses start with, without a token: "http://192.168.1.5:8080"."""
        ...

    @property
    def player_address(self) -> str:
        """What player URLs start with: with the token of copied addresses where one is needed."""
        ...

    @property
    def uses(self) -> tuple[ProgramUse, ...]:
        """Which programs asked for what, the one that asked last first; not signalled."""
        ...

    @property
    def tokens(self) -> tuple[AccessToken, ...]:
        """All tokens, the oldest first."""
        ...

    async def add(self, name: str, *, scope: Scope = Scope.ALL) -> NewToken:
        """Make a token for a device; its secret is in the answer and nowhere else.

        Raises:
            BadRequest: The name is empty, too long or taken, or there are too many.
            StorageError: It could not be written; there is none.
        """
        ...

    async def revoke(self, token_id: str) -> AccessToken:
        """Let a token open nothing any more, from the next request on; return it.

        Raises:
            NotFound: There is none with this id.
            StorageError: It could not be written, and counts again after a restart.
        """
        ...


class PlayersDesk(Protocol):
    """Players on this computer; `acedesk.application.players.PlayerControl` is it."""

    async def find(self) -> tuple[Player, ...]:
        """Return the players on this computer, best first."""
        ...

    def check_command(self, command: str) -> Player:
        """Return the player of a command of the user's own.

        Raises:
            SettingsError: The command cannot be used; the reason says why.
            PlayerError: Its program is not on this computer.
        """
        ...

    async def open(self, player: Player, url: str, title: str) -> None:
        """Start the player, detached, with the URL.

        Raises:
            PlayerError: It could not be started.
        """
        ...

    def opened(self, url: str) -> tuple[float, Player, bool] | None:
        """Tell of the player that was last opened with the URL.

        Returns:
            Seconds since then, the player, and whether it still runs; None when none was.
        """
        ...


class IntegrationDesk(Protocol):
    """What this computer does with AceDesk by itself; `DesktopIntegration` is it."""

    async def autostart(self) -> Autostart:
        """Return what the system says now about starting AceDesk with the computer."""
        ...

    async def set_autostart(self, on: bool) -> None:
        """Start with the computer from now on, or no longer.

        Raises:
            StorageError: The system does not take it.
        """
        ...

    async def link_owner(self) -> LinkOwner | None:
        """Return which program opens acestream links, None where that cannot be changed here."""
        ...

    async def take_links(self) -> None:
        """Let AceDesk open them from now on.

        Raises:
            StorageError: The system does not take it.
        """
        ...

    async def give_links_back(self) -> None:
        """Let the program open them that did before, or none.

        Raises:
            StorageError: The system does not take it.
        """
        ...

    async def repair(self) -> None:
        """Lead what the computer starts to this AceDesk where the one it led to is gone."""
        ...


class EventsDesk(Protocol):
    """What happened; `acedesk.observe.event_log.EventLog` is it."""

    def since(self, number: int) -> Sequence[Event]:
        """Return the events after this number that are still kept, oldest first."""
        ...


class HistoryDesk(Protocol):
    """The past; `acedesk.application.history.HistoryControl` is it."""

    async def engine_day(self, engine_id: EngineId) -> DayCourse:
        """Return how an engine did in the last 24 hours."""
        ...


class Desk(Protocol):
    """The application behind the windows.

    Every `async` method raises `AceDeskError`s only and may be cancelled at any time.

    Signals:
        changed: Something came, went or changed its state; read a new snapshot soon. Numbers
            that flow (rates, bytes) are not signalled: take a snapshot once a second.
    """

    changed: Signal[()]

    @property
    def streams(self) -> StreamsDesk:
        """What may be asked about streams."""
        ...

    @property
    def engines(self) -> EnginesDesk:
        """What may be asked about engines."""
        ...

    @property
    def hosts(self) -> HostsDesk:
        """What may be asked about Dockers of other computers."""
        ...

    @property
    def settings(self) -> SettingsDesk:
        """What may be asked about settings."""
        ...

    @property
    def access(self) -> AccessDesk:
        """What may be asked about access from the network."""
        ...

    @property
    def players(self) -> PlayersDesk:
        """What may be asked about players."""
        ...

    @property
    def integration(self) -> IntegrationDesk:
        """What this computer does with AceDesk by itself."""
        ...

    @property
    def history(self) -> HistoryDesk:
        """What may be asked about the past."""
        ...

    @property
    def notes(self) -> tuple[str, ...]:
        """Sentences the user should read once, such as "The settings file could not be read"."""
        ...

    @property
    def events(self) -> EventsDesk:
        """What happened of late."""
        ...

    @property
    def log_ring(self) -> LogRing:
        """The last 50,000 log rows."""
        ...

    def snapshot(self) -> Snapshot:
        """Return a picture of everything now; cheap enough for once a second."""
        ...
