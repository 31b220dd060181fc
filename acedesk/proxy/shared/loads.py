"""Streams of other AceDesks on our engines: each is load of its engine while they tell of it."""

import platform
from collections.abc import Collection, Iterable, Iterator, Mapping

from acedesk.engines.pool import EnginePool
from acedesk.engines.reservation import Reservation
from acedesk.model.content import StreamKey
from acedesk.model.engine import PROXY_BACKEND, EngineId, EngineSpec
from acedesk.model.host import is_loopback, normal_host
from acedesk.proxy.files.file_playback import FilePlayback
from acedesk.proxy.shared.proxy_entry import ProxyEntry, engine_address
from acedesk.proxy.streams.registry import StreamRegistry
from acedesk.proxy.streams.stream import Stream

_Place = tuple[str, EngineId, StreamKey]


class ForeignLoads:
    """The places that other AceDesks use on engines that are ours, too.

    An engine plays a content once. So what is known of it otherwise, by a report or from the
    orchestrator, is the same stream and counts there.

    Attributes:
        others: The other AceDesks as they told last, none after a while without Redis.
    """

    def __init__(self, pool: EnginePool) -> None:
        self._pool = pool
        self._places: dict[_Place, Reservation] = {}
        self.others: tuple[ProxyEntry, ...] = ()

    def __len__(self) -> int:
        """Return how many places others use."""
        return len(self._places)

    def update(self, others: Iterable[ProxyEntry]) -> None:
        """Count what these use, and no more."""
        self.others = others = tuple(others)
        engines = {
            _address(one.host, one.port): one.id
            for one in self._pool.views()
            if one.backend_id != PROXY_BACKEND
        }
        wanted = {
            (other.id, engines[address], key)
            for other in others
            for address, keys in other.loads.items()
            if address in engines
            for key in keys
        }
        counted = self._pool.placement.count_places
        for place in tuple(self._places):
            if place not in wanted or counted(place[1], place[2]) != 1:
                self._places.pop(place).release()
        for place in wanted - self._places.keys():
            if not counted(place[1], place[2]):
                self._places[place] = self._pool.claim(place[1], place[2])

    def forget(self, proxy_id: str) -> None:
        """Count nothing of an AceDesk that was found dead."""
        self.others = tuple(one for one in self.others if one.id != proxy_id)
        for place in [one for one in self._places if one[0] == proxy_id]:
            self._places.pop(place).release()

    def on_engine(self, engine: EngineSpec) -> set[StreamKey]:
        """Return the contents that others play on an engine, as they told last."""
        address = _address(engine.host, engine.port)
        return {key for one in self.others for key in one.loads.get(address, ())}

    def are_told(self, proxy_id: str, names: Collection[str]) -> bool:
        """Tell whether an AceDesk told on which engine it plays one of these contents."""
        told = (one.loads.values() for one in self.others if one.id == proxy_id)
        return any(key.stream_id in names for loads in told for keys in loads for key in keys)

    def close(self) -> None:
        """Count nothing any more."""
        self.update(())


def own_loads(
    streams: StreamRegistry, keys: Collection[StreamKey]
) -> Mapping[str, tuple[StreamKey, ...]]:
    """Return which of these contents are played on engines, by engine."""
    loads: dict[str, list[StreamKey]] = {}
    for engine, key in (*_of_streams(streams), *_of_files(streams.files.playbacks)):
        counts = engine.backend_id != PROXY_BACKEND and engine.port and key in keys
        address = _address(engine.host, engine.port)
        if counts and key not in loads.setdefault(address, []):
            loads[address].append(key)
    return {address: tuple(keys) for address, keys in loads.items() if keys}


def _of_streams(streams: Iterable[Stream]) -> Iterator[tuple[EngineSpec, StreamKey]]:
    for stream in streams:
        for engine in stream.supply.engines:
            yield engine, stream.key


def _of_files(playbacks: Iterable[FilePlayback]) -> Iterator[tuple[EngineSpec, StreamKey]]:
    for one in playbacks:
        if not one.session.retired:
            yield one.session.reservation.engine, one.play.key


def _address(host: str, port: int) -> str:
    """Return what tells the engine from others: a loopback address is another on each computer."""
    machine = platform.node() if is_loopback(host) else ""
    return engine_address("127.0.0.1" if machine else normal_host(host), port, machine)
