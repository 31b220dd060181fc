"""The clock is set while AceDesk runs, by hours back and forth; by hand, with faketime.

.venv/bin/python -m pytest -n 0 tests/docker/by_hand/clock_jumps.py
"""

import json
import pathlib
import threading
import urllib.request
from collections.abc import Iterator
from typing import Any, Final

import pytest

from tests.docker import images
from tests.docker.own_engines import own_engines, remove_own_engines
from tests.docker.test_demo_image import image
from tests.docker.viewer import Viewer
from tests.e2e.program import Server, wait_until

pytestmark = [pytest.mark.docker, pytest.mark.timeout(500)]
__all__ = ["image"]  # the fixture is used by its name

LIBRARY: Final = next(pathlib.Path("/usr/lib").glob("*/faketime/libfaketimeMT.so.1"), None)
# How the clock of the program goes after each jump.
JUMPS: Final = ("+6h", "-12h", "+40h", "+0")
# So long everything is watched after each: engines are looked at every 2 to 10 s, and idle ones
# would go after IDLE; seconds.
WATCHED: Final = 45.0
IDLE: Final = 30
REPORT: Final = {
    "engine": {"host": "192.0.2.1", "port": 6878},
    "stream": {"key_type": "content_id", "key": "d" * 40},
    "session": {
        "playback_session_id": "s",
        "stat_url": "http://192.0.2.1:6878/ace/stat/x/s",
        "command_url": "http://192.0.2.1:6878/ace/cmd/x/s",
        "is_live": 1,
    },
    "labels": {"stream_id": "reported"},
}


class _Desk:
    """AceDesk with a clock of its own, three engines and a data folder that stays."""

    def __init__(self, folder: pathlib.Path, image: str) -> None:
        self.data = folder / "data"
        self._home, self._image = folder, image
        self._clock = folder / "clock"
        self.set_clock("+0")
        self.server = self.start()

    def start(self) -> Server:
        """Start it."""
        self.server = Server(
            *("serve", "--port", "0", "--data-dir", str(self.data)),
            home=self._home,
            environ={
                "DOCKER_HOST": "unix:///var/run/docker.sock",
                "ACEDESK_ENGINE_IMAGE": self._image,
                "ACEDESK_MIN_ENGINES": "3",
                "ACEDESK_IDLE_GRACE": str(IDLE),
                "ACEDESK_MAX_STREAMS_PER_ENGINE": "1",
                "LD_PRELOAD": str(LIBRARY),
                "FAKETIME_TIMESTAMP_FILE": str(self._clock),
                "FAKETIME_NO_CACHE": "1",
                "DONT_FAKE_MONOTONIC": "1",
            },
        )
        return self.server.ready()

    def set_clock(self, ahead: str) -> None:
        """Set the clock of the program so far from the true one."""
        fresh = self._clock.with_suffix(".new")
        fresh.write_text(f"{ahead}\n")
        fresh.replace(self._clock)

    def report(self) -> None:
        """Tell of a stream on an engine that nobody knows."""
        self._post("/events/stream_started", REPORT)

    def _post(self, path: str, body: object = None) -> None:
        wanted = urllib.request.Request(  # noqa: S310 - our own address
            self.server.base_url + path,
            data=json.dumps(body).encode() if body is not None else None,
            headers={"Content-Type": "application/json"},
            method="POST",
        )
        urllib.request.urlopen(wanted, timeout=30).close()  # noqa: S310

    def engines(self) -> dict[str, str]:
        """Return how the engines are, by their containers."""
        found = self.server.get("/api/v2/snapshot")[1]["engines"]
        return {one["container_id"][:12]: one["health"] for one in found}

    def used(self, container: str) -> bool:
        """Tell whether a stream is on the engine."""
        found = self.server.get("/api/v2/snapshot")[1]["engines"]
        return any(one["streams"] for one in found if one["container_id"] == container)

    def keep_used(self) -> str:
        """Let the engine with a stream be one that a person wants; return its container."""
        found = self.server.get("/api/v2/snapshot")[1]["engines"]
        used = next(one["container_id"] for one in found if one["streams"])
        for what in ("drain", "undrain"):
            self._post(f"/api/v2/engines/{used}/{what}")
        return str(used)

    def events(self) -> list[dict[str, Any]]:
        """Return all events that are kept."""
        told: list[dict[str, Any]] = self.server.get("/api/v2/events?since=0")[1]["events"]
        return told


def _watch(seconds: float) -> None:
    """Let time pass: that nothing happens has no event."""
    threading.Event().wait(seconds)


@pytest.fixture
def desk(tmp_path: pathlib.Path, image: str) -> Iterator[_Desk]:
    assert LIBRARY is not None, "faketime is needed"
    made = _Desk(tmp_path, image)
    try:
        yield made
    finally:
        made.server.end()
        remove_own_engines(made.data)


def test_a_clock_that_is_set_by_hours_changes_nothing(desk: _Desk) -> None:
    wait_until(lambda: list(desk.engines().values()), lambda all_: all_ == ["ready"] * 3, "three")
    guest = Viewer(desk.server.base_url, 2)
    wait_until(lambda: guest.media, lambda media: media > 0, "the picture")
    frozen = desk.keep_used()
    guest.close()
    viewers = [Viewer(desk.server.base_url, channel) for channel in (0, 1)]
    wait_until(lambda: [one.media for one in viewers], all, "the pictures")
    desk.report()
    wait_until(lambda: desk.used(frozen), lambda used: not used, "the end", seconds=60)
    _watch(70.0)  # it was used lately, which is not what this is about
    images.docker("pause", frozen)
    wait_until(desk.engines, lambda found: len(found) == 4, "another one", seconds=60)
    wait_until(desk.engines, lambda found: found[frozen[:12]] == "hung", "that it is frozen")
    there, number = sorted(desk.engines()), desk.events()[-1]["number"]
    for jump in JUMPS:
        desk.set_clock(jump)
        before = [one.media for one in viewers]
        _watch(WATCHED)
        assert sorted(desk.engines()) == there
        assert all(one.media > was + 1_000_000 for one, was in zip(viewers, before, strict=True))
        reported = desk.server.get("/streams?status=started")[1]
        assert any(one["id"] == "reported" for one in reported), "it was reported minutes ago"
    new = [one for one in desk.events() if one["number"] > number]
    told = [(one["time"], one["kind"]) for one in new]
    assert not any(kind in ("engine_removed", "engine_added") for _, kind in told), told
    images.docker("unpause", frozen)

    desk.set_clock("-8h")
    desk.server.stop()
    desk.start()
    numbers = [(one["number"], one["time"]) for one in desk.events()]
    assert numbers == sorted(numbers, key=lambda one: one[0]), "they are in order"
    assert any(one["number"] <= number for one in desk.events()), "and kept"
    assert len(own_engines(desk.data)) == 4
    assert " ERROR " not in desk.server.stderr
    assert "Traceback" not in desk.server.stderr
