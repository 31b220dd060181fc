"""The size of pictures in parameter sets: examples of real encoders, then properties."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from acedesk.mpegts.video.parameter_sets import (
    LARGEST,
    PictureSize,
    h264_size,
    hevc_size,
    mpeg2_size,
)


@pytest.mark.parametrize(
    ("unit", "size"),
    [
        ("640028acd940780227e5c044000003000400000300c83c60c658", (1920, 1080)),
        ("64001facd9405005bb011000000300100000030320f1831960", (1280, 720)),
        ("64001eacd940b4126c0440000003004000000c83c58b6580", (720, 576)),
        ("640033acd9403c0043ec0440000003004000000c83c60c6580", (3840, 2160)),
        ("640028acd94078044fde0220000003002000000643e2c5b2c0", (1920, 1080)),  # interlaced
    ],
)
def test_h264_of_x264(unit: str, size: tuple[int, int]) -> None:
    assert h264_size(bytes.fromhex(unit)) == size


@pytest.mark.parametrize(
    ("unit", "size"),
    [
        (
            "01016000000300900000030000030078a003c08010e596566924caf0168080000003008000000c84",
            (1920, 1080),
        ),
        (
            "0101600000030090000003000003005da00280802d165959a4932bc05a020000030002000003003210",
            (1280, 720),
        ),
    ],
)
def test_hevc_of_x265(unit: str, size: tuple[int, int]) -> None:
    assert hevc_size(bytes.fromhex(unit)) == size


def test_mpeg2_of_ffmpeg() -> None:
    assert mpeg2_size(bytes.fromhex("2d024013")) == (720, 576)


class _Writer:
    """Writes what the reader reads."""

    def __init__(self) -> None:
        self.bits = ""

    def put(self, value: int, count: int) -> None:
        self.bits += format(value, f"0{count}b") if count else ""

    def code(self, value: int) -> None:
        binary = format(value + 1, "b")
        self.bits += "0" * (len(binary) - 1) + binary

    def signed(self, value: int) -> None:
        self.code(2 * value - 1 if value > 0 else -2 * value)

    def unit(self) -> bytes:
        padded = self.bits + "1" + "0" * (-(len(self.bits) + 1) % 8)
        plain = bytes(int(padded[at : at + 8], 2) for at in range(0, len(padded), 8))
        out = bytearray()
        for value in plain:  # as an encoder keeps start codes out
            if value <= 3 and out[-2:] == b"\x00\x00":
                out.append(3)
            out.append(value)
        return bytes(out)


sizes = st.tuples(st.integers(1, LARGEST // 32), st.integers(1, LARGEST // 32))
crops = st.none() | st.tuples(*(st.integers(0, 3),) * 4)


def _crop(writer: _Writer, crop: tuple[int, int, int, int] | None) -> None:
    writer.put(crop is not None, 1)
    for edge in crop or ():
        writer.code(edge)


def _put_chroma(writer: _Writer, chroma: int, scaled: bool) -> int:
    writer.code(chroma)
    if chroma == 3:
        writer.put(0, 1)
    writer.code(0)
    writer.code(2)
    writer.put(0, 1)
    writer.put(scaled, 1)
    lists = (12 if chroma == 3 else 8) if scaled else 0
    for number in range(lists):
        writer.put(number == 0, 1)
        for _ in range(16 if number == 0 else 0):
            writer.signed(1)
    return chroma


def _put_order(writer: _Writer, order: int) -> None:
    writer.code(order)
    if order == 0:
        writer.code(2)
    elif order == 1:
        writer.put(0, 1)
        for value in (-2, 3):
            writer.signed(value)
        writer.code(2)
        for value in (-7, 9):
            writer.signed(value)


@given(
    sizes,
    crops,
    st.booleans(),
    st.sampled_from([66, 77, 100, 244]),
    st.integers(0, 3),
    st.integers(0, 2),
    st.booleans(),
)
def test_h264_says_what_was_written(
    blocks: tuple[int, int],
    crop: tuple[int, int, int, int] | None,
    frames_only: bool,
    profile: int,
    chroma: int,
    order: int,
    scaled: bool,
) -> None:
    writer = _Writer()
    writer.put(profile, 8)
    writer.put(40, 16)
    writer.code(0)
    chroma = _put_chroma(writer, chroma, scaled) if profile in (100, 244) else 1
    writer.code(4)
    _put_order(writer, order)
    writer.code(4)
    writer.put(0, 1)
    for count in blocks:
        writer.code(count - 1)
    writer.put(frames_only, 1)
    if not frames_only:
        writer.put(1, 1)
    writer.put(1, 1)
    _crop(writer, crop)

    across, down = {0: (1, 1), 1: (2, 2), 2: (2, 1), 3: (1, 1)}[chroma]
    fields = 1 if frames_only else 2
    left, right, top, bottom = crop or (0, 0, 0, 0)
    width = 16 * blocks[0] - across * (left + right)
    height = 16 * blocks[1] * fields - down * fields * (top + bottom)
    expected = PictureSize(width, height) if width > 0 and height > 0 else None
    assert h264_size(writer.unit()) == expected


@given(
    st.tuples(st.integers(8, LARGEST), st.integers(8, LARGEST)),
    crops,
    st.integers(0, 3),
    st.integers(0, 6),
    st.booleans(),
)
def test_hevc_says_what_was_written(
    size: tuple[int, int],
    crop: tuple[int, int, int, int] | None,
    chroma: int,
    layers: int,
    told: bool,
) -> None:
    writer = _Writer()
    writer.put(0, 4)
    writer.put(layers, 3)
    writer.put(1, 1)
    writer.put(0, 96)
    for _ in range(layers):
        writer.put(3 if told else 0, 2)
    if layers:
        writer.put(0, 2 * (8 - layers))
    for _ in range(layers if told else 0):
        writer.put(0, 96)
    writer.code(0)
    writer.code(chroma)
    if chroma == 3:
        writer.put(0, 1)
    for value in size:
        writer.code(value)
    _crop(writer, crop)

    across, down = {0: (1, 1), 1: (2, 2), 2: (2, 1), 3: (1, 1)}[chroma]
    left, right, top, bottom = crop or (0, 0, 0, 0)
    width, height = size[0] - across * (left + right), size[1] - down * (top + bottom)
    expected = PictureSize(width, height) if width > 0 and height > 0 else None
    assert hevc_size(writer.unit()) == expected


@given(st.binary(max_size=80))
def test_garbage_is_a_possible_size_or_none(data: bytes) -> None:
    for read in (h264_size, hevc_size, mpeg2_size):
        found = read(data)
        assert found is None or (0 < found.width <= LARGEST and 0 < found.height <= LARGEST)
