"""HLS and files in real players: decoded without an error, counted as viewers."""

import json
import pathlib
import subprocess

import pytest

from tests.e2e.program import Server
from tests.e2e.test_playing import playing
from tests.needs import need_program

pytestmark = [pytest.mark.players, pytest.mark.xdist_group("players")]

PLAY_SECONDS = 50


@pytest.fixture
def manifest(server: Server, channels: list[dict[str, str]]) -> str:
    """Return the HLS address of the normal channel."""
    return f"{server.base_url}/ace/manifest.m3u8?id={channels[0]['id']}"


def test_ffprobe_sees_picture_and_sound_in_segments(manifest: str) -> None:
    result = subprocess.run(
        [need_program("ffprobe"), "-v", "warning", "-of", "json", "-show_streams", manifest],
        capture_output=True,
        timeout=PLAY_SECONDS,
        text=True,
        check=True,
    )

    assert result.stderr == ""
    streams = json.loads(result.stdout)["streams"]
    assert {stream["codec_name"] for stream in streams} == {"h264", "aac"}


def test_ffmpeg_decodes_segment_after_segment_without_an_error(
    manifest: str, tmp_path: pathlib.Path
) -> None:
    stamps = tmp_path / "stamps"

    result = subprocess.run(
        [
            *(need_program("ffmpeg"), "-nostdin", "-v", "warning", "-t", "14", "-i", manifest),
            *("-map", "0:v", "-f", "framemd5", "-y", str(stamps), "-map", "0:a", "-f", "null", "-"),
        ],
        capture_output=True,
        text=True,
        timeout=PLAY_SECONDS,
    )

    assert (result.returncode, result.stderr) == (0, "")
    frames = [line for line in stamps.read_text().splitlines() if line[:1] not in ("#", "")]
    assert abs(len(frames) - 14 * 25) <= 2


@pytest.mark.parametrize("name", ["vlc", "mpv"])
def test_players_play_segments_and_are_shown_as_viewers(
    server: Server, manifest: str, name: str, tmp_path: pathlib.Path
) -> None:
    options = {
        "vlc": ("-I", "dummy", "--vout=dummy", "--aout=dummy", "-vv", "--play-and-exit"),
        "mpv": ("--no-config", "--vo=null", "--ao=null", "-v"),
    }[name]
    with playing(need_program(name), *options, manifest, home=tmp_path):
        # The third segment and more: it polls, fetches and decodes.
        server.wait_until(
            "/api/v2/snapshot",
            lambda seen: any(
                client["sent_bytes"] > 2_500_000
                for stream in seen["streams"]
                for client in stream["clients"]
            ),
            "two segments of four seconds",
        )
        snapshot = server.get("/api/v2/snapshot")[1]

    (stream,) = snapshot["streams"]
    (client,) = stream["clients"]
    assert client["player"].lower().startswith(name)
    told = (tmp_path / f"{name}.log").read_text(errors="replace")
    begun = {"vlc": "Received first picture", "mpv": "VO: [null]"}[name]
    assert begun in told
