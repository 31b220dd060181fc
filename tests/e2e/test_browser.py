"""A page of somebody else plays AceDesk's HLS with hls.js, in a real browser."""

import json
import pathlib
import subprocess
from collections.abc import Callable

import pytest

from tests.browser import open_page, page_socket
from tests.e2e.program import Server
from tests.needs import need, need_program

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("players"), pytest.mark.timeout(180)]

PAGE = """<!DOCTYPE html><title>player</title><video id="video" muted></video>
<script src="/hls.js"></script>
<script>
const video = document.getElementById("video");
const seen = {fatal: "", errors: [], segments: 0, discontinuities: 0, target: 0};
const hls = new Hls();
hls.on(Hls.Events.ERROR, (_, data) => {
  seen.errors.push(data.details);
  if (data.fatal) seen.fatal = data.details;
});
hls.on(Hls.Events.FRAG_BUFFERED, () => { seen.segments += 1; });
hls.on(Hls.Events.LEVEL_LOADED, (_, data) => { seen.target = data.details.targetduration; });
hls.loadSource(ADDRESS);
hls.attachMedia(video);
video.play();
setInterval(() => {
  const quality = video.getVideoPlaybackQuality();
  const report = {...seen, time: video.currentTime, width: video.videoWidth,
    frames: quality.totalVideoFrames, supported: Hls.isSupported(),
    start: video.buffered.length ? video.buffered.start(0) : -1};
  fetch("/report", {method: "POST", body: JSON.stringify(report)});
}, 250);
</script>
"""


@pytest.fixture(scope="session")
def hls_js(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """Return hls.js as its registry has it; nothing of it is kept."""
    folder = tmp_path_factory.mktemp("npm")
    result = subprocess.run(
        [
            *(need_program("npm"), "install", "--no-audit", "--no-fund", "--no-update-notifier"),
            *("--ignore-scripts", "--prefix", str(folder), "hls.js@1"),
        ],
        capture_output=True,
        text=True,
        timeout=150,
    )
    need(result.returncode == 0, f"npm cannot install hls.js: {result.stderr[-300:]}")
    return (folder / "node_modules" / "hls.js" / "dist" / "hls.min.js").read_bytes()


async def test_hls_js_plays_across_origins(
    serve: Callable[..., Server],
    channels: list[dict[str, str]],
    hls_js: bytes,
    tmp_path: pathlib.Path,
) -> None:
    sock, origin = page_socket()
    server = serve(environ={"ACEDESK_ALLOWED_SITES": origin})
    server.wait_until("/health/ready", lambda facts: facts["ready"], "an engine")
    address = f"{server.base_url}/ace/manifest.m3u8?id={channels[0]['id']}"
    html = PAGE.replace("ADDRESS", json.dumps(address))

    async with open_page(html, tmp_path, {"hls.js": hls_js}, sock=sock) as page:
        begun = await page.until(lambda seen: seen["frames"] > 0 or seen["fatal"], 90)
        later = await page.until(
            lambda seen: seen["time"] > begun["time"] + 10 or seen["fatal"], 60
        )
        snapshot = server.get("/api/v2/snapshot")[1]

    assert later["fatal"] == ""
    assert set(later["errors"]) <= {"bufferStalledError"}  # a busy computer may be too slow
    assert later["width"] == 1280
    assert later["frames"] >= begun["frames"] + 8 * 25
    (stream,) = snapshot["streams"]
    assert len(stream["clients"]) == 1
    assert stream["clients"][0]["player"].startswith("Browser")
