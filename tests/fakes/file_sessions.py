"""Engines that open sessions of files without a socket, and the promises about them to look at."""

import asyncio
import dataclasses

from acedesk.acestream_api.engine_client import EngineClient
from acedesk.engines.pool import EnginePool
from acedesk.errors import EngineRefused
from acedesk.formats.engine_reply import Session
from acedesk.formats.getstream import PlayRequest
from acedesk.model.content import KeyKind, StreamKey
from acedesk.model.engine import BackendKind, EngineHealth, EngineId, EngineSpec
from acedesk.proxy.files.file_engines import FileEngines
from acedesk.proxy.ingest.engine_sessions import EngineSessions
from acedesk.settings import Settings
from tests.fakes.engine_session import make_session

PLAY = PlayRequest(key=StreamKey(KeyKind.CONTENT_ID, "a" * 40, 0))
OTHER = PlayRequest(key=StreamKey(KeyKind.CONTENT_ID, "c" * 40, 0))


@dataclasses.dataclass
class Opened:
    """A session an engine opened."""

    port: int
    stops: int = 0


class Engines(EngineClient):
    """Engines that answer at once, or when `gate` opens.

    Attributes:
        refused: Ports of those that refuse.
        is_live: What they say of every content.
    """

    def __init__(self) -> None:
        super().__init__()
        self.opened: list[Opened] = []
        self.refused: set[int] = set()
        self.is_live = False
        self.asked = asyncio.Event()
        self.gate = asyncio.Event()
        self.gate.set()

    async def open_session(self, host: str, port: int, *_: object, **__: object) -> Session:
        self.asked.set()
        await self.gate.wait()
        if port in self.refused:
            raise EngineRefused("no")
        self.opened.append(Opened(port))
        return make_session(number=str(len(self.opened) - 1), is_live=self.is_live)

    async def stop(self, session: Session, *, timeout: float = 3.0) -> bool:
        self.opened[int(session.playback_session_id)].stops += 1
        return True

    @property
    def stops(self) -> list[int]:
        """How often each session was stopped."""
        return [one.stops for one in self.opened]


class Bench:
    """Files on engines.

    Args:
        count: How many engines.
        places: How many sessions each takes; 0 for any number.
    """

    def __init__(self, count: int, places: int = 0) -> None:
        settings = Settings().changed({"max_streams_per_engine": places})
        self.client = Engines()
        self.pool = EnginePool(lambda: settings)
        self.sessions = EngineSessions(self.client, lambda: 0)
        self.settings = settings
        self.files = FileEngines(self.pool, self.sessions, lambda: settings)
        for number in range(count):
            spec = EngineSpec(
                id=EngineId(f"engine-{number}"),
                name=f"engine-{number}",
                backend=BackendKind.STATIC,
                host="127.0.0.1",
                port=number,
            )
            self.pool.add(spec, health=EngineHealth.READY)

    @property
    def loads(self) -> list[int]:
        """How many places are taken on each engine."""
        return [engine.streams for engine in self.pool.views()]
