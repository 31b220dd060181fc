"""AceDesk must not be its own engine: a stream would wait for itself."""

from aiohttp import web

from acedesk.acestream_api.request_head import VIA
from acedesk.errors import EngineRefused


def check_sender(request: web.Request) -> None:
    """Refuse what this AceDesk asks itself.

    Raises:
        EngineRefused: It does.
    """
    if VIA in request.headers.get("Via", ""):
        raise EngineRefused("this address is AceDesk's own, not an engine's")
