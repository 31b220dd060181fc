"""What went wrong with Redis, out of what its library and the server say. Pure."""

import ssl
from collections.abc import Iterator
from typing import Final

from acedesk.model.sharing.trouble import SharingTrouble, SharingUnavailable

_LONGEST: Final = 120

# By the first word of the server's answer, or the library's name for it.
_BY_WORD: Final = {
    "WRONGPASS": SharingTrouble.CREDENTIALS,
    "NOAUTH": SharingTrouble.CREDENTIALS,
    "AuthenticationError": SharingTrouble.CREDENTIALS,
    "AuthenticationWrongNumberOfArgsError": SharingTrouble.CREDENTIALS,
    "NOPERM": SharingTrouble.FORBIDDEN,
    "NoPermissionError": SharingTrouble.FORBIDDEN,
    "DENIED": SharingTrouble.FORBIDDEN,
    "READONLY": SharingTrouble.READ_ONLY,
    "ReadOnlyError": SharingTrouble.READ_ONLY,
    "OOM": SharingTrouble.FULL,
    "OutOfMemoryError": SharingTrouble.FULL,
    "WRONGTYPE": SharingTrouble.NOT_OURS,
    "LOADING": SharingTrouble.STARTING,
    "BusyLoadingError": SharingTrouble.STARTING,
    "TimeoutError": SharingTrouble.SILENT,
}


def explain_failure(error: BaseException) -> SharingUnavailable:
    """Return what an error means; nothing of an address is in it, which may hold a password."""
    chain = tuple(_chain(error))
    if any(isinstance(one, ssl.SSLError) for one in chain):
        return SharingUnavailable(SharingTrouble.ENCRYPTION, _why_no_tls(chain))
    for one in chain:
        for word in (str(one).partition(" ")[0], *(kind.__name__ for kind in type(one).mro())):
            if word in _BY_WORD:
                return SharingUnavailable(_BY_WORD[word])
    if any(kind.__name__ in ("ConnectionError", "OSError") for kind in type(error).mro()):
        return SharingUnavailable(SharingTrouble.UNREACHABLE, _why_unreachable(chain))
    # The server's own words; behind them the place in our script.
    said = str(error).partition(" script:")[0][:_LONGEST].strip()
    return SharingUnavailable(SharingTrouble.FAILING, said or type(error).__name__)


def _chain(error: BaseException) -> Iterator[BaseException]:
    """Return the error and what it came from."""
    seen: list[BaseException] = []
    following: BaseException | None = error
    while following is not None and following not in seen:
        seen.append(following)
        yield following
        following = following.__cause__ or following.__context__


def _why_no_tls(chain: tuple[BaseException, ...]) -> str:
    for one in chain:
        if isinstance(one, ssl.SSLCertVerificationError):
            return one.verify_message
    said = (getattr(one, "reason", None) for one in chain if isinstance(one, ssl.SSLError))
    return str(next(said, None) or "").replace("_", " ").lower()


def _why_unreachable(chain: tuple[BaseException, ...]) -> str:
    for one in chain:
        if isinstance(one, OSError) and one.strerror and "Connect call" not in one.strerror:
            return one.strerror
        if isinstance(one, OSError) and one.errno is not None:
            return _REFUSED if isinstance(one, ConnectionRefusedError) else ""
    return "It closes the connection."


_REFUSED: Final = "Connection refused"
