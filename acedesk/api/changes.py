"""What programs follow: everything as the contract lists it, then only rows that have changed."""

import json
from collections.abc import Awaitable, Callable, Mapping

from acedesk.api.publisher import Update

# A part of the picture: texts of its rows by their id.
Rows = Mapping[str, str]
Part = Callable[[], Rows]


async def nothing_to_do() -> None:
    """Prepare nothing: all is read in a moment."""


class ChangedRows:
    """A source of whole pictures and of changes; fulfils `acedesk.api.publisher.Source`.

    Args:
        parts: The lists by name, each read in one go.
        prepare: Makes that short; awaited before.
    """

    def __init__(
        self, parts: Mapping[str, Part], prepare: Callable[[], Awaitable[object]] = nothing_to_do
    ) -> None:
        self._parts = parts
        self._prepare = prepare
        self._known: dict[str, Rows] = {name: {} for name in parts}

    async def prepare(self) -> None:
        """Read what takes long without holding the loop."""
        await self._prepare()

    def whole(self, number: str) -> Update:
        """Return everything as it was at the last look."""
        lists = (
            f"{json.dumps(name)}: [{', '.join(rows.values())}]"
            for name, rows in self._known.items()
        )
        return _update("snapshot", number, ", ".join(lists))

    def changes(self, number: str) -> Update | None:
        """Return what changed: new and changed rows, and the ids of those that are gone."""
        told = []
        for name, read in self._parts.items():
            rows, known = read(), self._known[name]
            changed = [text for key, text in rows.items() if known.get(key) != text]
            removed = [key for key in known if key not in rows]
            self._known[name] = rows
            if changed or removed:
                told.append(
                    f'{json.dumps(name)}: {{"changed": [{", ".join(changed)}], '
                    f'"removed": {json.dumps(removed)}}}'
                )
        return _update("changes", number, ", ".join(told)) if told else None


class WholePicture:
    """A source that tells everything at each change, as the Go-era dashboard wants it.

    Args:
        event: The name of the message.
        read: Returns the JSON of its payload.
        prepare: Makes that short; awaited before.
    """

    def __init__(
        self,
        event: str,
        read: Callable[[], str],
        prepare: Callable[[], Awaitable[object]] = nothing_to_do,
    ) -> None:
        self._event = event
        self._read = read
        self._prepare = prepare
        self._known = ""

    async def prepare(self) -> None:
        """Read what takes long without holding the loop."""
        await self._prepare()

    def whole(self, number: str) -> Update:
        """Return everything."""
        data = f'{{"type": "{self._event}", "payload": {self._known or self._read()}}}'
        return Update(event=self._event, number=number, data=data)

    def changes(self, number: str) -> Update | None:
        """Return everything when something has changed."""
        now = self._read()
        if now == self._known:
            return None
        self._known = now
        return self.whole(number)


def _update(kind: str, number: str, lists: str) -> Update:
    data = f'{{"type": "{kind}", "revision": "{number}", {lists}}}'
    return Update(event=kind, number=number, data=data)
