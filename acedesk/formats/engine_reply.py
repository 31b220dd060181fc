"""What an engine answers, as frozen values: one tolerant parser for its three envelopes.

`/ace/*` answers `{"response", "error"}`, `/webui/api/service` `{"result", "error"}` and
`/server/api` `{"result"}` or `{"error": {"code", "message"}}`. Engines are not trusted: whatever
the bytes are, only `EngineRefused` and `EngineAnswerInvalid` come out.
"""

import re
from typing import Any
from urllib.parse import urlsplit

from acedesk.errors import EngineAnswerInvalid, EngineRefused
from acedesk.formats.loose_json import (
    LARGEST,
    load_json,
    read_count,
    read_flag,
    read_number,
    read_word,
)
from acedesk.formats.stream_key import build_infohash
from acedesk.formats.text import clean_text
from acedesk.model.content import Infohash
from acedesk.model.engine_stat import EngineStat
from acedesk.model.host import http_url
from acedesk.values import frozen_value

# A control answer has about 1 KB, a long file list some 100 KB.
LONGEST_ANSWER = 1024 * 1024
LONGEST_ERROR = 300
LONGEST_URL = 4096
LONGEST_NAME = 200

# The engine's speeds are "Kbytes/s" of 1024 bytes (docs, API reference).
BITS_PER_KIB = 8 * 1024

# The engine's own playback addresses; an answer without `infohash` (old engines) still has it here.
_PLAYBACK_PATH = re.compile(r"/(?:ace/[rm]|content)/([0-9a-fA-F]{40})/")

_UNKNOWN_SESSION = "unknown playback session id"
# Both come as HTTP 500 while a fresh session still fills its buffer; it delivers a moment later.
_WARMING_UP = ("download not found", "start timeout")


@frozen_value
class Session:
    """One playback on one engine; its URLs lead to the address the engine was asked at.

    Attributes:
        stat_url: "" when the engine gave none, like the two below.
        is_live: None while the engine does not know yet.
        player_id: The `pid` the session was opened with.
    """

    playback_url: str
    stat_url: str
    command_url: str
    event_url: str
    infohash: Infohash | None
    playback_session_id: str
    is_live: bool | None
    is_encrypted: bool
    player_id: str


@frozen_value
class EngineVersion:
    """Which engine it is.

    Attributes:
        version: "3.2.11".
        code: 3021100 for 3.2.11; older engines count otherwise. None when it was not told.
        platform: "linux", "win32", "android" or "".
    """

    version: str
    code: int | None
    platform: str


@frozen_value
class EngineStatus:
    """The answer to `get_status`; `version` is None when the engine left it out."""

    playlist_loaded: bool
    version: EngineVersion | None


def payload(data: bytes) -> object:
    """Return what is inside the envelope.

    Raises:
        EngineRefused: The engine answered no; `detail` is its text, cleaned.
        EngineAnswerInvalid: These bytes are no envelope.
    """
    if len(data) > LONGEST_ANSWER:
        raise EngineAnswerInvalid("the answer is longer than 1 MiB")
    envelope = _mapping(_load(data), "envelope")
    if error := envelope.get("error"):
        raise EngineRefused(_error_text(error, envelope.get("extra_data")))
    for name in ("response", "result"):
        if name in envelope:
            return envelope[name]
    raise EngineAnswerInvalid("the answer has neither a response nor an error")


def parse_session(data: bytes, *, host: str, port: int, player_id: str) -> Session:
    """Return the session that a `getstream?format=json` opened.

    The engine builds its URLs from the Host header or 127.0.0.1: only their path and query are
    kept, so that they lead to `host` and `port` and nowhere else.

    Raises:
        EngineRefused, EngineAnswerInvalid.
    """
    reply = _mapping(payload(data), "session")
    playback_url = _engine_url(reply.get("playback_url"), host, port)
    if not playback_url:
        raise EngineAnswerInvalid("the answer has no usable playback URL")
    return Session(
        playback_url=playback_url,
        stat_url=_engine_url(reply.get("stat_url"), host, port),
        command_url=_engine_url(reply.get("command_url"), host, port),
        event_url=_engine_url(reply.get("event_url"), host, port),
        infohash=build_infohash(reply.get("infohash")) or _infohash_in(playback_url),
        playback_session_id=read_word(reply.get("playback_session_id")),
        is_live=read_flag(reply.get("is_live")),
        is_encrypted=read_flag(reply.get("is_encrypted")) is True,
        player_id=player_id,
    )


def parse_stat(data: bytes) -> EngineStat:
    """Return how the session does.

    Raises:
        EngineRefused, EngineAnswerInvalid.
    """
    reply = _mapping(payload(data), "stat")
    position = reply.get("livepos")
    livepos = position if isinstance(position, dict) else {}
    return EngineStat(
        status=read_word(reply.get("status")),
        peers=read_count(reply.get("peers")),
        # Some engines write the second name.
        speed_down=_bit_rate(reply.get("speed_down", reply.get("speedDown"))),
        speed_up=_bit_rate(reply.get("speed_up", reply.get("speedUp"))),
        progress=read_count(reply.get("progress", reply.get("total_progress"))),
        live_last=read_count(
            # Engines without `live_last` tell it as one of these (as acestream-orchestrator reads).
            livepos.get("live_last", livepos.get("last_ts", livepos.get("last")))
        ),
        pos=read_count(livepos.get("pos")),
        is_live=read_flag(reply.get("is_live")),
        error=_message(reply.get("error_message") or reply.get("error")),
        downloaded=read_count(reply.get("downloaded")),
        uploaded=read_count(reply.get("uploaded")),
    )


def parse_version(data: bytes) -> EngineVersion:
    """Return the answer to `get_version`.

    Raises:
        EngineRefused, EngineAnswerInvalid.
    """
    version = _version(payload(data))
    if version is None:
        raise EngineAnswerInvalid("the answer has no version")
    return version


def parse_status(data: bytes) -> EngineStatus:
    """Return the answer to `get_status` of the server API.

    Raises:
        EngineRefused, EngineAnswerInvalid.
    """
    reply = _mapping(payload(data), "status")
    version = _version(reply.get("version"))
    if version is None and "playlist_loaded" not in reply:
        raise EngineAnswerInvalid("the answer has no status")
    return EngineStatus(
        playlist_loaded=read_flag(reply.get("playlist_loaded")) is True, version=version
    )


def parse_media_name(data: bytes) -> str:
    """Return the name of a content from the answer to `get_media_files`, "" when it has none.

    The name is whatever the broadcaster typed: cleaned here, and never to be read as markup.

    Raises:
        EngineRefused, EngineAnswerInvalid.
    """
    name = _mapping(payload(data), "list of files").get("name")
    return clean_text(name, LONGEST_NAME) if isinstance(name, str) else ""


def refusal_text(data: bytes) -> str:
    """Return what a plain-text or HTML error page says, cleaned; "" when it says nothing."""
    text = data[:LONGEST_URL].decode("utf-8", "replace")
    if "\0" in text or text.count("\ufffd") > len(text) // 4:
        return ""  # media, or another thing that nobody can read
    if re.search(r"<(?:!doctype|html|body|head|h1|p)\b", text, re.IGNORECASE):
        text = re.sub(
            r"<(?:head|style|script)\b.*?</(?:head|style|script)\s*>", " ", text, flags=re.DOTALL
        )
        text = re.sub(r"<[^<>]*>", " ", text)
    return _cleaned(text)


def is_unknown_session(error: EngineRefused) -> bool:
    """Return whether the engine says that the session is gone: stopped, expired, superseded."""
    return _UNKNOWN_SESSION in error.detail.lower()


def is_warming_up(text: str) -> bool:
    """Return whether an HTTP error body only means that the session still prebuffers."""
    lower = text.lower()
    return any(phrase in lower for phrase in _WARMING_UP)


def _load(data: bytes | str) -> object:
    try:
        return load_json(data)
    except ValueError as exc:
        raise EngineAnswerInvalid("the answer is no JSON") from exc


def _mapping(value: object, what: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise EngineAnswerInvalid(f"the {what} is no JSON object")
    return value


def _error_text(error: object, extra: object) -> str:
    if isinstance(error, dict):
        error = error.get("message") or error.get("code")
    text = _message(error) or "the engine gave no reason"
    if isinstance(extra, dict) and (reason := read_word(extra.get("reason"))):
        option = read_word(extra.get("option"))
        text += f" ({reason}: {option})" if option else f" ({reason})"
    return text[:LONGEST_ERROR]


def _message(value: object) -> str:
    if isinstance(value, str):
        return _cleaned(value)
    return read_word(value)


def _cleaned(text: str) -> str:
    # Python errors arrive as "<[Errno 111] Connection refused>".
    plain = re.sub(r"^\s*<[^\]<>]{0,100}\]", "", text[: LONGEST_ERROR * 8])
    return clean_text(plain.replace("<", " ").replace(">", " "), LONGEST_ERROR)


def _bit_rate(value: object) -> float | None:
    number = read_number(value)
    return number * BITS_PER_KIB if number is not None and 0 <= number < LARGEST else None


def _version(value: object) -> EngineVersion | None:
    if not isinstance(value, dict):
        return None
    version = read_word(value.get("version"))
    code = read_count(value.get("code"))
    if not version and code is None:
        return None
    return EngineVersion(version=version, code=code, platform=read_word(value.get("platform")))


def _infohash_in(playback_url: str) -> Infohash | None:
    """Return the infohash in `/ace/r/INFOHASH/SESSION` (or `m`, `/content/...`), if it is there."""
    found = _PLAYBACK_PATH.match(urlsplit(playback_url).path)
    return build_infohash(found[1]) if found is not None else None


def _engine_url(value: object, host: str, port: int) -> str:
    """Return the URL moved to `host` and `port`; "" for what is no HTTP URL with a path."""
    if not isinstance(value, str) or len(value) > LONGEST_URL:
        return ""
    text = value.strip()
    if not text.isprintable() or " " in text:
        return ""
    try:
        parts = urlsplit(text)
    except ValueError:
        return ""
    if parts.scheme not in ("http", "https") or not parts.netloc or len(parts.path) <= 1:
        return ""
    query = f"?{parts.query}" if parts.query else ""
    return http_url(host, port) + parts.path + query
