"""Followers: everything first, then changes; who comes back, who is slow, who is too many."""

from collections.abc import AsyncIterator

import pytest

from acedesk.api import publisher as module
from acedesk.api.publisher import Follower, FollowerLimit, Publisher, Update
from acedesk.errors import Busy
from acedesk.signals import Signal


class _Counter:
    """A source whose only fact is a number."""

    def __init__(self) -> None:
        self.value = 0
        self._known = -1
        self.prepared = 0

    async def prepare(self) -> None:
        self.prepared += 1

    def whole(self, number: str) -> Update:
        return Update(event="snapshot", number=number, data=str(self._known))

    def changes(self, number: str) -> Update | None:
        if self.value == self._known:
            return None
        self._known = self.value
        return Update(event="changes", number=number, data=str(self.value))


class _Parts:
    def __init__(self) -> None:
        self.source = _Counter()
        self.changed: Signal[()] = Signal()
        self.limit = FollowerLimit(3)
        self.publisher = Publisher(self.source, self.changed, self.limit, interval=0.0)

    def change(self) -> None:
        self.source.value += 1
        self.changed.emit()


@pytest.fixture
async def parts() -> AsyncIterator[_Parts]:
    made = _Parts()
    yield made
    await made.publisher.close()


async def take(follower: Follower) -> list[tuple[str, str]]:
    return [(one.event, one.data) for one in await follower.take(2.0)]


async def test_everything_comes_first_then_what_changes(parts: _Parts) -> None:
    with parts.publisher.follow() as follower:
        first = await take(follower)
        parts.change()

        assert (first, await take(follower)) == ([("snapshot", "0")], [("changes", "1")])
        assert parts.source.prepared > 0


async def test_who_comes_back_gets_what_was_missed(parts: _Parts) -> None:
    with parts.publisher.follow() as follower:
        (seen,) = await follower.take(2.0)
    parts.change()

    with parts.publisher.follow(seen.number) as follower:
        assert await take(follower) == [
            ("resumed", f'{{"type": "resumed", "revision": "{seen.number}"}}'),
            ("changes", "1"),
        ]


async def test_who_comes_as_the_last_one_leaves_is_told_of_changes(parts: _Parts) -> None:
    with parts.publisher.follow() as follower:
        await take(follower)
    with parts.publisher.follow() as follower:  # the former one's watching has not ended yet
        await take(follower)
        parts.change()

        assert await take(follower) == [("changes", "1")]


@pytest.mark.parametrize("since", ["x", "other-1", "-", "١-١", "other-" + "9" * 30])
async def test_who_saw_another_run_gets_everything(parts: _Parts, since: str) -> None:
    with parts.publisher.follow(since) as follower:
        assert await take(follower) == [("snapshot", "0")]


async def test_who_was_away_for_long_gets_everything(parts: _Parts) -> None:
    with parts.publisher.follow() as follower:
        (seen,) = await follower.take(2.0)
    for _ in range(module.KEPT + 1):
        parts.change()
        with parts.publisher.follow():
            pass

    with parts.publisher.follow(seen.number) as follower:
        assert await take(follower) == [("snapshot", str(module.KEPT + 1))]


def test_a_follower_that_takes_nothing_is_cut_off() -> None:
    follower = Follower()
    update = Update(event="changes", number="r-1", data="x")

    for _ in range(module.MOST_WAITING):
        follower.push(update)
    assert not follower.cut
    follower.push(update)

    assert follower.cut


async def test_too_many_are_refused_until_one_leaves(parts: _Parts) -> None:
    with parts.publisher.follow(), parts.publisher.follow():
        with parts.publisher.follow(), pytest.raises(Busy), parts.publisher.follow():
            pass
        with parts.publisher.follow():
            assert parts.limit.count == 3

    assert parts.limit.count == 0


async def test_closing_cuts_all_off_and_takes_no_more(parts: _Parts) -> None:
    with parts.publisher.follow() as follower:
        await parts.publisher.close()

        assert follower.cut
        assert await follower.take(2.0) == []
        with pytest.raises(Busy), parts.publisher.follow():
            pass


async def test_nothing_is_worked_out_while_nobody_follows(parts: _Parts) -> None:
    parts.change()

    assert parts.source._known == -1
