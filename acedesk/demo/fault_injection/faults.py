"""Faults on order: how the demo engine is made to fail, and when.

A fault applies to requests (the whole exchange goes wrong) or to bodies (the media that flows). A
test orders it once; each request or body it applies to uses up one of its `times`.
"""

import dataclasses
import enum
import math
from collections.abc import Mapping
from typing import TypeVar

from acedesk.demo.channels import channel_in_text
from acedesk.demo.disturbances import UNDISTURBED, BodyState
from acedesk.errors import BadRequest
from acedesk.values import frozen_value


class FaultKind(enum.Enum):
    """What goes wrong.

    STALL and HANG keep the connection open and silent; CLOSE ends it without the last chunk;
    RESET breaks it with a TCP reset; SLOW sends the fraction `factor` of the rate, or delays an
    answer by `duration`; GARBAGE sends bytes that are no transport stream and no JSON; ERROR is
    HTTP 500; HTML is a page with status 200, as captive portals send it.
    """

    STALL = "stall"
    RESET = "reset"
    CLOSE = "close"
    ERROR = "500"
    GARBAGE = "garbage"
    SLOW = "slow"
    HANG = "hang"
    HTML = "html"


class FaultPlace(enum.Enum):
    """Which part of the engine's API goes wrong."""

    API = "api"
    GETSTREAM = "getstream"
    PLAYBACK = "playback"
    BODY = "body"
    STAT = "stat"
    COMMAND = "command"
    EVENT = "event"
    HLS = "hls"


# What can go wrong with a body that has begun; an error status or a page would have to come first.
_BODY_KINDS = frozenset(
    {
        FaultKind.STALL,
        FaultKind.HANG,
        FaultKind.SLOW,
        FaultKind.GARBAGE,
        FaultKind.CLOSE,
        FaultKind.RESET,
    }
)
_BODY_BY_DEFAULT = _BODY_KINDS - {FaultKind.HANG}

_EnumT = TypeVar("_EnumT", bound=enum.Enum)


@frozen_value
class Fault:
    """One order.

    Attributes:
        infohash: Only this content, "" for any.
        after: Seconds until it sets in: for bodies counted from the later of the order and the
            body's first byte, else from the order.
        duration: Seconds it lasts from then on, infinite for good.
        times: How many requests or bodies it applies to, 0 for any number.
        factor: Fraction of the rate that is left by SLOW.
    """

    kind: FaultKind
    where: FaultPlace = FaultPlace.BODY
    infohash: str = ""
    after: float = 0.0
    duration: float = math.inf
    times: int = 1
    factor: float = 0.25

    @property
    def body_state(self) -> BodyState:
        """What it does to a body."""
        match self.kind:
            case FaultKind.CLOSE | FaultKind.RESET:
                return BodyState(flow=0.0, breaks=True, reset=self.kind is FaultKind.RESET)
            case FaultKind.GARBAGE:
                return BodyState(garbage=True)
            case FaultKind.SLOW:
                return BodyState(flow=self.factor)
            case _:
                return BodyState(flow=0.0)

    def __post_init__(self) -> None:
        if self.where is FaultPlace.BODY and self.kind not in _BODY_KINDS:
            raise BadRequest(f"a body that has begun cannot answer {self.kind.value}")


@dataclasses.dataclass(slots=True, eq=False)
class _Order:
    fault: Fault
    ordered_at: float
    struck: int = 0

    @property
    def used_up(self) -> bool:
        return 0 < self.fault.times <= self.struck

    def concerns(self, infohash: str) -> bool:
        return self.fault.infohash in ("", infohash)


class BodyFaults:
    """The faults of one body; it remembers which orders it has used."""

    def __init__(self, book: "FaultBook", infohash: str, began_at: float) -> None:
        self._book = book
        self._infohash = infohash
        self._began_at = began_at
        self._claimed: list[_Order] = []

    def state(self, now: float) -> BodyState:
        """Return what is done to the body at `now`."""
        fault = self.active(now)
        return UNDISTURBED if fault is None else fault.body_state

    def active(self, now: float) -> Fault | None:
        """Return the fault that holds at `now`, the first ordered of several."""
        for order in self._book.claim_bodies(self._infohash, self._claimed):
            self._claimed.append(order)
        for order in self._claimed:
            since = max(order.ordered_at, self._began_at) + order.fault.after
            if since <= now < since + order.fault.duration:
                return order.fault
        return None


class FaultBook:
    """All orders of one engine."""

    def __init__(self) -> None:
        self._orders: list[_Order] = []

    def order(self, fault: Fault, now: float) -> None:
        """Let `fault` happen from `now` on."""
        self._orders.append(_Order(fault, now))

    def clear(self) -> None:
        """Forget all orders; bodies go on undisturbed."""
        for order in self._orders:
            order.fault = dataclasses.replace(order.fault, duration=0.0)
        self._orders.clear()

    def take(self, where: FaultPlace, infohash: str, now: float) -> Fault | None:
        """Return the fault that applies to a request made `now`, and count it."""
        for order in self._orders:
            since = order.ordered_at + order.fault.after
            if (
                order.fault.where is where
                and not order.used_up
                and order.concerns(infohash)
                and since <= now < since + self._armed_for(order.fault)
            ):
                order.struck += 1
                return order.fault
        return None

    @staticmethod
    def _armed_for(fault: Fault) -> float:
        """A slow request is slow by `duration`; every other fault is armed that long."""
        return math.inf if fault.kind is FaultKind.SLOW else fault.duration

    def claim_bodies(self, infohash: str, claimed: list[_Order]) -> list[_Order]:
        """Return the orders that begin to apply to a body now, and count them."""
        found = [
            order
            for order in self._orders
            if order.fault.where is FaultPlace.BODY
            and order not in claimed
            and not order.used_up
            and order.concerns(infohash)
        ]
        for order in found:
            order.struck += 1
        return found

    def report(self) -> list[dict[str, object]]:
        """Return all orders as JSON values."""
        return [
            {
                "kind": order.fault.kind.value,
                "where": order.fault.where.value,
                "infohash": order.fault.infohash,
                "times": order.fault.times,
                "struck": order.struck,
            }
            for order in self._orders
        ]


def parse_fault(query: Mapping[str, str]) -> Fault:
    """Return the fault that `/demo/fault?...` orders.

    Raises:
        BadRequest: An unknown kind or place, or a number that is none.
    """
    kind = _member(FaultKind, query.get("kind", ""), "kind")
    usual = FaultPlace.BODY if kind in _BODY_BY_DEFAULT else FaultPlace.GETSTREAM
    where = _member(FaultPlace, query.get("where", usual.value), "where")
    return Fault(
        kind=kind,
        where=where,
        infohash=_infohash(query.get("id", "")),
        after=_seconds(query, "after", 0.0),
        duration=_seconds(query, "for", math.inf),
        times=int(_seconds(query, "times", 1.0)),
        factor=_seconds(query, "factor", 0.25),
    )


def _infohash(text: str) -> str:
    if not text:
        return ""
    channel = channel_in_text(text)
    return channel.infohash if channel else text.strip().lower()


def _member(kind: type[_EnumT], text: str, name: str) -> _EnumT:
    try:
        return kind(text)
    except ValueError as exc:
        known = ", ".join(str(member.value) for member in kind)
        raise BadRequest(f"{name} is one of {known}") from exc


def _seconds(query: Mapping[str, str], name: str, default: float) -> float:
    text = query.get(name)
    if text is None:
        return default
    try:
        value = float(text)
    except ValueError as exc:
        raise BadRequest(f"{name} is a number") from exc
    if not 0 <= value < math.inf:
        raise BadRequest(f"{name} is a number from 0 up")
    return value
