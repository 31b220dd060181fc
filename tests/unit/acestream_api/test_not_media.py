"""What comes instead of media is told as what it is; media is never taken for it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from acedesk.acestream_api.not_media import ENOUGH, find_error, find_file_error
from acedesk.errors import EngineAnswerInvalid, EngineRefused
from tests import transport

PAGE = b"<!DOCTYPE html><html><head><title>Router  login</title></head><body>x</body></html>"


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (PAGE, "it sent a web page instead of media (“Router login”)"),
        (b"\xef\xbb\xbf \r\n<html><h1>502</h1>", "it sent a web page instead of media (“502”)"),
        (b"<?xml version='1.0'?><x/>", "it sent a web page instead of media"),
        (b'{"some": "json"}', "it sent JSON instead of media"),
        (b'[\n {"a": 1}', "it sent JSON instead of media"),
        (b"#EXTM3U\n#EXTINF:5,\n/1.ts", "it sent a playlist (HLS) instead of a transport stream"),
        (b"\0\0\0\x18ftypisom" + bytes(20), "it sent an MP4 file instead of a transport stream"),
        (
            b"\x1f\x8b\x08" + bytes(30),
            "it sent a compressed file (gzip) instead of a transport stream",
        ),
        (b"the stream is over\n" * 30, "it sent text instead of media"),
    ],
)
def test_what_is_no_media_is_told_as_what_it_is(data: bytes, words: str) -> None:
    found = find_error(data, ended=False)

    assert isinstance(found, EngineAnswerInvalid)
    assert found.detail.startswith(words)


def test_the_engine_s_own_error_is_its_refusal() -> None:
    found = find_error(b'{"response": null, "error": "failed to load content"}', ended=False)

    assert isinstance(found, EngineRefused)
    assert found.detail == "failed to load content"


def test_a_short_text_is_told_when_nothing_follows() -> None:
    assert find_error(b"not found", ended=False) is None

    found = find_error(b"not found", ended=True)

    assert found is not None
    assert found.detail == "it sent text instead of media (“not found”)"


def test_a_type_that_is_text_is_no_media_whatever_it_holds() -> None:
    assert find_error(b"\0\1", content_type="text/plain", ended=True) is not None


@given(st.integers(0, 20 * 188), st.integers(1, 2000), st.booleans())
def test_a_transport_stream_is_media_wherever_it_begins(at: int, size: int, ended: bool) -> None:
    stream = transport.broadcast(20)[at:][: max(size, ENOUGH)]

    assert find_error(stream, ended=ended) is None


@given(st.binary(max_size=3000), st.booleans())
def test_anything_is_judged_without_a_fault(data: bytes, ended: bool) -> None:
    find_error(data, ended=ended)


def test_nothing_is_nothing() -> None:
    assert find_error(b"", ended=True) is None


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (PAGE, "it sent a web page instead of a file (“Router login”)"),
        (b'{"some": "json"}', "it sent JSON instead of media"),
        (b"#EXTM3U\n#EXTINF:5,\n/1.ts", "it sent a playlist (HLS) instead of a video"),
        (b"\x89PNG\r\n\x1a\n" + bytes(30), "it sent a picture (PNG) instead of a video"),
        (b"PK\x03\x04" + bytes(30), "it sent a compressed file (ZIP) instead of a video"),
        (b"not here any more", "it sent text instead of media (“not here any more”)"),
    ],
)
@pytest.mark.parametrize("kind", ["video/mp4", "application/octet-stream", "audio/mpeg; x=1"])
def test_what_is_no_video_file_is_told_as_what_it_is(data: bytes, words: str, kind: str) -> None:
    found = find_file_error(data, content_type=kind, ended=True)

    assert found is not None
    assert found.detail == words


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (b"\0\0\0\x18ftypisom" + bytes(20), "video/mp4"),
        (b"\x1aE\xdf\xa3" + bytes(20), "video/x-matroska"),
        (b"RIFF\0\0\0\0AVI LIST" + bytes(20), "video/avi"),
        (b"ID3\4\0" + bytes(20), "audio/mpeg"),
        (b"OggS\0\2" + bytes(20), "video/ogg"),
        (transport.broadcast(20), "video/mp2t"),
        (b"", "video/mp4"),
        (b"1\n00:00:01,000 --> 00:00:02,000\nHello\n" * 20, "text/plain"),
        (b"\xff\xd8\xff" + bytes(20), "image/jpeg"),
    ],
)
def test_files_of_any_format_are_files(data: bytes, kind: str) -> None:
    assert find_file_error(data, content_type=kind, ended=True) is None
    assert find_file_error(data[:8], content_type=kind, ended=False) is None
