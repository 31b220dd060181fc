"""Something that programs follow: a number that a test changes."""

from acedesk.api.publisher import FollowerLimit, Publisher, Update
from acedesk.signals import Signal


class Followed:
    """A publisher and its source.

    Attributes:
        size: How many bytes each message has at least.
    """

    def __init__(self, *, most: int = 100, size: int = 0) -> None:
        self.value = 0
        self._known = -1
        self.size = size
        self.limit = FollowerLimit(most)
        self.changed: Signal[()] = Signal()
        self.publisher = Publisher(self, self.changed, self.limit, interval=0.0)

    def change(self) -> None:
        """Change the number."""
        self.value += 1
        self.changed.emit()

    async def prepare(self) -> None:
        """Nothing takes long."""

    def whole(self, number: str) -> Update:
        """Tell the number."""
        text = f'{{"type": "snapshot", "revision": "{number}", "value": {self._known}}}'
        return Update(event="snapshot", number=number, data=text)

    def changes(self, number: str) -> Update | None:
        """Tell the number when it is another."""
        if self.value == self._known:
            return None
        self._known = self.value
        text = f'{{"type": "changes", "revision": "{number}", "value": {self.value}}}'
        return Update(event="changes", number=number, data=text + " " * self.size)
