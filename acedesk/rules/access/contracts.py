"""Which contract a route belongs to. Pure."""

import re
from typing import Final

from acedesk.model.access.use import Contract

# What routes have for doubled slashes and the path of a reverse proxy.
_FILLERS: Final = re.compile(r"\{_slashes\d+\}|\{prefix\}/")

# The longest beginning that fits counts.
_BEGINNINGS: Final = {
    "/ace/": Contract.STREAMS,
    "/ace/manifest.m3u8": Contract.HLS,
    "/ace/hls/": Contract.HLS,
    "/ace/stat/": Contract.ENGINE,
    "/ace/cmd/": Contract.ENGINE,
    "/ace/event/": Contract.ENGINE,
    "/ace/m/": Contract.ENGINE,
    "/ace/r/": Contract.ENGINE,
    "/webui/": Contract.ENGINE,
    "/server/": Contract.ENGINE,
    "/pid/": Contract.ENGINE,
    "/content_id/": Contract.ENGINE,
    "/infohash/": Contract.ENGINE,
    "/url/": Contract.ENGINE,
    "/metrics": Contract.METRICS,
    "/api/v1/metrics": Contract.METRICS,
    "/api/v2/": Contract.API,
    "/openapi.json": Contract.API,
    "/docs": Contract.API,
    "/": Contract.ORCHESTRATOR,
}
_LONGEST_FIRST: Final = sorted(_BEGINNINGS, key=len, reverse=True)
_STARTS: Final = ("/ace/getstream", "/ace/manifest.m3u8")


def contract_of(route: str, *, wants_json: bool = False) -> Contract | None:
    """Return the contract of a route as it is written in the program, None for no route.

    Args:
        wants_json: The request has `format=json`, as those to an engine have.
    """
    plain = _FILLERS.sub("", route)
    if wants_json and plain.startswith(_STARTS):
        return Contract.ENGINE
    return next((_BEGINNINGS[one] for one in _LONGEST_FIRST if plain.startswith(one)), None)
