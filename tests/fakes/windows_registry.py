"""A registry in a dictionary."""

from acedesk.errors import StorageError


class FakeRegistry:
    """Fulfils `Registry`.

    Attributes:
        values: What is there, by key and name.
        locked: Keys that may not be written.
    """

    def __init__(self) -> None:
        self.values: dict[tuple[str, str], str | bytes] = {}
        self.locked: set[str] = set()

    def read(self, key: str, name: str) -> str | bytes | None:
        return self.values.get((key, name))

    def write(self, key: str, name: str, value: str) -> None:
        if key in self.locked:
            raise StorageError(f"{key}: access is denied")
        self.values[key, name] = value

    def delete(self, key: str, name: str) -> None:
        if key in self.locked:
            raise StorageError(f"{key}: access is denied")
        self.values.pop((key, name), None)
