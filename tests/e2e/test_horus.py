"""Kodi's add-on Horus takes AceDesk for its engine."""

import pytest

from tests.e2e.horus_client import Horus
from tests.e2e.program import Server, wait_until

PACKET = 188


def _play(server: Server, kind: str, key: str) -> Horus:
    """Start as the add-on does, and wait for the word that lets it open its player."""
    horus = Horus(server.base_url, kind, key)
    assert horus.version(), "AceDesk is no engine to it"
    answer = horus.start()
    assert answer.success, answer.message
    assert answer.status == 200
    wait_until(horus.stat, lambda stat: stat.get("status") == "dl", "the word dl")
    return horus


def test_it_starts_waits_opens_twice_and_stops(
    server: Server, channels: list[dict[str, str]]
) -> None:
    horus = _play(server, "id", channels[0]["id"])

    for name in ("playback_url", "stat_url", "command_url"):
        assert horus.session[name].startswith(f"{server.base_url}/"), name
    assert len(horus.session["infohash"]) == 40
    assert horus.session["is_live"] == 1
    assert horus.filename
    stat = horus.stat()
    assert all(type(stat[name]) is int for name in ("peers", "speed_down", "speed_up"))
    assert all(stat[name] // 1048576 >= 0 for name in ("downloaded", "uploaded"))

    with horus.open("HEAD") as head:
        assert (head.status, head.getheader("Content-Type")) == (200, "video/mp2t")
    with horus.open("GET") as second:
        with horus.open("GET") as first:
            assert (first.status, second.status) == (200, 200)
            assert first.getheader("Content-Type") == "video/mp2t"
            assert first.read(PACKET)[:1] == second.read(PACKET)[:1] == b"G"
        assert second.read(100 * PACKET), "one of two players left, the other goes on"

        stopped = horus.stop()
    assert (stopped.status, stopped.data, stopped.message) == (200, "ok", "")
    assert horus.stat() == {}
    assert horus.get(None).status == 404  # its thread asks once more when it has no address left


def test_the_stop_of_one_leaves_the_picture_of_another(
    server: Server, channels: list[dict[str, str]]
) -> None:
    one, other = (_play(server, "id", channels[1]["id"]) for _ in range(2))
    with other.open("GET") as player:
        assert one.stop().success

        assert player.read(200 * PACKET)[:1] == b"G"
        assert other.stat()["status"] == "dl"
    assert other.stop().success


def test_an_infohash_is_played_and_its_content_id_asked_for(
    server: Server, channels: list[dict[str, str]]
) -> None:
    known = _play(server, "id", channels[0]["id"])
    known.stop()

    horus = _play(server, "infohash", known.session["infohash"])

    assert any("get_content_id" in path for path in horus.asked)
    assert horus.content_id in ("", channels[0]["id"])
    with horus.open("GET") as player:
        assert player.read(PACKET)[:1] == b"G"
    assert horus.stop().success


def test_hls_is_started_as_ts_is(server: Server, channels: list[dict[str, str]]) -> None:
    horus = Horus(server.base_url, "id", channels[0]["id"])

    assert horus.start(hls=True).success
    wait_until(horus.stat, lambda stat: stat.get("status") == "dl", "the word dl")
    with horus.open("GET") as playlist:
        assert playlist.read().startswith(b"#EXTM3U")
    assert horus.stop().success


@pytest.mark.parametrize("key", ["0" * 40, "no-key"])
def test_what_does_not_play_is_a_message_it_can_show(server: Server, key: str) -> None:
    answer = Horus(server.base_url, "id", key).start()

    assert not answer.success
    assert answer.message.strip()
