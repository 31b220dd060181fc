"""Which keys mean one content: its content id, its infohash, and magnet links to it.

A magnet link has the infohash in it; an engine tells that of a content id or a transport file when
it has accepted it, and that is remembered as long as the process runs.
"""

from typing import Final

from acedesk.formats.stream_key import magnet_infohash
from acedesk.model.content import Infohash, KeyKind, StreamKey

# What engines told of so many contents is kept, some 0.1 MB: more than a home plays in a month.
MOST_KEPT: Final = 500

# Several of these may lead to one infohash and be different contents to an engine.
_NAMED_BY_ITSELF: Final = frozenset({KeyKind.CONTENT_ID, KeyKind.URL})


class KeyAliases:
    """Which key a stream runs under, by its other keys, and what is known of all contents."""

    __slots__ = ("_infohashes", "_keys")

    def __init__(self) -> None:
        self._keys: dict[StreamKey, StreamKey] = {}
        self._infohashes: dict[StreamKey, Infohash] = {}

    def learn(self, key: StreamKey, infohash: Infohash) -> None:
        """Remember the infohash that an engine told of a content; a magnet link tells its own."""
        if key.kind not in _NAMED_BY_ITSELF:
            return
        self._infohashes.pop(key, None)
        self._infohashes[key] = infohash
        if len(self._infohashes) > MOST_KEPT:
            del self._infohashes[next(iter(self._infohashes))]

    def identity(self, key: StreamKey) -> StreamKey:
        """Return the infohash's key, where the infohash is known; else the key itself."""
        infohash = self._infohashes.get(key)
        if key.kind is KeyKind.MAGNET:
            infohash = magnet_infohash(key.value)
        if infohash is None:
            return key
        return StreamKey(KeyKind.INFOHASH, infohash, key.file_index)

    def is_nameless(self, key: StreamKey) -> bool:
        """Tell whether nothing has told the infohash of this content."""
        return self.identity(key).kind in _NAMED_BY_ITSELF

    def add(self, alias: StreamKey, key: StreamKey) -> None:
        """Let `alias` mean what runs under `key`, unless it means another stream already."""
        self._keys.setdefault(alias, key)

    def move(self, alias: StreamKey, key: StreamKey) -> None:
        """Let `alias` mean what runs under `key` from now on."""
        self._keys[alias] = key

    def resolve(self, key: StreamKey) -> StreamKey:
        """Return the key of the stream that `key` stands for; itself when it is no alias."""
        found = self._keys.get(key) or self._keys.get(self.identity(key), key)
        return found if are_same(found, key) else key

    def of(self, key: StreamKey) -> tuple[StreamKey, ...]:
        """Return the other keys of what runs under `key`."""
        return tuple(one for one, target in self._keys.items() if target == key and one != key)

    def drop(self, key: StreamKey) -> None:
        """Forget the other keys of what ran under `key`."""
        for alias in [one for one, target in self._keys.items() if target == key]:
            del self._keys[alias]


def are_same(one: StreamKey, other: StreamKey) -> bool:
    """Tell whether two keys with one infohash are one content.

    Two content ids, or two transport files, are what their engine makes of them: the infohash
    alone does not make them one.
    """
    return one == other or one.kind is not other.kind or one.kind not in _NAMED_BY_ITSELF
