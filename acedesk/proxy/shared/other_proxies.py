"""Other AceDesks as engines: for the contents that they carry, and for no others.

A player stays connected to the AceDesk that it asked, whatever carries the content. So when the
carrier dies, its stream goes on here as after the loss of any engine. A redirect would lead players
to addresses that they may not reach behind a reverse proxy, and would break them off.
"""

from acedesk.acestream_api.request_head import set_token
from acedesk.engines.pool import EnginePool
from acedesk.model.content import StreamKey
from acedesk.model.engine import (
    PROXY_BACKEND,
    PROXY_NAME,
    BackendKind,
    EngineHealth,
    EngineId,
    EngineSpec,
)
from acedesk.proxy.shared.proxy_entry import ProxyEntry, proxy_name


class OtherProxies:
    """Which contents are taken from which other AceDesk; keeps the pool so."""

    def __init__(self, pool: EnginePool) -> None:
        self._pool = pool
        self._carriers: dict[StreamKey, ProxyEntry] = {}
        self._shown: dict[EngineId, ProxyEntry] = {}

    def __contains__(self, key: StreamKey) -> bool:
        """Tell whether a content is taken from another AceDesk."""
        return key in self._carriers

    def carrier(self, key: StreamKey) -> ProxyEntry | None:
        """Return from whom a content is taken."""
        return self._carriers.get(key)

    def contents(self) -> tuple[StreamKey, ...]:
        """Return the contents that are taken from others."""
        return tuple(self._carriers)

    def take_from(self, carrier: ProxyEntry, key: StreamKey) -> None:
        """Let streams of a content be played on this carrier only."""
        before = self._carriers.get(key)
        if before is None or before.id != carrier.id:
            self._carriers[key] = carrier
            self._update()

    def drop(self, key: StreamKey) -> None:
        """Let streams of a content be played on engines again."""
        if self._carriers.pop(key, None) is not None:
            self._update()

    def close(self) -> None:
        """Take no content from others any more."""
        self._carriers.clear()
        self._update()

    def _update(self) -> None:
        """Make the pool's members those that carry something for us, each with what it carries."""
        wanted = {engine_id(entry): entry for entry in self._carriers.values()}
        for name, entry in wanted.items():
            set_token(entry.host, entry.port, entry.token)
            known = self._pool.find(name)
            health = EngineHealth.READY if known is None else known.health
            self._pool.add(self._spec(entry), health=health)
        gone = self._shown.keys() - wanted.keys()
        self._shown = wanted
        for name in gone:
            self._pool.forget(name)

    def _spec(self, entry: ProxyEntry) -> EngineSpec:
        contents = (key.value for key, one in self._carriers.items() if one.id == entry.id)
        return EngineSpec(
            id=engine_id(entry),
            name=f"{PROXY_NAME}{proxy_name(entry)}",
            backend=BackendKind.STATIC,
            backend_id=PROXY_BACKEND,
            host=entry.host,
            port=entry.port,
            contents=frozenset(contents),
        )


def engine_id(entry: ProxyEntry) -> EngineId:
    """Return the id under which another AceDesk is an engine."""
    return EngineId(f"proxy-{entry.id}")
