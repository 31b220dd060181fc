"""What a piece of media consists of."""

import pathlib

import pytest

from acedesk.demo.testcard import TestCard
from acedesk.mpegts.packets import PACKET
from acedesk.proxy.link_test.measurement import MediaMeasurement
from tests import transport

BARS = pathlib.Path(__file__).parents[4] / "resources" / "testcard" / "bars.ts"


@pytest.mark.parametrize("piece", [PACKET, 1000, 64 * 1024])
def test_the_test_card_is_told_as_it_is(piece: int) -> None:
    card = TestCard(BARS.read_bytes())
    data = card.read(0, 2 * card.packets)
    measured = MediaMeasurement()

    for at in range(0, len(data), piece):
        measured.push(data[at : at + piece])

    assert measured.codecs == "H.264 · AAC"
    assert measured.size is not None
    assert (measured.size.width, measured.size.height) == (1280, 720)
    assert measured.has_picture
    assert measured.bit_rate == pytest.approx(8 * card.byte_rate, rel=0.02)
    assert measured.seconds == pytest.approx(2 * card.seconds, rel=0.05)
    assert measured.received_bytes == len(data)


def test_before_a_second_of_media_there_is_no_rate() -> None:
    measured = MediaMeasurement()

    measured.push(transport.broadcast(2))

    assert measured.bit_rate is None


def test_what_is_no_transport_stream_has_nothing() -> None:
    measured = MediaMeasurement()

    measured.push(b"<html>nothing</html>" * 500)

    assert (measured.codecs, measured.size, measured.bit_rate) == ("", None, None)
    assert not measured.has_picture
