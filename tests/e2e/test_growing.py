"""Players that come while another engine is being made: each gets its picture."""

import concurrent.futures
import http.client
import json
import threading
import urllib.parse
from collections.abc import Callable

from tests.e2e.program import Server

PICTURE = 64 * 188


def limits(engines: int) -> dict[str, str]:
    """Return the environment in which each engine plays one stream, and so many may be made."""
    return {"ACEDESK_MAX_STREAMS_PER_ENGINE": "1", "ACEDESK_MAX_ENGINES": str(engines)}


def start(serve: Callable[..., Server], engines: int) -> Server:
    """Start AceDesk and wait until its first engine is ready."""
    server = serve(environ=limits(engines))
    server.wait_until("/health/ready", lambda facts: facts["ready"], "an engine")
    return server


class Player:
    """One that plays until `stop`.

    Attributes:
        answer: The status, and the first bytes of the picture or the reason there is none.
    """

    def __init__(self, server: Server, channel: dict[str, str], stop: threading.Event) -> None:
        base = urllib.parse.urlsplit(server.base_url)
        assert base.hostname is not None
        self.answer: concurrent.futures.Future[tuple[int, bytes]] = concurrent.futures.Future()
        self._connection = http.client.HTTPConnection(base.hostname, base.port, timeout=60)
        self._path = f"/ace/getstream?id={channel['id']}"
        self._stop = stop
        threading.Thread(target=self._play, daemon=True).start()

    def _play(self) -> None:
        try:
            self._connection.request("GET", self._path)
            response = self._connection.getresponse()
            self.answer.set_result((response.status, response.read(PICTURE)))
            self._stop.wait(60)
        except OSError as exc:
            self.answer.set_exception(exc)
        finally:
            self._connection.close()


def test_players_that_come_before_their_engines_wait_for_them(
    serve: Callable[..., Server], channels: list[dict[str, str]]
) -> None:
    server, stop = start(serve, engines=3), threading.Event()

    played = [one for one in channels if "lays" in one["what"]][:3]
    players = [Player(server, channel, stop) for channel in played]
    answers = [player.answer.result(50) for player in players]

    stop.set()
    assert [status for status, _ in answers] == [200] * 3, answers
    assert all(len(picture) == PICTURE and picture[0] == 0x47 for _, picture in answers)


def test_where_no_engine_is_coming_a_player_is_told_at_once(
    serve: Callable[..., Server], channels: list[dict[str, str]]
) -> None:
    server, stop = start(serve, engines=1), threading.Event()
    first = Player(server, channels[0], stop)
    assert first.answer.result(30)[0] == 200

    status, body = Player(server, channels[1], stop).answer.result(5)

    stop.set()
    assert status == 503
    assert json.loads(body)["error"].startswith("All engines are busy.")
