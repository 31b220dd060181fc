"""What happens at one AceDesk is noted at the others, with its name."""

import datetime
import json

import pytest

from acedesk.model.event import EventKind
from acedesk.observe.event_log import EventLog
from acedesk.proxy.shared.event_exchange import MOST_TOLD, MOST_WAITING, EventExchange


class Side:
    """One AceDesk with its log."""

    def __init__(self, name: str, year: int = 2026) -> None:
        self.name = name
        self.time = datetime.datetime(year, 11, 29, tzinfo=datetime.UTC)
        self.log = EventLog(lambda: self.time)
        self.exchange = EventExchange(self.log.note, lambda: f"{name}:8080")
        self.log.added.connect(self.exchange.add)

    def tell(self, *others: "Side") -> None:
        events = self.exchange.waiting(self.name)
        self.exchange.told(len(events))
        for other in others:
            other.exchange.hear(events)

    @property
    def seen(self) -> list[tuple[EventKind, str, object]]:
        return [(one.kind, one.subject, one.data.get("proxy")) for one in self.log.since(0)]


@pytest.fixture
def sides() -> tuple[Side, Side]:
    return Side("tv"), Side("pc")


def test_an_event_is_noted_at_the_others_and_goes_no_further(sides: tuple[Side, Side]) -> None:
    tv, pc = sides
    tv.log.note(EventKind.STREAM_BEGAN, "a", cause="x", name="Title", seconds=1.5)
    tv.tell(pc)
    pc.tell(tv)

    assert tv.seen == [(EventKind.STREAM_BEGAN, "a", None)]
    assert pc.seen == [(EventKind.STREAM_BEGAN, "a", "tv:8080")]
    heard = pc.log.since(0)[0]
    assert (heard.cause, heard.data["name"], heard.data["seconds"]) == ("x", "Title", 1.5)


def test_however_the_clocks_stand_an_event_has_the_time_at_which_it_was_heard() -> None:
    ahead, behind = Side("tv", 2031), Side("pc", 1999)
    for teller, hearer in ((ahead, behind), (behind, ahead)):
        teller.log.note(EventKind.STREAM_BEGAN, teller.name)
        teller.tell(hearer)

    assert {one.time for one in behind.log.since(0)} == {behind.time}
    assert {one.time for one in ahead.log.since(0)} == {ahead.time}


def test_what_is_told_twice_is_noted_once(sides: tuple[Side, Side]) -> None:
    tv, pc = sides
    tv.log.note(EventKind.STREAM_BEGAN, "a")
    events = tv.exchange.waiting("tv")  # Redis took them, and its answer did not come
    pc.exchange.hear(events)
    tv.log.note(EventKind.STREAM_ENDED, "a")
    tv.tell(pc)

    assert [kind for kind, _, _ in pc.seen] == [EventKind.STREAM_BEGAN, EventKind.STREAM_ENDED]


def test_whether_redis_answers_each_tells_for_itself(sides: tuple[Side, Side]) -> None:
    tv, pc = sides
    tv.log.note(EventKind.SHARING_CHANGED, "", up=True)
    tv.tell(pc)

    assert pc.seen == []


def test_what_waits_is_bounded_and_told_in_parts(sides: tuple[Side, Side]) -> None:
    tv, pc = sides
    for number in range(MOST_WAITING + 5):
        tv.log.note(EventKind.STREAM_BEGAN, str(number))
    tv.tell(pc)
    assert [subject for _, subject, _ in pc.seen] == [str(5 + one) for one in range(MOST_TOLD)]

    for _ in range(MOST_WAITING):
        tv.tell(pc)
    assert len(pc.seen) == MOST_WAITING
    assert tv.exchange.waiting("tv") == ()


@pytest.mark.parametrize(
    "changed",
    [
        {"kind": "of_a_later_version"},
        {"kind": 5},
        {"number": "1"},
        {"number": 0},
        {"number": None},
    ],
)
def test_what_makes_no_sense_is_passed_over(
    sides: tuple[Side, Side], changed: dict[str, object]
) -> None:
    tv, pc = sides
    tv.log.note(EventKind.STREAM_BEGAN, "a")
    facts = json.loads(tv.exchange.waiting("tv")[0])
    pc.exchange.hear([json.dumps({**facts, **changed}), "{", "[]", "5", "[" * 5000])

    assert pc.seen == []


def test_fields_that_are_not_known_or_missing_do_no_harm(sides: tuple[Side, Side]) -> None:
    _, pc = sides
    data = {
        "kind": "x",
        "subject": "y",
        "seconds": 2,
        "list": [1],
        "no_number": float("nan"),
        "endless": -float("inf"),
        "proxy": "z",
        "name": "n" * 5000,
    }
    later = {"by": "tv", "number": 1, "kind": "stream_began", "colour": "blue", "data": data}
    pc.exchange.hear([json.dumps(later), json.dumps({**later, "number": 2, "data": 7})])

    first, second = pc.log.since(0)
    assert (first.subject, first.data["seconds"], first.data["proxy"]) == ("", 2, "")
    assert len(str(first.data["name"])) == 1000
    assert first.data.keys().isdisjoint({"list", "no_number", "endless"})
    assert second.data == {"proxy": ""}
