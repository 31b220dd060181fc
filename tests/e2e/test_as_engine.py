"""Programs that want an engine take AceDesk for one: two of the package index, as they are."""

import importlib.util
import os
import pathlib
import subprocess
import sys
import urllib.parse

import pytest

from tests.e2e.program import Server
from tests.needs import need

# Asks as programs do that use the library; a stream is ready when its word is "dl".
PROGRAM = """
import sys, time, urllib.request
from acestream.server import Server
from acestream.stream import Stream

host, port, content_id, output = sys.argv[1:]
server = Server(host=host, port=int(port))
assert server.available
stream = Stream(server, id=content_id)
told = []
for event in ("started", "stopped"):
    stream.connect(event, lambda event=event: told.append(event))
stream.connect("error", told.append)
stream.connect("status::changed", lambda: told.append(stream.status))
stream.start(hls=output == "hls")
until = time.monotonic() + 20
while stream.status != "dl" and time.monotonic() < until:
    time.sleep(0.1)
start = urllib.request.urlopen(stream.playback_url).read(7)
stream.stop()
print(*(word for word in told if word != "prebuf"), stream.info.name, start[:1], sep="|")
"""
LAUNCHER = "from acestream_launcher.launcher import main; main()"
PLAYER = """#!{python}
import pathlib, sys, urllib.request
address = pathlib.Path(sys.argv[1]).read_text().splitlines()[-1]
for method in ("HEAD", "GET"):
    with urllib.request.urlopen(urllib.request.Request(address, method=method)) as answer:
        start = answer.read(188)
pathlib.Path({out!r}).write_bytes(start)
"""


def need_package(name: str) -> None:
    need(importlib.util.find_spec(name), f"the package {name} is not installed")


def run(*arguments: str, home: pathlib.Path) -> str:
    """Return what a Python program printed."""
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", *arguments],
        env={"HOME": str(home), "PATH": os.environ["PATH"]},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    return done.stdout


@pytest.mark.parametrize(("output", "start"), [("ts", "b'G'"), ("hls", "b'#'")])
def test_the_library_starts_waits_plays_and_stops(
    server: Server, channels: list[dict[str, str]], tmp_path: pathlib.Path, output: str, start: str
) -> None:
    need_package("acestream")
    address = urllib.parse.urlsplit(server.base_url)
    place = (str(address.hostname), str(address.port))

    told = run(PROGRAM, *place, channels[0]["id"], output, home=tmp_path)

    assert told == f"started|dl|stopped|{channels[0]['name']}|{start}\n"


def test_the_launcher_opens_its_player(
    server: Server, channels: list[dict[str, str]], tmp_path: pathlib.Path
) -> None:
    need_package("acestream_launcher")
    played, player = tmp_path / "played", tmp_path / "player"
    player.write_text(PLAYER.format(python=sys.executable, out=str(played)))
    player.chmod(0o755)
    config = tmp_path / ".config" / "acestream-launcher" / "config"
    config.parent.mkdir(parents=True)
    port = urllib.parse.urlsplit(server.base_url).port
    config.write_text(f"[tty]\nport = {port}\n[browser]\nport = {port}\n")

    run(LAUNCHER, "-p", str(player), f"acestream://{channels[0]['id']}", home=tmp_path)

    assert played.read_bytes()[:1] == b"G"
    server.wait_until("/ace/status", lambda told: told["streams"] == 0, "the end of the stream")
