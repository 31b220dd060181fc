"""Finds the size of the pictures in the packets of a video."""

import re
from collections.abc import Callable
from typing import Final

from acedesk.mpegts import psi
from acedesk.mpegts.packets import is_scrambled, payload_start
from acedesk.mpegts.video.parameter_sets import PictureSize, h264_size, hevc_size, mpeg2_size

# A parameter set has some tens of bytes; one that goes on longer is read as far as it came.
LONGEST_UNIT: Final = 1024
_START: Final = b"\x00\x00\x01"
_PES_HEAD: Final = 9


def _units(kinds: bytes, head: int) -> re.Pattern[bytes]:
    return re.compile(_START + b"[" + re.escape(kinds) + b"]" + b"." * (head - 1), re.DOTALL)


_H264: Final = _units(bytes(value for value in range(128) if value & 0x1F == 7), 1)
_HEVC: Final = _units(bytes(value for value in range(128) if value >> 1 == 33), 2)
_MPEG2: Final = _units(b"\xb3", 1)

_READERS: Final[dict[int, tuple[re.Pattern[bytes], Callable[[bytes], PictureSize | None]]]] = {
    psi.H264: (_H264, h264_size),
    psi.HEVC: (_HEVC, hevc_size),
    psi.MPEG1_VIDEO: (_MPEG2, mpeg2_size),
    psi.MPEG2_VIDEO: (_MPEG2, mpeg2_size),
}


class PictureSizeFinder:
    """Takes the packets of one video until its size is known.

    Args:
        stream_type: Of the video, as `acedesk.mpegts.psi` has it.

    Attributes:
        size: None before it is known; for ever where this kind of video is not read.
    """

    def __init__(self, stream_type: int) -> None:
        self.size: PictureSize | None = None
        self._reader = _READERS.get(stream_type)
        self._data = b""

    def push(self, packet: bytes) -> None:
        """Take the video's next packet."""
        if self.size is not None or self._reader is None or is_scrambled(packet, 0):
            return
        data = packet[payload_start(packet, 0) :]
        if packet[1] & 0x40 and data.startswith(_START) and len(data) > _PES_HEAD:
            self._look(*self._reader, whole=True)
            self._data = data[_PES_HEAD + data[8] :]
        else:
            self._data += data
        self._look(*self._reader, whole=False)

    def _look(
        self,
        pattern: re.Pattern[bytes],
        read: Callable[[bytes], PictureSize | None],
        *,
        whole: bool,
    ) -> None:
        """Read the sets in what has come.

        Args:
            whole: Nothing more comes behind it.
        """
        data, at = self._data, 0
        while self.size is None and (found := pattern.search(data, at)) is not None:
            end = data.find(_START, found.end())
            if end < 0 and not whole and len(data) - found.start() < LONGEST_UNIT:
                self._data = data[found.start() :]
                return
            at = end if end >= 0 else len(data)
            self.size = read(data[found.end() : at])
        self._data = data[max(at, len(data) - 3) :] if at < len(data) else b""
