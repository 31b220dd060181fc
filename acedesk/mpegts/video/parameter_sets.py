"""The size of pictures in the parameter sets of H.264 and HEVC and the sequence header of MPEG-2.

Field layouts: ITU-T H.264 7.3.2.1.1, H.265 7.3.2.2 and 7.3.3, H.262 6.2.2.1. Nothing here is
trusted: whatever the bytes are, a size or None comes out.
"""

from typing import Final, NamedTuple

# Level 6.2 of both has at most 16,384 samples in a row; more is no size but garbage.
LARGEST: Final = 16_384
# Profiles of H.264 whose parameter sets tell the chroma format (7.3.2.1.1).
_CHROMA_PROFILES: Final = frozenset({100, 110, 122, 244, 44, 83, 86, 118, 128, 138, 139, 134, 135})
# Samples of the picture for each of chroma, across and down, by chroma format (table 6-1 of both).
_SUBSAMPLING: Final = {0: (1, 1), 1: (2, 2), 2: (2, 1), 3: (1, 1)}
_LONGEST_CODE: Final = 32
_MOST_OFFSETS: Final = 255


class PictureSize(NamedTuple):
    """In samples, as shown."""

    width: int
    height: int


class _Exhausted(Exception):
    """The bits are over, or cannot mean anything."""


class _Bits:
    """Reads bits from the highest on, without the bytes that keep start codes out."""

    def __init__(self, data: bytes) -> None:
        plain = data.replace(b"\x00\x00\x03", b"\x00\x00")
        self._value = int.from_bytes(plain, "big")
        self._left = 8 * len(plain)

    def read(self, count: int) -> int:
        self._left -= count
        if self._left < 0:
            raise _Exhausted
        return self._value >> self._left & ((1 << count) - 1)

    def unsigned(self) -> int:
        """Read an Exp-Golomb code (9.1 in H.264)."""
        zeros = 0
        while not self.read(1):
            zeros += 1
            if zeros > _LONGEST_CODE:
                raise _Exhausted
        return (1 << zeros) - 1 + self.read(zeros)

    def signed(self) -> int:
        code = self.unsigned()
        return (code + 1) // 2 if code % 2 else -code // 2


def h264_size(unit: bytes) -> PictureSize | None:
    """Return the size in a sequence parameter set of H.264.

    Args:
        unit: Behind its one-byte header.
    """
    try:
        return _h264_size(_Bits(unit))
    except _Exhausted:
        return None


def hevc_size(unit: bytes) -> PictureSize | None:
    """Return the size in a sequence parameter set of HEVC.

    Args:
        unit: Behind its two-byte header.
    """
    try:
        return _hevc_size(_Bits(unit))
    except _Exhausted:
        return None


def mpeg2_size(header: bytes) -> PictureSize | None:
    """Return the size in a sequence header of MPEG-1 or MPEG-2, behind its start code."""
    if len(header) < 3:
        return None
    return _sized(header[0] << 4 | header[1] >> 4, (header[1] & 0x0F) << 8 | header[2])


def _h264_size(bits: _Bits) -> PictureSize | None:
    profile = bits.read(8)
    bits.read(16)  # constraints and level
    bits.unsigned()  # its id
    chroma = _h264_chroma(bits) if profile in _CHROMA_PROFILES else 1
    bits.unsigned()  # frame numbers
    _skip_picture_order(bits)
    bits.unsigned()  # reference frames
    bits.read(1)
    width, height = 16 * (bits.unsigned() + 1), 16 * (bits.unsigned() + 1)
    frames_only = bits.read(1)
    if not frames_only:
        bits.read(1)
    bits.read(1)
    height *= 2 - frames_only
    across, down = _SUBSAMPLING[chroma]
    return _cropped(bits, width, height, across, down * (2 - frames_only))


def _h264_chroma(bits: _Bits) -> int:
    """Read what only some profiles have; return the chroma format, 0 for separate planes."""
    chroma = _known_chroma(bits.unsigned())
    if chroma == 3 and bits.read(1):
        chroma = 0
    lists = 12 if chroma == 3 else 8
    bits.unsigned()  # depths
    bits.unsigned()
    bits.read(1)
    if bits.read(1):
        for number in range(lists):
            if bits.read(1):
                _skip_scaling_list(bits, 16 if number < 6 else 64)
    return chroma


def _known_chroma(chroma: int) -> int:
    if chroma not in _SUBSAMPLING:
        raise _Exhausted
    return chroma


def _skip_scaling_list(bits: _Bits, size: int) -> None:
    last = following = 8
    for _ in range(size):
        if following:
            following = (last + bits.signed()) % 256
        last = following or last


def _skip_picture_order(bits: _Bits) -> None:
    kind = bits.unsigned()
    if kind == 0:
        bits.unsigned()
    elif kind == 1:
        bits.read(1)
        bits.signed()
        bits.signed()
        count = bits.unsigned()
        if count > _MOST_OFFSETS:
            raise _Exhausted
        for _ in range(count):
            bits.signed()


def _hevc_size(bits: _Bits) -> PictureSize | None:
    bits.read(4)  # the video parameter set's id
    layers = bits.read(3)
    bits.read(1)
    _skip_profile(bits, layers)
    bits.unsigned()  # its id
    chroma = _known_chroma(bits.unsigned())
    if chroma == 3 and bits.read(1):
        chroma = 0
    width, height = bits.unsigned(), bits.unsigned()
    across, down = _SUBSAMPLING[chroma]
    return _cropped(bits, width, height, across, down)


def _skip_profile(bits: _Bits, layers: int) -> None:
    bits.read(88)
    bits.read(8)
    told = [(bits.read(1), bits.read(1)) for _ in range(layers)]
    if layers:
        bits.read(2 * (8 - layers))
    for profile, level in told:
        bits.read(88 * profile)
        bits.read(8 * level)


def _cropped(bits: _Bits, width: int, height: int, across: int, down: int) -> PictureSize | None:
    """Return the size without the edges that are cut off, in units of chroma samples."""
    if bits.read(1):
        left, right, top, bottom = (bits.unsigned() for _ in range(4))
        width -= across * (left + right)
        height -= down * (top + bottom)
    return _sized(width, height)


def _sized(width: int, height: int) -> PictureSize | None:
    if not (0 < width <= LARGEST and 0 < height <= LARGEST):
        return None
    return PictureSize(width, height)
