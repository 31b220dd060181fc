"""A refused request leaves one trace, whatever the player does then."""

import pytest
from aiohttp.test_utils import make_mocked_request

from acedesk.errors import AceDeskError, Busy, BusyReason, EngineRefused, Forbidden, LinkError
from acedesk.observe.event_log import EventLog
from acedesk.proxy.http.refusals import AGAIN, REMEMBERED, Refusals


class Door:
    """Refusals on a clock of the test."""

    def __init__(self) -> None:
        self.now = 0.0
        self.log = EventLog()
        self.refusals = Refusals(self.log.note, lambda: self.now)

    def refuse(self, query: str, error: AceDeskError, agent: str = "VLC/3.0.20") -> None:
        request = make_mocked_request(
            "GET", f"/ace/getstream?{query}", headers={"User-Agent": agent}
        )
        self.refusals.tell(request, error)


@pytest.fixture
def door() -> Door:
    return Door()


def test_it_is_told_who_asked_for_what_and_why_not(
    door: Door, caplog: pytest.LogCaptureFixture
) -> None:
    door.refuse("id=abc&title=x", LinkError("This is no id."))

    (event,) = door.log.since(0)
    assert event.cause == "bad_link"
    assert event.data == {"player": "VLC 3.0.20", "asked": "id=abc", "why": "This is no id."}
    assert "VLC" in caplog.text
    assert "This is no id." in caplog.text


def test_the_same_again_is_told_after_a_minute(door: Door) -> None:
    for moment in (0.0, 5.0, AGAIN - 1, AGAIN + 1, AGAIN + 5):
        door.now = moment
        door.refuse("id=abc", LinkError("This is no id."))

    assert len(door.log.since(0)) == 2


def test_another_id_or_reason_is_told_at_once(door: Door) -> None:
    door.refuse("id=abc", LinkError("This is no id."))
    door.refuse("id=abc2", LinkError("This is no id."))
    door.refuse("id=abc", Forbidden("Not you."))
    door.refuse("id=abc", Busy(BusyReason.MAX_STREAMS))

    assert len(door.log.since(0)) == 4


@pytest.mark.parametrize(
    "error", [EngineRefused("no"), Busy(BusyReason.BUFFERING), Busy(BusyReason.STARTING)]
)
def test_what_has_a_stream_to_show_for_it_is_not_told_here(door: Door, error: AceDeskError) -> None:
    door.refuse("id=abc", error)

    assert door.log.since(0) == ()


def test_only_so_many_are_remembered(door: Door) -> None:
    for number in range(REMEMBERED + 1):
        door.refuse(f"id={number}", LinkError("This is no id."))
    door.refuse("id=0", LinkError("This is no id."))

    assert door.log.newest == REMEMBERED + 2


def test_what_a_player_sends_is_made_fit_to_be_shown(door: Door) -> None:
    door.refuse("id=%00%0a%e2%80%ae" + "x" * 4000, LinkError("This is no id."), "A\tB\u202e")

    (event,) = door.log.since(0)
    assert str(event.data["asked"]).isprintable()
    assert len(str(event.data["asked"])) <= 120
    assert str(event.data["player"]).isprintable()
