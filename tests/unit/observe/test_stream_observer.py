"""What is seen of one stream at one look a second, as facts."""

import dataclasses
from collections.abc import AsyncIterator, Sequence

import pytest

from acedesk.model.content import StreamKey
from acedesk.model.diagnosis import (
    Cause,
    EngineFacts,
    MachineFacts,
    Phase,
    ReconnectFacts,
    StreamFacts,
    VpnFacts,
)
from acedesk.model.engine_stat import EngineStat
from acedesk.observe.stream_observer import (
    LEAST_WINDOW,
    STAT_WINDOW,
    SWITCH_WINDOW,
    StatAnswers,
    StreamEnvironment,
    StreamObserver,
    SwarmWindow,
)
from acedesk.proxy.buffer.chunk_framing import SlabWriter
from acedesk.proxy.delivery.client import EndReason
from acedesk.rules.diagnosis.buffer_margin import CUSHION, is_short
from acedesk.rules.diagnosis.verdict import diagnose
from acedesk.rules.supply.rhythm import Rhythm
from tests import transport
from tests.fakes.running_stream import KEY, RunningStream, running_stream

BROADCAST = transport.broadcast(100)
GOP = len(transport.broadcast(10))
AROUND = StreamEnvironment(
    engine=EngineFacts(id="engine-0", name="engine-0"),
    vpn=VpnFacts(used=True),
    machine=MachineFacts(cpu=12.0),
    others=3,
    others_short=1,
    reconnects=(ReconnectFacts(name="VLC", count=2, period=5.0, last_for=1.0),),
)
STAT = EngineStat(
    status="dl",
    peers=12,
    speed_down=4e6,
    speed_up=1e6,
    progress=None,
    live_last=None,
    pos=None,
    is_live=True,
)


class Looks:
    """An observer that looks when the test says so, at a stream whose media comes by hand."""

    def __init__(self, running: RunningStream, ahead: Sequence[int] = ()) -> None:
        self.running = running
        self.ahead = ahead
        self.asked: list[StreamKey] = []
        self.now = 1000.0
        self.observer = StreamObserver(running.stream, self.now, self._ahead)
        self._pcr = running.stream.ring.pcr or 0

    def _ahead(self, key: StreamKey) -> Sequence[int]:
        self.asked.append(key)
        return self.ahead

    def media(self, seconds: float, packets: int = 100) -> None:
        """Let this much media come."""
        self._pcr += round(seconds * 27_000_000)
        block = SlabWriter().put(transport.filler(0) * packets)
        self.running.stream.ring.append(block, self.now, (), self._pcr)

    def look(self, seconds: float = 1.0) -> StreamFacts:
        """Let time pass, look, and return the facts."""
        self.now += seconds
        self.observer.look(self.now, 1.7e9 + self.now, 60.0)
        return self.observer.facts(AROUND, self.now)

    def live(self, seconds: int, pace: float = 1.0) -> StreamFacts:
        """Let seconds of the stream come, a second after the other."""
        for _ in range(seconds - 1):
            self.media(pace)
            self.look()
        self.media(pace)
        return self.look()


@pytest.fixture
async def looks() -> AsyncIterator[Looks]:
    """Return an observer of a stream that has begun to play."""
    async with running_stream(grace=60.0) as running:
        await running.play(BROADCAST[:GOP])
        yield Looks(running)


# ---------------------------------------------------------------------- how far it is


async def test_before_an_engine_is_reserved_one_is_looked_for() -> None:
    async with running_stream(start=False) as running:
        facts = Looks(running).look()

    assert facts.phase is Phase.RESERVING
    assert facts.waited == 1.0


async def test_while_the_engine_is_asked_the_session_opens() -> None:
    async with running_stream() as running:
        engine = running.side.engines[0]
        engine.silent = True
        await engine.asked.wait()
        looks = Looks(running)

        assert looks.look().phase is Phase.OPENING
        assert looks.asked == [KEY] * len(looks.asked) != []


async def test_a_start_in_line_says_how_many_are_in_front() -> None:
    async with running_stream() as running:
        running.side.engines[0].silent = True
        await running.side.engines[0].asked.wait()
        looks = Looks(running, ahead=(4, 2))

        facts = looks.look()

    assert (facts.phase, facts.ahead) == (Phase.IN_LINE, 2)


async def test_of_two_engines_one_that_is_asked_is_enough() -> None:
    async with running_stream(2, hedged_start=True) as running:
        running.side.engines[0].silent = running.side.engines[1].silent = True
        await running.until(lambda: len(running.stream.supply.engines) == 2)

        assert Looks(running, ahead=(4,)).look().phase is Phase.OPENING


async def test_with_a_session_it_buffers_and_the_wait_goes_on() -> None:
    async with running_stream() as running:
        looks = Looks(running)
        looks.look()
        await running.side.engines[0].body_of()

        facts = looks.look()

    assert facts.phase is Phase.BUFFERING
    assert facts.waited == 2.0


async def test_a_stream_that_plays_does_not_wait(looks: Looks) -> None:
    facts = looks.look()

    assert (facts.phase, facts.waited) == (Phase.PLAYING, 0.0)


async def test_without_its_engine_it_switches_and_that_is_remembered() -> None:
    async with running_stream(2) as running:
        await running.play(BROADCAST[: 2 * GOP])
        looks = Looks(running)
        looks.look()
        running.side.engines[0].reset()
        await running.until(lambda: running.stream.supply.lost_at is not None)

        lost = [looks.look(), looks.look()]
        await running.side.engines[1].push(BROADCAST[: 4 * GOP])
        await running.until(lambda: running.stream.ring.total == 4 * GOP)
        back = looks.look()
        later = looks.look(SWITCH_WINDOW)

    assert [one.phase for one in lost] == [Phase.SWITCHING] * 2
    assert [one.waited for one in lost] == [0.0, 1.0]
    assert (back.phase, back.switches, back.waited) == (Phase.PLAYING, 1, 0.0)
    assert later.switches == 0


# ---------------------------------------------------------------------- what comes


async def test_a_pace_is_told_once_there_is_enough_to_tell(looks: Looks) -> None:
    early = looks.live(int(LEAST_WINDOW) - 1)
    known = looks.live(1)

    assert (early.pace, early.rate_10) == (None, None)
    assert known.pace == pytest.approx(1.0)
    assert known.rate_10 == pytest.approx(100 * 188 * 8)


async def test_a_late_start_is_not_slow_delivery() -> None:
    async with running_stream(grace=60.0) as running:
        looks = Looks(running)
        for _ in range(12):
            looks.look()
        await running.play(BROADCAST[:GOP])
        found = [looks.live(1) for _ in range(12)]

    assert all(one.rate_10 is None or one.rate_10 > 0.9 * 100 * 188 * 8 for one in found)
    assert {diagnose(one).cause for one in found} == {Cause.FINE}


@pytest.mark.parametrize("pace", [0.5, 1.0, 1.3])
async def test_the_pace_is_media_for_each_second(looks: Looks, pace: float) -> None:
    facts = looks.live(12, pace)

    assert facts.pace == pytest.approx(pace)
    assert facts.rate_2 == pytest.approx(100 * 188 * 8)


async def test_only_the_last_ten_seconds_count(looks: Looks) -> None:
    looks.live(10, 0.2)

    assert looks.live(12, 1.0).pace == pytest.approx(1.0)


async def test_a_silence_is_measured_from_what_came_last(looks: Looks) -> None:
    looks.live(3)

    assert [looks.look().silent_for for _ in range(3)] == [1.0, 2.0, 3.0]
    assert looks.live(1).silent_for == 0.0


async def test_a_player_runs_dry_where_too_little_comes(looks: Looks) -> None:
    full = looks.live(5)
    assert full.margin == CUSHION
    assert not looks.observer.is_short(looks.now)

    facts = looks.live(12, 0.5)

    assert facts.margin == 0.0
    assert looks.observer.is_short(looks.now)


async def test_when_a_shortage_is_over_players_have_filled_up(looks: Looks) -> None:
    looks.live(15, 0.5)

    looks.observer.shortage_over()

    assert looks.observer.facts(AROUND, looks.now).margin == CUSHION / 2


async def test_a_silence_is_a_shortage_at_once(looks: Looks) -> None:
    looks.live(10)
    for _ in range(3):
        looks.look()

    assert looks.observer.is_short(looks.now)


async def test_a_stream_that_only_starts_is_not_short() -> None:
    async with running_stream(start=False) as running:
        looks = Looks(running)
        for _ in range(20):
            looks.look()

        assert not looks.observer.is_short(looks.now)


async def test_what_is_around_is_handed_on(looks: Looks) -> None:
    facts = looks.look()

    assert (facts.vpn, facts.machine, facts.reconnects) == (
        AROUND.vpn,
        AROUND.machine,
        AROUND.reconnects,
    )
    assert (facts.others, facts.others_short) == (3, 1)
    assert facts.engine.id == "engine-0"
    assert facts.buffer == looks.running.stream.ring.duration


# ---------------------------------------------------------------------- viewers


async def test_a_viewer_is_a_newcomer_once(looks: Looks) -> None:
    first = looks.running.viewer()
    looks.look()
    seen = [looks.observer.newcomers]
    looks.look()
    seen.append(looks.observer.newcomers)
    second = looks.running.viewer()
    facts = looks.look()
    seen.append(looks.observer.newcomers)

    assert seen == [(first,), (), (second,)]
    assert facts.clients == 2


async def test_viewers_that_left_are_counted_no_more(looks: Looks) -> None:
    one = looks.running.viewer()
    looks.running.viewer()
    looks.look()

    one.close(EndReason.LEFT)

    assert looks.look().clients == 1
    assert looks.observer.newcomers == ()


async def test_only_viewers_with_a_full_connection_cost_something(looks: Looks) -> None:
    free, full = await looks.running.watch(), await looks.running.watch()
    full.blocked = True

    facts = looks.look()

    assert [one.id for one in facts.slow_clients] == [full.id]
    assert free.id != full.id


async def test_a_viewer_that_is_well_again_is_forgotten_in_the_end(looks: Looks) -> None:
    client = await looks.running.watch()
    client.blocked = True
    looks.look()
    client.blocked = False

    counts = [len(looks.look().slow_clients) for _ in range(40)]

    assert counts[0] == 1
    assert counts[-1] == 0


async def test_a_slow_viewer_that_left_is_forgotten_at_once(looks: Looks) -> None:
    client = await looks.running.watch()
    client.blocked = True
    looks.look()

    client.close(EndReason.STUCK)

    assert looks.look().slow_clients == ()


# ---------------------------------------------------------------------- the engine's answers


async def test_a_question_that_stays_open_is_a_silence(looks: Looks) -> None:
    queries, answers = looks.running.stream.stat_poller.queries, StatAnswers()
    answers.look(looks.running.stream, "one", 0.0)
    queries.note_question()

    answers.look(looks.running.stream, "one", 10.0)
    silence = answers.silent_for(13.0)
    queries.note_answer(0.2)
    answers.look(looks.running.stream, "one", 14.0)

    assert silence == 3.0
    assert answers.silent_for(15.0) == 0.0
    assert answers.seconds == 0.2


async def test_what_an_answer_takes_is_the_middle_of_the_last_three(looks: Looks) -> None:
    queries, answers = looks.running.stream.stat_poller.queries, StatAnswers()
    assert answers.seconds is None
    answers.look(looks.running.stream, "one", 0.0)
    for number, seconds in enumerate((9.0, 0.3, 0.1, 0.2)):
        queries.note_question()
        queries.note_answer(seconds)
        answers.look(looks.running.stream, "one", float(number))

    assert answers.seconds == 0.2


async def test_what_another_engine_left_open_counts_no_more(looks: Looks) -> None:
    queries, answers = looks.running.stream.stat_poller.queries, StatAnswers()
    answers.look(looks.running.stream, "one", 0.0)
    queries.note_question()
    answers.look(looks.running.stream, "one", 1.0)

    answers.look(looks.running.stream, "two", 2.0)

    assert answers.silent_for(9.0) == 0.0
    assert answers.seconds is None


async def test_the_slower_of_two_ways_to_ask_is_the_answer_time(looks: Looks) -> None:
    looks.look()
    queries = looks.running.stream.stat_poller.queries
    queries.note_question()
    queries.note_answer(0.4)
    looks.look()
    around = dataclasses.replace(AROUND, engine=EngineFacts(id="engine-0", answer_time=0.7))

    assert looks.observer.facts(AROUND, looks.now).engine.answer_time == 0.4
    assert looks.observer.facts(around, looks.now).engine.answer_time == 0.7


# ---------------------------------------------------------------------- peers


def test_without_an_answer_nothing_is_known_of_the_peers() -> None:
    facts = SwarmWindow().facts(100.0)

    assert (facts.peers, facts.no_peers_for, facts.speed_down) == (None, 0.0, None)


def test_one_answer_is_a_moment_and_two_are_a_speed() -> None:
    swarm = SwarmWindow()
    swarm.look(STAT, 0.0)
    one = swarm.facts(0.0).speed_down

    swarm.look(dataclasses.replace(STAT, speed_down=3e6), 4.0)

    assert one is None
    assert swarm.facts(4.0).speed_down == 4e6
    assert swarm.facts(4.0).peers == 12


def test_the_same_answer_again_is_none() -> None:
    swarm = SwarmWindow()

    for second in range(5):
        swarm.look(STAT, float(second))

    assert swarm.facts(5.0).speed_down is None


def test_speeds_of_long_ago_are_forgotten() -> None:
    swarm = SwarmWindow()
    swarm.look(dataclasses.replace(STAT, speed_down=9e6), 0.0)
    for number in range(3):
        stat = dataclasses.replace(STAT, speed_down=1e6 + number)
        swarm.look(stat, STAT_WINDOW + 1.0 + number)

    assert swarm.facts(20.0).speed_down == 1e6 + 2


def test_a_swarm_without_peers_is_timed_until_one_comes() -> None:
    swarm = SwarmWindow()
    swarm.look(dataclasses.replace(STAT, peers=0), 10.0)
    swarm.look(dataclasses.replace(STAT, peers=0, speed_up=0.0), 14.0)
    alone = swarm.facts(20.0)

    swarm.look(STAT, 21.0)

    assert (alone.peers, alone.no_peers_for) == (0, 10.0)
    assert swarm.facts(25.0).no_peers_for == 0.0


def test_an_answer_that_tells_nothing_of_peers_is_no_lack_of_them() -> None:
    swarm = SwarmWindow()

    swarm.look(dataclasses.replace(STAT, peers=None, speed_down=None), 10.0)

    assert (swarm.facts(20.0).peers, swarm.facts(20.0).no_peers_for) == (None, 0.0)


async def test_the_broadcast_is_looked_at_and_told_to_the_stream(looks: Looks) -> None:
    before = looks.running.stream.broadcast

    looks.live(3)

    assert looks.running.stream.broadcast is not before
    assert looks.observer.facts(AROUND, looks.now).broadcast is looks.running.stream.broadcast


async def test_a_stream_in_bursts_is_well_between_them_once_that_is_usual(looks: Looks) -> None:
    runner = looks.running.stream.supply.runner
    runner.state = dataclasses.replace(runner.state, rhythm=Rhythm(since=0.0, usual=10.0))
    found = list[StreamFacts]()
    for _ in range(6):
        looks.media(10.0)
        found += [looks.look() for _ in range(10)]

    assert all(facts.silent_for == 0.0 for facts in found)
    # The first pieces fill the players.
    assert not any(is_short(margin=f.margin, pace=f.pace, silent_for=0.0) for f in found)
    assert all(facts.pace == pytest.approx(1.0, abs=0.01) for facts in found[-30:])


async def test_a_burst_that_stays_away_is_a_silence(looks: Looks) -> None:
    runner = looks.running.stream.supply.runner
    runner.state = dataclasses.replace(runner.state, rhythm=Rhythm(since=0.0, usual=10.0))
    looks.media(10.0)
    looks.look()

    assert looks.look(14.0).silent_for == 0.0
    assert looks.look(2.0).silent_for == 16.0
