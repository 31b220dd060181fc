"""How a session on an engine does."""

from typing import Final

from acedesk.values import frozen_value

# The official client knows "err"; the others are those of forks and of the older API.
_FAILED: Final = frozenset({"err", "error", "failed", "fail"})


@frozen_value
class EngineStat:
    """How a session does, as its engine tells; None stands for everything it did not tell.

    Attributes:
        status: The engine's word: "idle", "check", "prebuf", "buf", "dl", "err" or another.
        speed_down: Bit/s.
        speed_up: Bit/s.
        progress: Per cent of prebuffering or checking.
        live_last: Newest moment, Unix time.
        pos: Moment being played, Unix time.
        error: Why it gave the session up, in the engine's words, "" when it told nothing.
        downloaded, uploaded: Bytes since the session began.
    """

    status: str
    peers: int | None
    speed_down: float | None
    speed_up: float | None
    progress: int | None
    live_last: int | None
    pos: int | None
    is_live: bool | None
    error: str = ""
    downloaded: int | None = None
    uploaded: int | None = None

    @property
    def has_failed(self) -> bool:
        """The engine gave the session up."""
        return self.status.lower() in _FAILED
