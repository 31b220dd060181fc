"""What an engine sends instead of media, told by its first bytes: a page, an error, another format.

Pure. What cannot be told apart from a transport stream is left to the reader of packets.
"""

import re
from typing import Final

from acedesk.errors import EngineAnswerInvalid, EngineError, EngineRefused
from acedesk.formats import engine_reply
from acedesk.formats.text import clean_text

# So much of a body is looked at. In two packets of 188 bytes there is a head, which is no text.
ENOUGH: Final = 2 * 188
MOST: Final = 4096
LONGEST_TITLE: Final = 100

_PAGE: Final = re.compile(
    rb"<(?:!doctype|html|head|body|title|h1|p|center|script|\?xml)\b", re.IGNORECASE
)
_JSON: Final = re.compile(rb"[\[{]\s*[\"\[{\]}]")
_TITLE: Final = re.compile(rb"<(?:title|h1)[^>]*>([^<]{1,400})<", re.IGNORECASE)
# First bytes of other formats; where they stand in the file.
_FORMATS: Final = (
    (4, b"ftyp", "an MP4 file"),
    (0, b"\x1aE\xdf\xa3", "a Matroska or WebM file"),
    (0, b"FLV\x01", "a Flash video"),
    (0, b"RIFF", "a RIFF file (AVI or WAV)"),
    (0, b"ID3", "an MP3 file"),
)
_NO_MEDIA: Final = (
    (0, b"#EXTM3U", "a playlist (HLS)"),
    (0, b"\x89PNG", "a picture (PNG)"),
    (0, b"\xff\xd8\xff", "a picture (JPEG)"),
    (0, b"GIF8", "a picture (GIF)"),
    (0, b"\x1f\x8b", "a compressed file (gzip)"),
    (0, b"PK\x03\x04", "a compressed file (ZIP)"),
    (0, b"%PDF", "a document (PDF)"),
)


def is_text_type(content_type: str) -> bool:
    """Tell whether a body of this type is no media, whatever it has in it."""
    return content_type.startswith(("text/", "application/json"))


def find_error(data: bytes, *, content_type: str = "", ended: bool) -> EngineError | None:
    """Return what the body is instead of media, None while it may be media.

    Args:
        data: The first bytes of the body.
        ended: Nothing follows.
    """
    begin = data[:MOST].removeprefix(b"\xef\xbb\xbf").lstrip()
    if _PAGE.match(begin):
        return EngineAnswerInvalid(f"it sent a web page instead of media{_quoted(_title(begin))}")
    if _JSON.match(begin):
        return _json_error(data)
    if name := _format_of(begin, (*_FORMATS, *_NO_MEDIA)):
        return EngineAnswerInvalid(f"it sent {name} instead of a transport stream")
    if not is_text_type(content_type) and (not begin or not _is_text(begin, ended=ended)):
        return None
    return _text_error(begin)


def find_file_error(data: bytes, *, content_type: str, ended: bool) -> EngineError | None:
    """Return what a video file is instead of one, None while it may be one, in any format.

    What is said to be a text or a picture is taken for it: files of a torrent may be either.

    Args:
        data: The first bytes of the file.
        ended: Nothing follows.
    """
    if not content_type.startswith(("video/", "audio/", "application/octet-stream")):
        return None
    begin = data[:MOST].removeprefix(b"\xef\xbb\xbf").lstrip()
    if _PAGE.match(begin):
        return EngineAnswerInvalid(f"it sent a web page instead of a file{_quoted(_title(begin))}")
    if _JSON.match(begin):
        return _json_error(data)
    if name := _format_of(begin, _NO_MEDIA):
        return EngineAnswerInvalid(f"it sent {name} instead of a video")
    return _text_error(begin) if begin and _is_text(begin, ended=ended) else None


def _format_of(begin: bytes, formats: tuple[tuple[int, bytes, str], ...]) -> str:
    for at, magic, name in formats:
        if begin[at : at + len(magic)] == magic:
            return name
    return ""


def _text_error(begin: bytes) -> EngineError:
    said = clean_text(begin.decode("utf-8", "replace"), LONGEST_TITLE)
    return EngineAnswerInvalid(f"it sent text instead of media{_quoted(said)}")


def _json_error(data: bytes) -> EngineError:
    """Return the engine's own error, where it is inside its envelope."""
    try:
        engine_reply.payload(data)
    except EngineRefused as exc:
        return exc.bare()
    except EngineAnswerInvalid:
        pass
    return EngineAnswerInvalid("it sent JSON instead of media")


def _title(page: bytes) -> str:
    found = _TITLE.search(page)
    return clean_text(found[1].decode("utf-8", "replace"), LONGEST_TITLE) if found else ""


def _quoted(text: str) -> str:
    return f" (“{text}”)" if text else ""


def _is_text(data: bytes, *, ended: bool) -> bool:
    if not ended and len(data) < ENOUGH:
        return False
    try:
        text = data.decode()
    except UnicodeDecodeError as exc:
        if exc.start < len(data) - 3:  # else a character that is cut
            return False
        text = data[: exc.start].decode()
    return all(char.isprintable() or char in "\r\n\t" for char in text)
