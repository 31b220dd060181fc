"""A place is given back exactly once, by whoever holds it last."""

import hypothesis
import hypothesis.strategies as st
import pytest

from acedesk.engines.reservation import Reservation
from acedesk.model.content import KeyKind, StreamKey
from acedesk.model.engine import BackendKind, EngineId, EngineSpec

ENGINE = EngineSpec(
    id=EngineId("e"), name="engine-1", backend=BackendKind.STATIC, host="127.0.0.1", port=6878
)
KEY = StreamKey(KeyKind.CONTENT_ID, "a" * 40)


class _Books:
    """Who holds the place, as the pool would count it."""

    def __init__(self) -> None:
        self.given_back: list[Reservation] = []
        self.replaced: list[tuple[Reservation, Reservation]] = []
        self.first = Reservation(
            ENGINE,
            KEY,
            self.given_back.append,
            lambda before, after: self.replaced.append((before, after)),
        )


@pytest.fixture
def books() -> _Books:
    return _Books()


def test_a_place_is_held_until_it_is_released(books: _Books) -> None:
    before = (books.first.released, list(books.given_back))

    books.first.release()

    assert before == (False, [])
    assert books.first.released
    assert books.given_back == [books.first]


def test_releasing_again_gives_nothing_back(books: _Books) -> None:
    books.first.release()
    books.first.release()

    assert books.given_back == [books.first]


def test_the_end_of_the_block_releases_whether_it_failed_or_not(books: _Books) -> None:
    with pytest.raises(ZeroDivisionError), books.first as held:
        assert held is books.first
        assert not held.released
        raise ZeroDivisionError

    assert books.given_back == [books.first]


def test_what_was_released_inside_the_block_is_not_released_again(books: _Books) -> None:
    with books.first as held:
        held.release()

    assert books.given_back == [books.first]


def test_the_successor_stands_for_the_same_place(books: _Books) -> None:
    successor = books.first.hand_over()

    assert books.replaced == [(books.first, successor)]
    assert (successor.engine, successor.key) == (ENGINE, KEY)
    assert books.first.released
    assert not successor.released
    assert books.given_back == []


def test_a_block_that_handed_its_place_over_does_not_release_it(books: _Books) -> None:
    with books.first as held:
        successor = held.hand_over()
    assert books.given_back == []

    successor.release()
    assert books.given_back == [successor]


def test_what_is_released_already_cannot_be_handed_over(books: _Books) -> None:
    books.first.release()

    with pytest.raises(AssertionError):
        books.first.hand_over()
    assert books.replaced == []


def test_a_place_counts_as_released_while_it_is_given_back() -> None:
    seen: list[bool] = []
    place = Reservation(ENGINE, KEY, lambda one: seen.append(one.released), lambda _, __: None)

    place.release()

    assert seen == [True]


def test_giving_back_may_release_again_without_an_endless_row() -> None:
    calls: list[int] = []

    def give_back(one: Reservation) -> None:
        calls.append(1)
        one.release()

    Reservation(ENGINE, KEY, give_back, lambda _, __: None).release()

    assert calls == [1]


@hypothesis.given(
    acts=st.lists(st.tuples(st.sampled_from(["release", "hand over"]), st.integers()))
)
def test_whatever_is_done_with_a_place_it_is_given_back_once_at_most(
    acts: list[tuple[str, int]],
) -> None:
    books = _Books()
    held = [books.first]

    for act, which in acts:
        one = held[which % len(held)]
        if act == "release":
            one.release()
        elif not one.released:
            held.append(one.hand_over())

    holders = [one for one in held if not one.released]
    assert len(holders) + len(books.given_back) == 1
    assert [after for _, after in books.replaced] == held[1:]
