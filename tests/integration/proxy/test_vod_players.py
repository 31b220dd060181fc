"""Real players open films, find their index at the end, and jump about in them."""

import asyncio
import hashlib
import json
import pathlib
import re
import subprocess

import pytest

from acedesk.demo.broadcast_clock import load_card
from tests.browser import open_page, page_socket
from tests.e2e.test_playing import playing
from tests.fakes.file_engine import FileEngine
from tests.integration.proxy.conftest import CONTENT, MakeProxy, Proxy
from tests.needs import need_program

pytestmark = [pytest.mark.xdist_group("players"), pytest.mark.timeout(120)]

SECONDS = 30


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """Return half a minute as MP4, whose index is at the end: players must jump to read it."""
    folder = tmp_path_factory.mktemp("film")
    card = load_card("bars")
    (folder / "film.ts").write_bytes(card.read(0, int(card.packets * SECONDS / card.seconds)))
    subprocess.run(
        [
            *(need_program("ffmpeg"), "-nostdin", "-v", "error", "-i", str(folder / "film.ts")),
            *("-c", "copy", str(folder / "film.mp4")),
        ],
        check=True,
        timeout=60,
    )
    data = (folder / "film.mp4").read_bytes()
    assert data.find(b"moov") > len(data) // 2
    return data


async def open_film(
    make_proxy: MakeProxy, film: bytes, **values: str
) -> tuple[Proxy, FileEngine, str]:
    proxy = await make_proxy(kind=FileEngine, file_grace=30.0, **values)
    (engine,) = proxy.engines
    assert isinstance(engine, FileEngine)
    engine.files[0], engine.media_type = film, "video/mp4"
    return proxy, engine, f"http://127.0.0.1:{proxy.listener.port}/ace/getstream?id={CONTENT}"


async def run(*argv: str) -> tuple[bytes, str]:
    """Run a player and return what it printed."""
    player = await asyncio.create_subprocess_exec(
        *argv, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
    )
    async with asyncio.timeout(60):
        out, told = await player.communicate()
    assert player.returncode == 0, told.decode()
    return out, told.decode()


@pytest.mark.players
async def test_ffprobe_finds_length_and_index(make_proxy: MakeProxy, film: bytes) -> None:
    _, engine, url = await open_film(make_proxy, film)

    out, told = await run(
        need_program("ffprobe"), "-v", "warning", "-of", "json", "-show_format", url
    )

    assert told == ""
    facts = json.loads(out)["format"]
    assert abs(float(facts["duration"]) - SECONDS) < 1
    assert int(facts["size"]) == len(film)
    assert len(engine.sessions) == 1
    assert len(engine.requests) > 1


@pytest.mark.players
@pytest.mark.parametrize("start", ["0", "21.5", "4"])
async def test_ffmpeg_decodes_what_is_in_the_file(
    make_proxy: MakeProxy, film: bytes, start: str, tmp_path: pathlib.Path
) -> None:
    _, engine, url = await open_film(make_proxy, film)
    local = tmp_path / "film.mp4"
    await asyncio.to_thread(local.write_bytes, film)
    decode = ("-frames:v", "20", "-map", "0:v", "-f", "rawvideo", "-s", "160x90", "-")

    pictures = [
        (await run(need_program("ffmpeg"), "-nostdin", "-v", "error", "-ss", start, "-i", place,
                   *decode))[0]
        for place in (url, str(local))
    ]  # fmt: skip

    one, other = (hashlib.sha256(picture).hexdigest() for picture in pictures)
    assert one == other
    assert len(pictures[0]) > 0
    assert len(engine.sessions) == 1


@pytest.mark.players
async def test_mpv_jumps_in_a_film(make_proxy: MakeProxy, film: bytes) -> None:
    _, engine, url = await open_film(make_proxy, film)

    out, _ = await run(
        *(need_program("mpv"), "--no-config", "--vo=null", "--ao=null", "--start=20"),
        *("--length=2", url),
    )

    assert b"VO: [null] 1280x720" in out
    firsts = [request.headers["Range"].split("=")[1].split("-")[0] for request in engine.requests]
    assert any(len(film) // 2 < int(first) < len(film) * 0.8 for first in firsts)
    assert len(engine.sessions) == 1


@pytest.mark.players
@pytest.mark.parametrize("start", [0, 20])
async def test_vlc_plays_a_film_from_where_it_is_told(
    make_proxy: MakeProxy, film: bytes, start: int, tmp_path: pathlib.Path
) -> None:
    proxy, engine, url = await open_film(make_proxy, film)
    options = ("-I", "dummy", "--vout=dummy", "--aout=dummy", "-vv", "--play-and-exit")
    times = (f"--start-time={start}", f"--stop-time={start + 3}")
    # VLC fetches 16 MiB ahead, more than this film has, and need not ask for what it has already.
    little = "--prefetch-buffer-size=256"

    with playing(need_program("vlc"), *options, little, *times, url, home=tmp_path) as player:
        async with asyncio.timeout(60):
            await asyncio.to_thread(player.wait)

    told = await asyncio.to_thread((tmp_path / "vlc.log").read_text, errors="replace")
    assert player.returncode == 0
    assert "Received first picture" in told
    assert not re.search(r"error: .*(?:decod|corrupt|access|stream)", told)
    (session,) = engine.sessions
    assert session.opened == len(engine.requests)
    firsts = [
        int(request.headers.get("Range", "bytes=0-").removeprefix("bytes=").split("-")[0])
        for request in engine.requests
    ]
    assert any(len(film) // 2 < first < len(film) * 0.8 for first in firsts) is (start > 0)
    assert any(view.clients for view in proxy.streams.files.views())


PAGE = """<!DOCTYPE html><title>film</title><video id="video" muted></video>
<script>
const video = document.getElementById("video");
const tell = (what) => fetch("/report", {method: "POST", body: JSON.stringify({what,
  time: video.currentTime, duration: video.duration, width: video.videoWidth,
  error: video.error ? video.error.message : ""})});
video.addEventListener("seeked", () => tell("seeked"));
video.addEventListener("error", () => tell("error"));
video.addEventListener("loadedmetadata", () => { tell("known"); video.currentTime = 22; });
setInterval(() => tell("tick"), 250);
video.src = ADDRESS;
video.play();
</script>
"""


@pytest.mark.browser
async def test_a_browser_plays_a_film_from_where_it_jumps_to(
    make_proxy: MakeProxy, film: bytes, tmp_path: pathlib.Path
) -> None:
    sock, origin = page_socket()
    _, engine, url = await open_film(make_proxy, film, allowed_sites=origin)

    async with open_page(PAGE.replace("ADDRESS", json.dumps(url)), tmp_path, sock=sock) as page:
        known = await page.until(lambda seen: seen["what"] in ("known", "error"), 60)
        later = await page.until(lambda seen: seen["time"] > 24 or seen["error"], 60)

    assert later["error"] == ""
    assert later["width"] == 1280
    assert abs(known["duration"] - SECONDS) < 1
    assert all(request.headers.get("Range") for request in engine.requests)
