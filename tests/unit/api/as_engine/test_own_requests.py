"""AceDesk is not its own engine."""

import pytest

from acedesk.errors import EngineRefused
from acedesk.model.content import KeyKind, StreamKey
from tests.fakes.as_engine_front import CONTENT, AsEngineFront


async def test_a_start_that_comes_from_itself_is_refused(front: AsEngineFront) -> None:
    key = StreamKey(KeyKind.CONTENT_ID, CONTENT)

    with pytest.raises(EngineRefused, match="AceDesk's own"):
        await front.side.client.open_session(
            "127.0.0.1", front.listener.port, key, player_id="1", timeout=10
        )

    assert not len(front.plane.streams)


async def test_its_own_address_is_no_engine_that_answers(front: AsEngineFront) -> None:
    with pytest.raises(EngineRefused, match="AceDesk's own"):
        await front.side.client.check("127.0.0.1", front.listener.port, timeout=10)
