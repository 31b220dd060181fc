"""Channel lists (M3U) whose addresses are to lead to AceDesk: text in, text out."""

import re
from typing import Final
from urllib.parse import quote

_LOCAL: Final = re.compile(r"http://(?:127\.0\.0\.1|localhost|\[::1\])(?::[0-9]{1,5})?(?=/|\s|$)")
_ACESTREAM: Final = re.compile(r"acestream://([0-9a-fA-F]{40})(?![0-9a-zA-Z])")
_INFOHASH: Final = re.compile(r"acestream:\?infohash=([0-9a-fA-F]{40})(?![0-9a-zA-Z])")
# Blanks of one line only: what may begin in any of many empty lines takes minutes to search.
_URL: Final = re.compile(r"(?m)^[^\S\n]*((?:https?|rtsp|rtmp|acestream):\S+)[^\S\n]*$")


def lead_to(text: str, base_url: str) -> str:
    """Return the list with local engines' addresses and Ace Stream links leading to `base_url`.

    Args:
        base_url: "http://192.168.1.5:8080".
    """
    text = _LOCAL.sub(lambda _: base_url, text)
    text = _ACESTREAM.sub(lambda found: f"{base_url}/ace/getstream?id={found[1]}", text)
    return _INFOHASH.sub(lambda found: f"{base_url}/ace/getstream?infohash={found[1]}", text)


def lead_through(text: str, base_url: str) -> str:
    """Return the list with every address leading to `base_url`'s proxy route."""
    return _URL.sub(lambda found: f"{base_url}/proxy?url={quote(found[1], safe='')}", text)
