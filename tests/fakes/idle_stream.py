"""Streams that are made and not started: no engine, no task, no timer."""

from collections.abc import Callable

from acedesk.acestream_api.engine_client import EngineClient
from acedesk.engines.pool import EnginePool
from acedesk.formats.getstream import parse_query
from acedesk.proxy.buffer.ring import MemoryBudget
from acedesk.proxy.ingest.engine_sessions import EngineSessions
from acedesk.proxy.ingest.read_ticker import ReadTicker
from acedesk.proxy.ingest.supply import SharedParts
from acedesk.proxy.streams.stream import Stream
from acedesk.settings import Settings


def make_stream(
    number: int = 1,
    *,
    client: EngineClient | None = None,
    changed: Callable[[Stream], None] = lambda _: None,
) -> Stream:
    """Return a stream of the content with this number.

    Args:
        client: How its engine is asked.
        changed: Called when something about it changed.
    """
    settings = Settings()
    client = client or EngineClient()
    shared = SharedParts(
        pool=EnginePool(lambda: settings),
        client=client,
        sessions=EngineSessions(client, lambda: 0),
        read_ticker=ReadTicker(),
        budget=MemoryBudget(1 << 20),
        settings=lambda: settings,
    )
    return Stream(parse_query([("id", f"{number:040x}")]), shared, changed)
