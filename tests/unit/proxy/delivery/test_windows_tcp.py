"""What Winsock answers is read at the right place; injected, because it exists on Windows only."""

import ctypes
import struct
from typing import Any

import pytest

from acedesk.proxy.delivery import windows_tcp
from acedesk.proxy.delivery.windows_tcp import bytes_in_flight


class _Winsock:
    def __init__(self, answer: bytes, *, code: int = 0) -> None:
        self.answer, self.code = answer, code
        self.asked: list[int] = []

    def WSAIoctl(self, handle: Any, question: Any, *facts: Any) -> int:  # noqa: N802
        self.asked += [handle.value, question.value]
        ctypes.memmove(facts[2], self.answer, len(self.answer))
        facts[4]._obj.value = len(self.answer)
        return self.code


# State, Mss, ConnectionTimeMs, TimestampsEnabled, RttUs, MinRttUs, BytesInFlight, Cwnd ...
_INFO = struct.pack(
    "<IIQ?3xIIIIIIIQQIIIIIB3x", 4, 1460, 5000, True, 900, 800, 77_000, *range(1, 13)
)


def test_the_bytes_on_their_way_are_read() -> None:
    winsock = _Winsock(_INFO)

    assert len(_INFO) == 88
    assert bytes_in_flight(0x2C4, winsock) == 77_000
    assert winsock.asked == [0x2C4, 0xD8000027]


@pytest.mark.parametrize("winsock", [_Winsock(b"", code=-1), _Winsock(bytes(8))])
def test_a_windows_that_does_not_tell_is_an_error(winsock: _Winsock) -> None:
    with pytest.raises(OSError, match="does not tell"):
        bytes_in_flight(1, winsock)


def test_the_library_is_loaded_once(monkeypatch: pytest.MonkeyPatch) -> None:
    loaded: list[str] = []

    def load(name: str) -> _Winsock:
        loaded.append(name)
        return _Winsock(_INFO)

    monkeypatch.setattr(ctypes, "WinDLL", load, raising=False)
    windows_tcp._winsock.cache_clear()

    assert [bytes_in_flight(1), bytes_in_flight(2)] == [77_000] * 2

    windows_tcp._winsock.cache_clear()
    assert loaded == ["ws2_32"]
