"""What contents are called: a title that was given once is not lost with its stream."""

from collections.abc import Iterable
from typing import Final

from acedesk.model.content import StreamKey

# Nobody plays more contents in a day; a title has 200 letters at most.
MOST_TITLES: Final = 1000


class KnownTitles:
    """Remembers the title of each content, those that were played last.

    A player asks for a content by its id alone, after a stream that had a title has ended.
    """

    def __init__(self) -> None:
        self._titles: dict[StreamKey, str] = {}

    def learn(self, keys: Iterable[StreamKey], title: str) -> None:
        """Remember what these names of one content mean; "" changes nothing."""
        if not title:
            return
        for key in keys:
            self._titles.pop(key, None)
            self._titles[key] = title
        while len(self._titles) > MOST_TITLES:
            self._titles.pop(next(iter(self._titles)))

    def title_of(self, key: StreamKey) -> str:
        """Return what a content was called last, "" where that is not known."""
        return self._titles.get(key, "")
