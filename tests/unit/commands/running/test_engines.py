"""The list of engines for people."""

from typing import Any

from acedesk.commands.running.engines import format_engines, match_orphans

ENGINE: dict[str, Any] = {
    "name": "engine-1",
    "state": "ready",
    "health": "ready",
    "host": "127.0.0.1",
    "port": 6879,
    "streams": 1,
    "max_streams": 4,
    "version": "3.2.11",
    "id": "ab" * 32,
    "container_id": "ab" * 32,
    "score": {"value": 93, "starts": 5, "reasons": []},
    "usage": {"cpu": 0.123, "memory": 182_400_000},
}
ORPHAN = {"name": "engine-7", "running": True, "instance": "", "container_id": "cd" * 32}


def test_engines_are_lined_up_with_what_they_use() -> None:
    lines = format_engines({"engines": [ENGINE]})

    assert lines[0].split() == [
        "ENGINE", "STATE", "ADDRESS", "STREAMS", "SCORE", "CPU", "MEMORY", "VERSION", "ID",
    ]  # fmt: skip
    for part in ("engine-1", "1 of 4", "93", "12 %", "182 MB", "abababababab"):
        assert part in lines[1]


def test_what_is_wrong_with_an_engine_is_told_apart() -> None:
    hung = {**ENGINE, "state": "unhealthy", "health": "hung", "usage": None, "score": {}}

    assert " hung " in format_engines({"engines": [hung]})[1]


def test_without_engines_it_says_so_and_those_of_others_are_offered() -> None:
    lines = format_engines({"engines": [], "orphans": [ORPHAN]})

    assert lines[0] == "no engines"
    assert "take-over" in lines[2]
    assert lines[4].split() == ["engine-7", "yes", "0.1.0", "cdcdcdcdcdcd"]


def test_an_orphan_is_meant_by_the_begin_of_its_id_its_name_or_nothing() -> None:
    assert match_orphans([ORPHAN], "cdcd") == [ORPHAN]
    assert match_orphans([ORPHAN], "engine-7") == [ORPHAN]
    assert match_orphans([ORPHAN], "") == [ORPHAN]
    assert match_orphans([ORPHAN], "ab") == []
