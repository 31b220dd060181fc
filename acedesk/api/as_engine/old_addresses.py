"""The addresses of older proxies: `/pid/ID/stream.mp4`, `/content_id/`, `/infohash/`, `/url/`.

Any file name may stand behind; one that ends in `.m3u8` is answered with a playlist.
"""

from urllib.parse import quote, unquote

from aiohttp import web

from acedesk.errors import BadRequest, LinkError
from acedesk.formats import links
from acedesk.formats.getstream import PlayRequest
from acedesk.proxy.data_plane import DataPlane


class OldAddresses:
    """Plays what they name."""

    def __init__(self, plane: DataPlane) -> None:
        self._plane = plane

    async def play(self, request: web.Request) -> web.StreamResponse:
        """Answer as `/ace/getstream` does.

        Raises:
            BadRequest: The address names no content.
            AceDeskError: As there.
        """
        path = request.rel_url.raw_path
        try:
            link = links.find(f"http://{request.host}{_encoded_whole(path)}")
        except LinkError as exc:
            raise BadRequest(exc.detail) from exc
        play = PlayRequest(key=link.key, title=link.title)
        players = self._plane.player_routes
        if path.lower().endswith(".m3u8"):
            base = "../" * (path.count("/") - 1) + "ace/"
            return await players.play_hls(request, play, owner="", base=base)
        return await players.play(request, play, lambda _: None)


def _encoded_whole(path: str) -> str:
    """Return the path with all of an encoded address encoded: clients leave some signs as they are.

    "http:%2F%2Fexample.org%2Fx" is "http%3A%2F%2Fexample.org%2Fx" to others.
    """
    before, name, rest = path.partition("/url/")
    address, slash, file = rest.partition("/")
    if not name or "%2f" not in address.lower():
        return path
    return f"{before}{name}{quote(unquote(address), safe='')}{slash}{file}"
