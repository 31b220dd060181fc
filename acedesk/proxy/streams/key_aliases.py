"""Other keys of running streams: the infohash of a content that was asked for by its content id."""

from acedesk.model.content import StreamKey


class KeyAliases:
    """Which key a stream runs under, by its other keys."""

    __slots__ = ("_keys",)

    def __init__(self) -> None:
        self._keys: dict[StreamKey, StreamKey] = {}

    def add(self, alias: StreamKey, key: StreamKey) -> None:
        """Let `alias` mean what runs under `key`."""
        self._keys[alias] = key

    def resolve(self, key: StreamKey) -> StreamKey:
        """Return the key that `key` stands for; itself when it is no alias."""
        return self._keys.get(key, key)

    def of(self, key: StreamKey) -> tuple[StreamKey, ...]:
        """Return the other keys of what runs under `key`."""
        return tuple(alias for alias, target in self._keys.items() if target == key)

    def drop(self, key: StreamKey) -> None:
        """Forget the other keys of what ran under `key`."""
        for alias in self.of(key):
            del self._keys[alias]
