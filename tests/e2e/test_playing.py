"""A link goes in, a picture comes out, with real players."""

import contextlib
import json
import os
import pathlib
import pwd
import subprocess
from collections.abc import Iterator

import pytest

from tests.e2e.program import Server, run
from tests.needs import need_program

pytestmark = [pytest.mark.players, pytest.mark.xdist_group("players")]

PLAY_SECONDS = 40


@contextlib.contextmanager
def playing(*argv: str, home: pathlib.Path) -> Iterator[subprocess.Popen[bytes]]:
    """Run a player until the block ends. VLC refuses to be root, so none of them is."""
    nobody = pwd.getpwnam("nobody").pw_uid if os.geteuid() == 0 else None
    environ = {"PATH": os.environ["PATH"], "HOME": "/nonexistent", "LC_ALL": "C.UTF-8"}
    with (home / f"{pathlib.Path(argv[0]).name}.log").open("wb") as log:
        player = subprocess.Popen(argv, stdout=log, stderr=log, env=environ, user=nobody, cwd="/")
        try:
            yield player
        finally:
            player.terminate()
            try:
                player.wait(10)
            except subprocess.TimeoutExpired:
                player.kill()
                player.wait()


@pytest.fixture
def url(
    server: Server, channels: list[dict[str, str]], tmp_path: pathlib.Path, data_dir: pathlib.Path
) -> str:
    """Return the address of the normal channel, as the command line prints it."""
    link = f"acestream://{channels[0]['id']}"
    result = run("url", link, "--data-dir", str(data_dir), home=tmp_path / "home")
    assert result.returncode == 0, result.stderr
    assert result.stdout.startswith(f"{server.base_url}/ace/getstream?")
    return result.stdout.strip()


def test_ffprobe_sees_picture_and_sound(url: str) -> None:
    result = subprocess.run(
        [need_program("ffprobe"), "-v", "error", "-of", "json", "-show_streams", url],
        capture_output=True,
        timeout=PLAY_SECONDS,
        check=True,
    )

    streams = json.loads(result.stdout)["streams"]
    assert {stream["codec_name"] for stream in streams} == {"h264", "aac"}
    video = next(stream for stream in streams if stream["codec_type"] == "video")
    assert (video["width"], video["height"]) == (1280, 720)


def test_it_decodes_without_an_error_after_the_first_second(url: str) -> None:
    result = subprocess.run(
        [
            *(need_program("ffmpeg"), "-nostdin", "-v", "error", "-i", url),
            *("-ss", "1", "-t", "4", "-f", "null", "-"),
        ],
        capture_output=True,
        text=True,
        timeout=PLAY_SECONDS,
    )

    assert (result.returncode, result.stderr) == (0, "")


def test_three_players_share_one_stream(
    server: Server, url: str, tmp_path: pathlib.Path, data_dir: pathlib.Path
) -> None:
    ffmpeg, mpv, vlc = need_program("ffmpeg"), need_program("mpv"), need_program("vlc")
    with (
        playing(ffmpeg, "-nostdin", "-re", "-i", url, "-f", "null", "-", home=tmp_path),
        playing(mpv, "--no-config", "--vo=null", "--ao=null", url, home=tmp_path),
        playing(vlc, "-I", "dummy", "--vout=dummy", "--aout=dummy", url, home=tmp_path),
    ):
        snapshot = server.wait_until(
            "/api/v2/snapshot",
            lambda seen: sum(len(stream["clients"]) for stream in seen["streams"]) == 3,
            "three viewers",
        )
        told = run("status", "--data-dir", str(data_dir), home=tmp_path / "home").stdout

    assert len(snapshot["streams"]) == 1
    assert snapshot["engines"][0]["streams"] == 1
    assert "1 stream, 3 viewers" in told
