"""A `Desk` without an application: an editable snapshot, and a record of what was asked of it."""

import asyncio
import dataclasses
import datetime
import logging
import math
from collections.abc import Mapping
from typing import Any

from acedesk.errors import (
    AceDeskError,
    CannotListen,
    EngineUnreachable,
    PortInUse,
    RuntimeState,
)
from acedesk.log import LogRing
from acedesk.model.content import KeyKind, Link, StreamKey
from acedesk.model.engine import (
    BackendKind,
    EngineHealth,
    EngineId,
    ProvisionState,
    Step,
    StepName,
    StepState,
)
from acedesk.model.failover import Failover, SpliceMethod
from acedesk.model.history import (
    Course,
    Gaps,
    LeftReason,
    LeftView,
    LinkTestResult,
    StreamHistory,
)
from acedesk.model.player import Player
from acedesk.model.snapshot import (
    ClientView,
    EngineView,
    ProvisionView,
    RuntimeView,
    Snapshot,
    StreamState,
    StreamView,
    VpnState,
    VpnView,
)
from acedesk.observe.event_log import EventLog
from acedesk.settings import Settings
from acedesk.signals import Signal
from tests.gui.fake_access import FakeAccess
from tests.gui.fake_computer import FakeIntegration, FakePlayers
from tests.gui.fake_engines import Calls, FakeEngines, FakeHosts
from tests.gui.fake_history import FakeHistory
from tests.gui.fake_imports import FakeImports
from tests.gui.fake_secrets import FakeSecrets

NOW = datetime.datetime(2026, 3, 1, 12, 0, tzinfo=datetime.UTC)
MEGA = 1_000_000.0
VLC = Player(id="vlc", name="VLC", command=("vlc",))
MPV = Player(id="mpv", name="mpv", command=("mpv",))


def ago(seconds: float) -> datetime.datetime:
    """Return the time `seconds` before `NOW`."""
    return NOW - datetime.timedelta(seconds=seconds)


def make_key(tail: str) -> StreamKey:
    """Return a content id that ends with `tail`."""
    return StreamKey(kind=KeyKind.CONTENT_ID, value=tail.rjust(40, "5"))


def make_client(number: int, **changes: Any) -> ClientView:
    """Return a viewer; `changes` replace fields."""
    base = ClientView(
        id=f"client-{number}",
        player="VLC 3.0.21",
        user_agent="VLC/3.0.21 LibVLC/3.0.21",
        address=f"192.168.1.{30 + number}",
        connected_time=ago(100),
        sent_bytes=40_000_000,
        rate=5.4 * MEGA,
        behind=1.2,
        skips=0,
    )
    return dataclasses.replace(base, **changes)


def wave(level: float, *, count: int = 300) -> tuple[float, ...]:
    """Return a bit-rate history that looks like one: `level` bit/s with two swings and jitter."""
    return tuple(
        level * (1 + 0.14 * math.sin(n / 23) + 0.09 * math.sin(n / 7.3) + 0.05 * math.sin(n * 2.39))
        for n in range(count)
    )


def make_left(number: int, **changes: Any) -> LeftView:
    """Return a viewer that is gone; `changes` replace fields."""
    base = LeftView(
        id=f"left-{number}",
        player="VLC 3.0.21",
        user_agent="VLC/3.0.21 LibVLC/3.0.21",
        address=f"192.168.1.{60 + number}",
        connected_time=ago(900),
        left_time=ago(175),
        duration=725.0,
        reason=LeftReason.LEFT,
        sent_bytes=489_000_000,
        first_byte=0.2,
    )
    return dataclasses.replace(base, **changes)


def make_failover(seconds_ago: float, **changes: Any) -> Failover:
    """Return a change from engine-1 to engine-2 that lost nothing."""
    base = Failover(
        time=ago(seconds_ago),
        cause="engine_stalled",
        detail="no bytes for 6.0 s",
        duration=0.6,
        lost_packets=0,
        from_engine="engine-1",
        to_engine="engine-2",
        method=SpliceMethod.BYTE_EXACT,
    )
    return dataclasses.replace(base, **changes)


def make_history(level: float, buffer: float = 18.0) -> StreamHistory:
    """Return a full hour with rates around `level` bit/s and the buffer around `buffer` s."""
    levels = tuple(buffer * (1 + 0.1 * math.sin(n / 31)) for n in range(300))
    return StreamHistory(
        recent=Course(interval=1.0, rate=wave(level), buffer=levels),
        hour=Course(interval=12.0, rate=wave(level * 0.9), buffer=levels[::-1]),
    )


def make_eventful() -> StreamView:
    """Return a stream that lost its engine twice and viewers in every way."""
    return make_stream(
        started_time=ago(3000),
        history=make_history(5.2 * MEGA),
        switches=2,
        failovers=(
            make_failover(1500, method=SpliceMethod.KEYFRAME, lost_packets=412, duration=2.4),
            make_failover(70),
        ),
        gaps=Gaps(count=2, longest=2.4, total=3.9),
        accepted=0.3,
        first_byte=1.2,
        first_keyframe=1.4,
        clients=(
            make_client(1, player="Kodi", first_byte=0.03),
            make_client(2, skips=2, gaps=Gaps(count=3, longest=4.0, total=7.0)),
        ),
        left=(
            make_left(1, reason=LeftReason.STUCK, left_time=ago(1900), skips=3),
            make_left(2, address="127.0.0.1", player="mpv"),
        ),
    )


def make_stream(tail: str = "a9e1", **changes: Any) -> StreamView:
    """Return a playing stream; `changes` replace fields."""
    key = make_key(tail)
    base = StreamView(
        id=key.stream_id,
        key=key,
        name="Test card",
        state=StreamState.PLAYING,
        started_time=ago(42),
        codecs="H.264 · AAC",
        bit_rate=5.4 * MEGA,
        rate_history=wave(5.2 * MEGA),
        media_rate=5.4 * MEGA,
        peers=23,
        speed_down=6.1 * MEGA,
        speed_up=1.2 * MEGA,
        engine_status="dl",
        engine_id=EngineId("engine-1-id"),
        engine_name="engine-1",
        buffer=18.0,
        buffer_bytes=12_000_000,
        received_bytes=80_000_000,
        first_byte=1.4,
        clients=(make_client(1),),
    )
    return dataclasses.replace(base, **changes)


def sample_streams() -> tuple[StreamView, ...]:
    """Return one stream that plays well, one that is slow, one that starts."""
    kodi = make_client(1, player="Kodi", address="192.168.1.31")
    vlc = make_client(2, player="VLC 3.0.21", address="127.0.0.1", behind=0.4)
    phone = make_client(3, player="mpv", address="192.168.1.44", rate=5.3 * MEGA, behind=2.0)
    slow = make_stream(
        "3c71",
        name="Local club TV",
        state=StreamState.SLOW,
        started_time=ago(5),
        bit_rate=3.1 * MEGA,
        rate_history=wave(3.1 * MEGA),
        media_rate=5.4 * MEGA,
        speed_down=3.1 * MEGA,
        peers=4,
        buffer=2.0,
        engine_id=EngineId("engine-2-id"),
        engine_name="engine-2",
        clients=(make_client(4, skips=2),),
    )
    starting = make_stream(
        "02b4",
        name="City council live",
        state=StreamState.STARTING,
        started_time=ago(8),
        codecs="",
        bit_rate=0.0,
        rate_history=(),
        media_rate=None,
        peers=9,
        speed_down=0.8 * MEGA,
        engine_status="prebuf",
        buffer=0.0,
        first_byte=None,
        clients=(make_client(5, rate=0.0, behind=0.0, sent_bytes=0),),
    )
    return (make_stream(clients=(kodi, vlc, phone)), slow, starting)


def sample_engines() -> tuple[EngineView, ...]:
    """Return two engines that are well and one that is not."""
    first = EngineView(
        id=EngineId("engine-1-id"),
        name="engine-1",
        backend=BackendKind.DOCKER,
        host="127.0.0.1",
        port=19001,
        health=EngineHealth.READY,
        version="3.2.11",
        streams=2,
        max_streams=4,
        container_id="9f2c41d07a53e6b8",
        image="ghcr.io/martinbjeldbak/acestream-http-proxy",
        started_time=ago(3 * 3600),
        last_check_time=ago(4),
        last_stream_time=ago(1),
        answer_time=0.012,
        forwarded=True,
        vpn_container="gluetun",
    )
    second = dataclasses.replace(
        first,
        id=EngineId("engine-2-id"),
        name="engine-2",
        port=19002,
        streams=1,
        container_id="0b7d5a91c3e24f68",
        forwarded=False,
    )
    third = dataclasses.replace(
        first,
        id=EngineId("static-192.168.1.5:6878"),
        name="192.168.1.5:6878",
        backend=BackendKind.STATIC,
        host="192.168.1.5",
        port=6878,
        health=EngineHealth.UNREACHABLE,
        version="",
        streams=0,
        max_streams=None,
        container_id="",
        image="",
        started_time=None,
        forwarded=False,
        vpn_container="",
        error=EngineUnreachable("no answer within 5 s"),
    )
    return (first, second, third)


def sample_provision() -> ProvisionView:
    """Return an engine that is being pulled."""
    return ProvisionView(
        id="provision-1",
        backend=BackendKind.DOCKER,
        name="engine-3",
        state=ProvisionState.RUNNING,
        steps=(
            Step(
                name=StepName.PULL,
                state=StepState.RUNNING,
                done_bytes=126_000_000,
                total_bytes=318_000_000,
            ),
            Step(name=StepName.CREATE, state=StepState.WAITING),
            Step(name=StepName.START, state=StepState.WAITING),
            Step(name=StepName.ANSWER, state=StepState.WAITING),
        ),
        started_time=ago(12),
    )


def sample_vpn() -> VpnView:
    """Return a VPN as it should be."""
    return VpnView(
        state=VpnState.CONNECTED,
        container_name="gluetun",
        image="qmcgaw/gluetun:v3.40",
        health="healthy",
        started_time=ago(7200),
        checked_time=ago(3),
        vpn_status="running",
        provider="protonvpn",
        public_ip="185.107.56.83",
        country="Netherlands",
        city="Amsterdam",
        forwarded_port=51234,
        engine_ports=tuple(range(19000, 19020)),
        engines=("engine-1", "engine-2"),
    )


def sample_snapshot() -> Snapshot:
    """Return a picture with everything in it."""
    return Snapshot(
        time=NOW,
        version="0.1.0",
        base_url="http://192.168.1.20:8080",
        lan=True,
        streams=sample_streams(),
        engines=sample_engines(),
        vpn=sample_vpn(),
        runtime=RuntimeView(state=RuntimeState.READY, detail="28.1.1"),
        rate_in=14.2 * MEGA,
        rate_out=21.5 * MEGA,
        rate_up=1.2 * MEGA,
    )


def empty_snapshot() -> Snapshot:
    """Return a picture of a fresh start: nothing plays, no engine, no VPN."""
    return Snapshot(
        time=NOW,
        version="0.1.0",
        base_url="http://127.0.0.1:8080",
        vpn=VpnView(state=VpnState.ABSENT, checked_time=ago(3)),
        runtime=RuntimeView(state=RuntimeState.READY, detail="28.1.1"),
    )


class FakeStreams:
    """Fulfils `StreamsDesk`.

    Attributes:
        busy: Why no stream can start now, None when they can.
        tested: What a test brings, None while it goes on.
    """

    def __init__(self, calls: Calls) -> None:
        self._calls = calls
        self.test_link = Link(key=make_key("7e57"), title="Test card")
        self.busy: AceDeskError | None = None
        self.tested: LinkTestResult | None = None
        self.base_url = "http://192.168.1.20:8080"

    def player_url(self, key: StreamKey, *, hls: bool = False) -> str:
        return f"{self.base_url}/ace/{'manifest.m3u8' if hls else 'getstream'}?id={key.value}"

    async def prepare(self, link: Link) -> str:
        self._calls.record("prepare", link)
        if self.busy is not None:
            raise self.busy
        return link.key.stream_id

    async def test(self, link: Link) -> LinkTestResult:
        self._calls.record("test", link)
        if self.tested is None:
            await asyncio.Event().wait()
        assert self.tested is not None
        return self.tested

    async def stop(self, stream_id: str) -> None:
        self._calls.record("stop_stream", stream_id)

    async def stop_all(self) -> None:
        self._calls.record("stop_all")

    async def switch_engine(self, stream_id: str) -> None:
        self._calls.record("switch_engine", stream_id)

    async def start_elsewhere(self, stream_id: str) -> None:
        self._calls.record("start_elsewhere", stream_id)

    async def close_client(self, client_id: str) -> None:
        self._calls.record("close_client", client_id)


class FakeSettings:
    """Fulfils `SettingsDesk`."""

    def __init__(self, calls: Calls) -> None:
        self._calls = calls
        self.changed: Signal[Settings] = Signal()
        self.current = Settings()
        self.judged: list[tuple[str, int]] = []
        self.listening: PortInUse | CannotListen | None = None
        self.imports = FakeImports(calls)
        self.secrets = FakeSecrets()

    async def save(self, values: Mapping[str, object]) -> tuple[str, ...]:
        self._calls.record("save_settings", dict(values))
        self.current = self.current.changed(values)
        self.changed.emit(self.current)
        return ()

    async def listening_problem(self, host: str, port: int) -> PortInUse | CannotListen | None:
        self.judged.append((host, port))
        return self.listening


class FakeDesk:
    """Fulfils `Desk` and `Service`.

    Attributes:
        shown: What `snapshot()` returns; replace it, then call `changed.emit()` if you like.
        snapshots: How often a snapshot was taken.
        calls: What was asked, in order: ("stop_stream", id), ("prepare", link), ...
        error: Raised by every asynchronous method while it is set.
        gate: While it is not set, `start` and `stop` wait.
    """

    def __init__(
        self,
        shown: Snapshot | None = None,
        *,
        streams: type[FakeStreams] = FakeStreams,
        settings: type[FakeSettings] = FakeSettings,
    ) -> None:
        self.changed: Signal[()] = Signal()
        self.shown = shown or sample_snapshot()
        self.snapshots = 0
        self._calls = Calls()
        self.streams = streams(self._calls)
        self.engines = FakeEngines(self._calls)
        self.hosts = FakeHosts(self._calls)
        self.settings = settings(self._calls)
        self.players = FakePlayers(self._calls, VLC, MPV)
        self.integration = FakeIntegration(self._calls)
        self.access = FakeAccess(self._calls)
        self.history = FakeHistory()
        self.notes: tuple[str, ...] = ()
        self.gate = asyncio.Event()
        self.gate.set()
        self.events = EventLog(lambda: NOW)
        self.log_ring = LogRing()
        self.log_ring.setFormatter(logging.Formatter("%(message)s"))

    @property
    def calls(self) -> list[tuple[Any, ...]]:
        return self._calls.made

    @property
    def error(self) -> AceDeskError | None:
        return self._calls.error

    @error.setter
    def error(self, error: AceDeskError | None) -> None:
        self._calls.error = error

    def edit(self, **changes: Any) -> None:
        """Replace fields and tell so."""
        self.shown = dataclasses.replace(self.shown, **changes)
        self.changed.emit()

    def edit_stream(self, position: int, **changes: Any) -> None:
        """Replace fields of one stream and tell so."""
        streams = list(self.shown.streams)
        streams[position] = dataclasses.replace(streams[position], **changes)
        self.edit(streams=tuple(streams))

    def log(self, text: str, *, level: int = logging.INFO, source: str = "proxy.stream") -> None:
        """Put a row into the ring."""
        record = logging.LogRecord(f"acedesk.{source}", level, "", 0, text, None, None)
        self.log_ring.handle(record)

    def snapshot(self) -> Snapshot:
        self.snapshots += 1
        return self.shown

    async def start(self) -> None:
        await self.gate.wait()
        self._calls.record("start")

    async def stop(self) -> None:
        self._calls.record("stop")
        await self.gate.wait()
