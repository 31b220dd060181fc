"""What a program uses AceDesk as, told by the route it asked for."""

from typing import Final

from acedesk.model.access.use import Contract

# The first that a route begins with counts; all else is the orchestrator's, at the root and under
# /api/v1.
_BEGINNINGS: Final = (
    ("/ace/getstream", Contract.STREAMS),
    ("/ace/r/", Contract.STREAMS),
    ("/ace/manifest.m3u8", Contract.HLS),
    ("/ace/hls/", Contract.HLS),
    ("/ace/m/", Contract.HLS),
    ("/ace/stat", Contract.ENGINE),
    ("/ace/cmd/", Contract.ENGINE),
    ("/ace/event/", Contract.ENGINE),
    ("/webui/", Contract.ENGINE),
    ("/server/api", Contract.ENGINE),
    ("/ace/", Contract.STREAMS),
    ("/pid/", Contract.STREAMS),
    ("/content_id/", Contract.STREAMS),
    ("/infohash/", Contract.STREAMS),
    ("/url/", Contract.STREAMS),
    ("/metrics", Contract.METRICS),
    ("/api/v1/metrics", Contract.METRICS),
    ("/api/v2", Contract.API),
    ("/openapi.json", Contract.API),
    ("/docs", Contract.API),
)
# `/ace/status` is acexy's, `/ace/stat/...` an engine's.
_ACEXY: Final = ("/ace/status", "/ace/streams")


def contract_of(route: str, *, as_json: bool = False) -> Contract:
    """Return what a route is part of.

    Args:
        route: As it was declared, such as "/ace/hls/{token}/{number}.ts".
        as_json: An engine's JSON is asked for instead of the media.
    """
    if route.startswith(_ACEXY):
        return Contract.STREAMS
    if as_json and route.startswith(("/ace/getstream", "/ace/manifest.m3u8")):
        return Contract.ENGINE
    for beginning, contract in _BEGINNINGS:
        if route.startswith(beginning):
            return contract
    return Contract.ORCHESTRATOR
