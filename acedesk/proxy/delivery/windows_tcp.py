"""What Windows knows of a TCP connection: how many bytes are on their way and not confirmed.

Python has no name for this question (SIO_TCP_INFO, mstcpip.h, from Windows 10 1703 on), so it is
asked of Winsock itself.
"""

import ctypes
import functools
import struct
from typing import Any, Final

_SIO_TCP_INFO: Final = 0xD8000027
# TCP_INFO_v0 has 88 bytes; BytesInFlight is the eighth of its fields.
_SIZE: Final = 88
_BYTES_IN_FLIGHT: Final = struct.Struct("<28xI")


def bytes_in_flight(handle: int, winsock: Any = None) -> int:
    """Return how many bytes the other side has not confirmed.

    Args:
        handle: Of the socket.
        winsock: The library ws2_32; another one in tests.

    Raises:
        OSError: Windows does not tell: it is too old, or this is no TCP.
    """
    library = winsock if winsock is not None else _winsock()
    version, answer, size = (
        ctypes.c_uint32(0),
        ctypes.create_string_buffer(_SIZE),
        ctypes.c_uint32(),
    )
    failed = library.WSAIoctl(
        ctypes.c_void_p(handle),
        ctypes.c_uint32(_SIO_TCP_INFO),
        ctypes.byref(version),
        ctypes.c_uint32(ctypes.sizeof(version)),
        answer,
        ctypes.c_uint32(_SIZE),
        ctypes.byref(size),
        None,
        None,
    )
    if failed or size.value < _BYTES_IN_FLIGHT.size:
        raise OSError("the system does not tell of its connections")
    return int(_BYTES_IN_FLIGHT.unpack_from(answer.raw)[0])


@functools.cache
def _winsock() -> Any:
    """Return the library, loaded once: each paused player is asked about each second."""
    return getattr(ctypes, "WinDLL")("ws2_32")  # noqa: B009 - on Windows only
