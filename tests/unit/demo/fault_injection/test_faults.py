import math

import pytest

from acedesk.demo.channels import channels
from acedesk.demo.fault_injection.faults import (
    BodyFaults,
    Fault,
    FaultBook,
    FaultKind,
    FaultPlace,
    parse_fault,
)
from acedesk.errors import BadRequest

ONE, OTHER = channels()[0].infohash, channels()[1].infohash


def test_a_fault_strikes_as_often_as_ordered() -> None:
    book = FaultBook()
    book.order(Fault(kind=FaultKind.ERROR, where=FaultPlace.STAT, times=2), now=0)

    struck = [book.take(FaultPlace.STAT, ONE, 1.0) is not None for _ in range(3)]

    assert struck == [True, True, False]


def test_a_fault_ordered_without_a_number_strikes_for_ever() -> None:
    book = FaultBook()
    book.order(Fault(kind=FaultKind.HANG, where=FaultPlace.API, times=0), now=0)

    assert all(book.take(FaultPlace.API, "", now) for now in range(100))


def test_a_fault_strikes_only_its_place_content_and_time() -> None:
    book = FaultBook()
    book.order(
        Fault(kind=FaultKind.HTML, where=FaultPlace.GETSTREAM, infohash=ONE, after=5, duration=10),
        now=100,
    )

    assert book.take(FaultPlace.STAT, ONE, 106) is None
    assert book.take(FaultPlace.GETSTREAM, OTHER, 106) is None
    assert book.take(FaultPlace.GETSTREAM, ONE, 104) is None
    assert book.take(FaultPlace.GETSTREAM, ONE, 115) is None
    assert book.take(FaultPlace.GETSTREAM, ONE, 106) is not None


def test_a_body_is_struck_from_its_first_byte_on() -> None:
    book = FaultBook()
    book.order(Fault(kind=FaultKind.STALL, after=3, duration=2), now=0)
    body = BodyFaults(book, ONE, began_at=50)

    assert body.active(52) is None
    assert body.active(53) is not None
    assert body.active(55) is None


def test_a_running_body_is_struck_by_a_later_order() -> None:
    book = FaultBook()
    body = BodyFaults(book, ONE, began_at=50)

    book.order(Fault(kind=FaultKind.SLOW), now=60)

    assert body.active(60) is not None


def test_one_order_strikes_one_body_only() -> None:
    book = FaultBook()
    book.order(Fault(kind=FaultKind.STALL), now=0)
    first, second = BodyFaults(book, ONE, 1), BodyFaults(book, ONE, 1)

    assert first.active(2) is not None
    assert second.active(2) is None
    assert first.active(3) is not None


def test_forgotten_orders_let_bodies_go_on() -> None:
    book = FaultBook()
    book.order(Fault(kind=FaultKind.STALL), now=0)
    body = BodyFaults(book, ONE, 1)
    assert body.active(2) is not None

    book.clear()

    assert body.active(3) is None
    assert book.report() == []


def test_an_order_is_read_from_a_query() -> None:
    query = {"kind": "slow", "id": channels()[1].id, "after": "2", "for": "3.5", "times": "0"}

    fault = parse_fault(query | {"factor": "0.5"})

    assert fault == Fault(
        kind=FaultKind.SLOW,
        where=FaultPlace.BODY,
        infohash=OTHER,
        after=2,
        duration=3.5,
        times=0,
        factor=0.5,
    )


@pytest.mark.parametrize(
    ("kind", "where"),
    [("500", FaultPlace.GETSTREAM), ("hang", FaultPlace.GETSTREAM), ("reset", FaultPlace.BODY)],
)
def test_an_order_without_a_place_goes_where_it_makes_sense(kind: str, where: FaultPlace) -> None:
    fault = parse_fault({"kind": kind})

    assert fault.where is where
    assert math.isinf(fault.duration)


@pytest.mark.parametrize(
    "query",
    [
        {},
        {"kind": "sad"},
        {"kind": "stall", "where": "moon"},
        {"kind": "stall", "after": "soon"},
        {"kind": "stall", "for": "-1"},
        {"kind": "stall", "factor": "nan"},
        {"kind": "html", "where": "body"},
    ],
)
def test_an_order_that_makes_no_sense_is_refused(query: dict[str, str]) -> None:
    with pytest.raises(BadRequest):
        parse_fault(query)
