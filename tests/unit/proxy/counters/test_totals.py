"""Totals never go back, whatever streams and clients do."""

import dataclasses

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from acedesk import clock
from acedesk.model.engine_stat import EngineStat
from acedesk.model.totals import Totals
from acedesk.mpegts.packets import PACKET
from acedesk.proxy.buffer.chunk_framing import SlabWriter
from acedesk.proxy.buffer.ring import MemoryBudget, Ring
from acedesk.proxy.counters.totals import SwarmShare, TotalCounters, TotalsShare
from acedesk.proxy.delivery.client import Client, EndReason
from acedesk.proxy.delivery.client_table import ClientTable


class OneStream:
    """A ring, its clients, and what they have added to the totals."""

    def __init__(self, totals: TotalCounters) -> None:
        self.ring = Ring(limit=10 * PACKET, seconds=1.0, budget=MemoryBudget(1 << 20))
        self.clients = ClientTable(self.ring)
        self.share = TotalsShare(totals)

    def second(self) -> None:
        """Count what has come and gone."""
        self.share.add(
            received=self.ring.total, sent=self.clients.sent_bytes, skips=self.clients.skips
        )


class TotalsMachine(RuleBasedStateMachine):
    """Streams and clients come, take something and go in any order."""

    def __init__(self) -> None:
        super().__init__()
        self.totals = TotalCounters()
        self.streams: list[OneStream] = []
        self.received = self.sent = self.skips = 0
        self.before = Totals()

    def _one(self, number: int) -> OneStream | None:
        return self.streams[number % len(self.streams)] if self.streams else None

    @rule()
    def begin(self) -> None:
        """Another stream."""
        self.streams.append(OneStream(self.totals))

    @rule(number=st.integers(0, 9), packets=st.integers(1, 9))
    def receive(self, number: int, packets: int) -> None:
        """Media comes."""
        stream = self._one(number)
        if stream is not None:
            stream.ring.append(SlabWriter().put(bytes(PACKET * packets)), 0.0, (), None)
            self.received += PACKET * packets

    @rule(number=st.integers(0, 9))
    def join(self, number: int) -> None:
        """A client comes."""
        stream = self._one(number)
        if stream is not None:
            now = clock.monotonic()
            client = Client(address="", user_agent="", now=now, time=clock.utc_now())
            client.on_end = stream.clients.remove
            stream.clients.add(client, now)

    @rule(number=st.integers(0, 9), count=st.integers(0, 1000), skips=st.integers(0, 2))
    def take(self, number: int, count: int, skips: int) -> None:
        """Every client takes something."""
        stream = self._one(number)
        for client in stream.clients if stream is not None else ():
            client.sent_bytes += count
            client.skips += skips
            self.sent += count
            self.skips += skips

    @rule(number=st.integers(0, 9))
    def leave(self, number: int) -> None:
        """A client goes."""
        stream = self._one(number)
        for client in tuple(stream.clients)[:1] if stream is not None else ():
            client.close(EndReason.LEFT)

    @rule(number=st.integers(0, 9))
    def second(self, number: int) -> None:
        """A second has passed."""
        stream = self._one(number)
        if stream is not None:
            stream.second()

    @rule(number=st.integers(0, 9))
    def end(self, number: int) -> None:
        """A stream ends, and its clients with it."""
        stream = self._one(number)
        if stream is not None:
            stream.clients.close(EndReason.STREAM_ENDED)
            stream.ring.clear()
            stream.second()
            self.streams.remove(stream)

    @invariant()
    def nothing_goes_back(self) -> None:
        """No total is ever less than it was."""
        after = self.totals.view()
        before, self.before = dataclasses.astuple(self.before), after
        assert all(new >= old for new, old in zip(dataclasses.astuple(after), before, strict=True))

    def teardown(self) -> None:
        """All that happened was counted, once."""
        while self.streams:
            self.end(0)
        after = self.totals.view()
        assert (after.received_bytes, after.sent_bytes, after.skips) == (
            self.received,
            self.sent,
            self.skips,
        )


TestTotals = TotalsMachine.TestCase


def _told(downloaded: int | None, uploaded: int | None = None) -> EngineStat:
    return EngineStat(
        status="dl",
        peers=None,
        speed_down=None,
        speed_up=None,
        progress=None,
        live_last=None,
        pos=None,
        is_live=True,
        downloaded=downloaded,
        uploaded=uploaded,
    )


def test_the_first_number_of_a_session_counts_in_full_then_its_growth() -> None:
    totals = TotalCounters()
    share = SwarmShare(totals)

    share.add("a", _told(1000, 100))
    share.add("a", _told(1500, 100))
    share.add("b", _told(300, 70))

    assert (totals.downloaded_bytes, totals.uploaded_bytes) == (1800, 170)


def test_an_engine_that_counts_anew_or_tells_nothing_takes_nothing_back() -> None:
    totals = TotalCounters()
    share = SwarmShare(totals)

    for downloaded in (1000, None, 200, 250):
        share.add("a", _told(downloaded))

    assert (totals.downloaded_bytes, totals.uploaded_bytes) == (1050, 0)


def test_two_streams_are_summed_up() -> None:
    totals = TotalCounters()

    for share in (SwarmShare(totals), SwarmShare(totals)):
        share.add("a", _told(10))

    assert totals.downloaded_bytes == 20
