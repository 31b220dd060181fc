"""A whole AceDesk with the simulated engine, asked as an engine by programs of every kind."""

import asyncio
import pathlib
import re
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest

from acedesk.compose import App, RunOptions, build
from acedesk.demo.channels import channels
from acedesk.settings import Settings

NORMAL, *_ = channels()
PACKET = 188


class Program:
    """Asks the way programs ask an engine.

    Args:
        http: Closes each connection, as urllib does.
    """

    def __init__(self, base: str, http: aiohttp.ClientSession) -> None:
        self.base = base
        self.http = http

    async def get(self, url: str) -> Any:
        """Return the JSON of an answer."""
        async with self.http.get(url if "://" in url else self.base + url) as answer:
            assert answer.status == 200
            return await answer.json()

    async def start(self, query: str, path: str = "getstream") -> dict[str, Any]:
        """Return the addresses of a session."""
        answer = await self.get(f"/ace/{path}?format=json&{query}")
        assert answer["error"] is None
        found: dict[str, Any] = answer["response"]
        return found

    async def wait_dl(self, session: dict[str, Any]) -> list[str]:
        """Ask for the stat until it is `dl`; return all words that came."""
        words: list[str] = []
        async with asyncio.timeout(20):
            while not words or words[-1] != "dl":
                words.append((await self.get(session["stat_url"]))["response"]["status"])
        return words


@pytest.fixture
async def app(tmp_path: pathlib.Path) -> AsyncIterator[App]:
    """Return an AceDesk that runs with the simulated engine."""
    options = RunOptions(demo=True, data_dir=tmp_path, config_file=tmp_path / "settings.toml")
    made = build(Settings().changed({"port": 0, "grace": 0.0}), options=options)
    await made.start()
    yield made
    await made.stop()


@pytest.fixture
async def program(app: App) -> AsyncIterator[Program]:
    """Return a program that asks it."""
    connector = aiohttp.TCPConnector(force_close=True)
    async with aiohttp.ClientSession(connector=connector) as http:
        yield Program(app.base_url, http)


async def test_a_link_is_started_waited_for_played_and_stopped(app: App, program: Program) -> None:
    version = await program.get("/webui/api/service?method=get_version&format=json")
    assert version["result"]["version"]
    session = await program.start(f"id={NORMAL.id}&pid={'1' * 40}")
    files = await program.get(
        f"/server/api?method=get_media_files&infohash={session['infohash']}&api_version=3"
    )
    assert files["result"]["name"] == NORMAL.name
    assert session["infohash"] == NORMAL.infohash

    assert set(await program.wait_dl(session)) <= {"prebuf", "dl"}

    async with program.http.head(session["playback_url"]) as head:
        assert head.status == 200
    async with (
        program.http.get(session["playback_url"]) as first,
        program.http.get(session["playback_url"]) as second,
    ):
        for player in (first, second):
            assert (await player.content.readexactly(PACKET))[:1] == b"G"
        told = await program.get(f"{session['command_url']}?method=stop")
    assert told == {"response": "ok", "error": None}
    gone = await program.get(session["stat_url"])
    assert gone == {"response": None, "error": "unknown playback session id"}
    while app.snapshot().streams:
        await asyncio.wait_for(_changed(app), 10)


async def test_an_infohash_is_played_as_a_playlist(app: App, program: Program) -> None:
    session = await program.start(f"infohash={NORMAL.infohash}", "manifest.m3u8")
    await program.wait_dl(session)

    async with program.http.get(session["playback_url"]) as answer:
        assert answer.status == 200
        playlist = await answer.text()

    found = re.search(r"^\.\./\.\./(hls/\S+)$", playlist, re.MULTILINE)
    assert found is not None
    async with program.http.get(f"{app.base_url}/ace/{found[1]}") as segment:
        assert (await segment.read())[:1] == b"G"


async def _changed(app: App) -> None:
    change = asyncio.Event()
    disconnect = app.changed.connect(change.set)
    await change.wait()
    disconnect()
