"""Requests are counted by the part of the API they are for."""

from tests.unit.demo.conftest import NORMAL, Caller


async def test_a_probe_starts_nothing_and_is_counted(caller: Caller) -> None:
    answer = await caller.ask("/ace/getstream", method="HEAD", id=NORMAL.id)

    assert (answer.status, answer.content_type, answer.body) == (200, "video/mp2t", b"")
    assert caller.engine.state()["opened"] == 0
    assert caller.engine.state()["requests"] == {"getstream": 1}


async def test_what_no_engine_has_is_counted_apart(caller: Caller) -> None:
    await caller.ask("/favicon.ico")

    assert caller.engine.state()["requests"] == {"other": 1}
