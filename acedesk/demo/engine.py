"""The simulated engine: speaks the HTTP API of Ace Stream 3.2 and plays the test card.

It is a real server on a real port, so everything in front of it is tried as it will run. Any
number may live in one process, on any asyncio loop.
"""

import asyncio
import errno
from typing import Any

from aiohttp import web

from acedesk import tasks
from acedesk.demo.broadcast_clock import load_card
from acedesk.demo.channels import BURST, DemoChannel, channels
from acedesk.demo.core import Core
from acedesk.demo.disturbances import Disturbances, NoDisturbances
from acedesk.demo.engine_api.hls_api import HlsApi
from acedesk.demo.engine_api.playback_api import PlaybackApi
from acedesk.demo.engine_api.request_counter import request_counter
from acedesk.demo.engine_api.service_api import VERSION, ServiceApi
from acedesk.demo.engine_api.session_api import SessionApi
from acedesk.demo.engine_api.start_api import StartApi
from acedesk.demo.sessions import End
from acedesk.errors import PortInUse, StorageError
from acedesk.model.host import join_port

# Not documented; 60 s is what the official application sets while its window is hidden.
INACTIVITY_TIMEOUT = 60.0
# One picture: often enough for players, and 1 % of a core for a reader.
TICK = 0.04
# How long handlers may take to notice that the engine closes; they look every tick.
_CLOSE_LIMIT = 1.0
_SWEEPS_PER_TIMEOUT = 10


class DemoEngine:
    """One simulated engine.

    Closes: its port, sessions and connections, in `close`.

    Args:
        plays: What it can play; the fixed channels by default.
        speed: Seconds of broadcast that pass in a second, for tests that are in a hurry.
        inactivity_timeout: Seconds a session lives without a sign of life from its player.
        burst: Seconds of the broadcast a new reader gets at once.
        tick: Seconds between two writes to a reader.
    """

    def __init__(
        self,
        plays: tuple[DemoChannel, ...] = (),
        *,
        speed: float = 1.0,
        inactivity_timeout: float = INACTIVITY_TIMEOUT,
        burst: float = BURST,
        tick: float = TICK,
    ) -> None:
        self._sweep_every = min(1.0, inactivity_timeout / _SWEEPS_PER_TIMEOUT)
        self._core = Core(
            plays or channels(),
            speed=speed,
            inactivity_timeout=inactivity_timeout,
            burst=burst,
            tick=tick,
            faults=_find_faults(),
        )
        self._runner: web.AppRunner | None = None
        self._sweeper: asyncio.Task[None] | None = None
        self.host = ""
        self.port = 0

    @property
    def core(self) -> Core:
        """The engine's inner state: its log, sessions and clock."""
        return self._core

    async def start(self, host: str = "127.0.0.1", port: int = 0) -> int:
        """Listen and return the port; 0 takes a free one.

        Raises:
            PortInUse: Somebody else listens there.
            StorageError: The test card cannot be read, or the address cannot be listened on.

        On cancel or failure: nothing is left open.
        """
        await _load(self._core.channels)
        self._core.closing.clear()
        runner = web.AppRunner(
            self._application(),
            access_log=None,
            handler_cancellation=True,
            shutdown_timeout=_CLOSE_LIMIT,
        )
        try:
            await runner.setup()
            await web.TCPSite(runner, host, port).start()
        except OSError as exc:
            await runner.cleanup()
            if exc.errno in (errno.EADDRINUSE, errno.EACCES):
                raise PortInUse(host, port) from exc
            raise StorageError(f"cannot listen on {join_port(host, port)}: {exc.strerror}") from exc
        except asyncio.CancelledError:
            await runner.cleanup()
            raise
        self._runner = runner
        self.host, self.port = host, int(runner.addresses[0][1])
        self._sweeper = tasks.spawn(self._sweep(), name=f"demo engine {self.port}")
        self._core.log("core", f"version={VERSION} demo")
        self._core.log("httpserver", f"start: addr={host} port={self.port}")
        return self.port

    async def close(self) -> None:
        """End every session, let the readers come to their end, and stop listening."""
        runner, self._runner = self._runner, None
        if runner is None:
            return
        self._core.closing.set()
        self._core.sessions.end_all(End.CLOSED)
        await tasks.cancel(self._sweeper)
        await runner.cleanup()
        self._core.log("httpserver", "stopped")

    def order_fault(self, fault: Any) -> None:
        """Let a fault happen from now on; see `acedesk.demo.fault_injection.faults`."""
        self._core.order(fault)

    def clear_faults(self) -> None:
        """Forget all orders; what is disturbed goes on undisturbed."""
        self._core.faults.clear()

    def state(self) -> dict[str, Any]:
        """Return what `/demo/state` answers."""
        return self._core.state()

    def log_lines(self, count: int) -> list[str]:
        """Return the last lines of the engine's log, oldest first."""
        return list(self._core.lines)[-count:] if count > 0 else []

    def _application(self) -> web.Application:
        core = self._core
        application = web.Application(
            middlewares=[request_counter(core), *core.faults.middlewares(core)]
        )
        starting, playback, hls = StartApi(core), PlaybackApi(core), HlsApi(core)
        session_api, service = SessionApi(core), ServiceApi(core)
        application.add_routes(
            [
                web.get("/ace/getstream", starting.getstream),
                web.post("/ace/getstream", starting.getstream),
                web.get("/ace/manifest.m3u8", starting.manifest),
                web.post("/ace/manifest.m3u8", starting.manifest),
                web.get("/ace/r/{infohash}/{token}", playback.start),
                web.get("/content/{infohash}/{name}", playback.content),
                web.get("/ace/m/{infohash}/{token}.m3u8", hls.playlist),
                web.get(r"/ace/c/{infohash}/{number:\d{1,9}}.ts", hls.segment),
                web.get("/ace/stat/{infohash}/{token}", session_api.stat),
                web.get("/ace/cmd/{infohash}/{token}", session_api.command),
                web.get("/ace/event/{infohash}/{token}", session_api.event),
                web.get("/webui/api/service", service.webui),
                web.get("/server/api", service.server),
                web.get("/search", service.search),
                *core.faults.routes(core),
            ]
        )
        application.on_response_prepare.append(_add_headers)
        return application

    async def _sweep(self) -> None:
        while True:
            await tasks.sleep(self._sweep_every)
            for session in self._core.sessions.expire(self._core.now()):
                self._core.log("session", f"inactive: {session.channel.infohash}")


def _find_faults() -> Disturbances:
    """Return what lets faults be ordered, where this AceDesk has it."""
    try:
        from acedesk.demo.fault_injection.fault_orders import FaultOrders
    except ModuleNotFoundError:  # packages leave it out
        return NoDisturbances()
    return FaultOrders()


async def _add_headers(request: web.Request, response: web.StreamResponse) -> None:
    response.headers["Server"] = "AceDesk-demo-engine"
    response.headers["Access-Control-Allow-Origin"] = "*"


async def _load(plays: tuple[DemoChannel, ...]) -> None:
    """Read the test cards away from the loop; every reader finds them in memory then."""
    for picture in {channel.picture for channel in plays}:
        try:
            await asyncio.to_thread(load_card, picture)
        except (OSError, ValueError) as exc:
            raise StorageError(f"the test card {picture}.ts cannot be read: {exc}") from exc
