"""Every address that is handed to a player or a person, and what stands in our answers.

Addresses for people begin with scheme, host and port. Those inside answers are relative to the
playlist they belong to, so that they hold under any path a reverse proxy puts before ours.
"""

from typing import Final
from urllib.parse import quote

from acedesk.model.content import KeyKind, StreamKey
from acedesk.model.host import http_url, is_unspecified

# What stands before a token in a path: "/t/TOKEN/ace/getstream".
TOKEN_PATH: Final = "/t/"  # noqa: S105 - a path

_PARAMETERS: Final = {
    KeyKind.CONTENT_ID: "id",
    KeyKind.INFOHASH: "infohash",
    KeyKind.URL: "url",
    KeyKind.MAGNET: "magnet",
}


def build_base_url(host: str, port: int, *, lan_address: str | None = None) -> str:
    """Return what player URLs start with: "http://127.0.0.1:8080".

    Args:
        host: The address we listen on.
        lan_address: Ours in the local network, put in where we listen everywhere; None for an
            address that holds on this computer.
    """
    if is_unspecified(host):
        host = lan_address or "127.0.0.1"
    return http_url(host, port)


def stream_path(key: StreamKey, *, token: str = "") -> str:
    """Return path and query of the URL that plays `key`: "/ace/getstream?id=...".

    Args:
        token: Stands as a segment before the path when there is one.
    """
    return f"{_prefix(token)}/ace/getstream?{_query(key)}"


def stream_url(base_url: str, key: StreamKey, *, token: str = "") -> str:
    """Return the URL that plays `key` in any player."""
    return base_url.rstrip("/") + stream_path(key, token=token)


def playlist_url(base_url: str, key: StreamKey, *, token: str = "") -> str:
    """Return the URL of the playlist (HLS) of `key`, for browsers and TVs."""
    return f"{base_url.rstrip('/')}{_prefix(token)}/ace/manifest.m3u8?{_query(key)}"


def with_token(base_url: str, token: str) -> str:
    """Return a base URL whose player URLs are let in with this token, "" for none."""
    return base_url.rstrip("/") + _prefix(token)


def url_without_id(base_url: str) -> str:
    """Return the URL that plays any content id once that is put behind it."""
    return f"{base_url.rstrip('/')}/ace/getstream?{_PARAMETERS[KeyKind.CONTENT_ID]}="


def segment_reference(session: str, number: int) -> str:
    """Return where a segment is, seen from the playlist."""
    return f"hls/{session}/{number}.ts"


def stream_reference(key: StreamKey) -> str:
    """Return where `key` plays without a playlist, seen from its playlist."""
    return f"getstream?{_query(key)}"


def _prefix(token: str) -> str:
    return f"{TOKEN_PATH}{quote(token, safe='')}" if token else ""


def _query(key: StreamKey) -> str:
    index = f"&_idx={key.file_index}" if key.file_index else ""
    return f"{_PARAMETERS[key.kind]}={quote(key.value, safe='')}{index}"
