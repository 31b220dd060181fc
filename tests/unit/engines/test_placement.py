"""Which of the pool's engines takes one more stream."""

import dataclasses

import pytest

from acedesk.engines.member import Member
from acedesk.engines.placement import Placement
from acedesk.engines.reservation import Reservation
from acedesk.errors import Busy, BusyReason
from acedesk.model.content import KeyKind, StreamKey
from acedesk.model.engine import BackendKind, EngineHealth, EngineId, EngineSpec, VpnMembership
from acedesk.settings import Settings

KEY = StreamKey(KeyKind.CONTENT_ID, "a" * 40)
OTHER = StreamKey(KeyKind.CONTENT_ID, "b" * 40)
NO_VPN = VpnMembership()


class Engines:
    """Some engines, each with a place for two streams."""

    def __init__(self, *names: str) -> None:
        self.settings = Settings().changed({"max_streams_per_engine": 2})
        self.members = {EngineId(name): self._member(name) for name in names}
        self.placement = Placement(self.members, lambda: self.settings)

    @staticmethod
    def _member(name: str) -> Member:
        spec = EngineSpec(
            id=EngineId(name), name=name, backend=BackendKind.STATIC, host="127.0.0.1", port=6878
        )
        return Member(spec=spec, health=EngineHealth.READY)

    def take(self, name: str, key: StreamKey) -> None:
        """Take a place on an engine."""
        member = self.members[EngineId(name)]
        member.reservations.append(
            Reservation(member.spec, key, lambda _: None, lambda _before, _after: None)
        )


def test_the_engine_with_the_fewest_streams_is_chosen() -> None:
    engines = Engines("engine-1", "engine-2")
    engines.take("engine-1", OTHER)

    chosen = engines.placement.choose(KEY, vpn=NO_VPN)

    assert chosen is engines.members[EngineId("engine-2")]


def test_choosing_takes_no_place() -> None:
    engines = Engines("engine-1")

    chosen = {engines.placement.choose(KEY, vpn=NO_VPN).spec.id for _ in range(5)}

    assert chosen == {"engine-1"}
    assert engines.members[EngineId("engine-1")].reservations == []


def test_what_is_to_be_avoided_is_not_chosen() -> None:
    engines = Engines("engine-1", "engine-2")

    chosen = engines.placement.choose(KEY, vpn=NO_VPN, avoid={EngineId("engine-1")})

    assert chosen.spec.id == "engine-2"


def test_an_engine_that_failed_the_content_comes_last() -> None:
    engines = Engines("engine-1", "engine-2")
    engines.take("engine-2", OTHER)

    chosen = engines.placement.choose(KEY, vpn=NO_VPN, failures={EngineId("engine-1"): 1})

    assert chosen.spec.id == "engine-2"


def test_an_engine_that_plays_the_content_is_taken_only_where_it_may_be_shared() -> None:
    engines = Engines("engine-1")
    engines.take("engine-1", KEY)

    with pytest.raises(Busy):
        engines.placement.choose(KEY, vpn=NO_VPN)

    assert engines.placement.choose(KEY, vpn=NO_VPN, may_share=True).spec.id == "engine-1"


def test_an_engine_for_few_contents_gets_those_and_no_others() -> None:
    engines = Engines("engine-1", "special")
    special = engines.members[EngineId("special")]
    special.spec = dataclasses.replace(special.spec, contents=frozenset({KEY.value}))
    engines.take("special", StreamKey(KeyKind.INFOHASH, "c" * 40))

    assert engines.placement.choose(KEY, vpn=NO_VPN) is special
    assert engines.placement.choose(OTHER, vpn=NO_VPN).spec.id == "engine-1"


def test_a_content_with_an_engine_of_its_own_goes_to_no_other() -> None:
    engines = Engines("engine-1", "special")
    special = engines.members[EngineId("special")]
    special.spec = dataclasses.replace(special.spec, contents=frozenset({KEY.value}))

    with pytest.raises(Busy) as raised:
        engines.placement.choose(KEY, vpn=NO_VPN, avoid={EngineId("special")})

    assert raised.value.reason is BusyReason.NO_ENGINE


def test_an_engine_for_few_contents_alone_is_none_for_others() -> None:
    engines = Engines("special")
    special = engines.members[EngineId("special")]
    special.spec = dataclasses.replace(special.spec, contents=frozenset({KEY.value}))

    with pytest.raises(Busy) as raised:
        engines.placement.choose(OTHER, vpn=NO_VPN)

    assert (raised.value.reason, raised.value.detail) == (BusyReason.NO_ENGINE, "")


def test_when_all_are_full_that_is_the_reason() -> None:
    engines = Engines("engine-1")
    for _ in range(2):
        engines.take("engine-1", OTHER)

    with pytest.raises(Busy) as raised:
        engines.placement.choose(KEY, vpn=NO_VPN)

    assert raised.value.reason is BusyReason.MAX_CAPACITY


def test_a_changed_limit_counts_at_once() -> None:
    engines = Engines("engine-1")
    for _ in range(2):
        engines.take("engine-1", OTHER)

    engines.settings = engines.settings.changed({"max_streams_per_engine": 3})

    assert engines.placement.choose(KEY, vpn=NO_VPN).spec.id == "engine-1"
    assert engines.placement.limit(engines.members[EngineId("engine-1")]) == 3


def test_without_an_engine_that_is_the_reason() -> None:
    with pytest.raises(Busy) as raised:
        Engines().placement.choose(KEY, vpn=NO_VPN)

    assert raised.value.reason is BusyReason.NO_ENGINE


def test_where_the_vpn_is_required_only_engines_inside_are_chosen() -> None:
    engines = Engines("engine-1", "engine-2")
    engines.settings = engines.settings.changed({"require_vpn": True})
    up = VpnMembership(container="gluetun", engines=frozenset({EngineId("engine-2")}), trouble="")

    for _ in range(2):
        assert engines.placement.choose(KEY, vpn=up).spec.id == "engine-2"
    assert engines.placement.choose_spare(KEY, vpn=NO_VPN) is None

    with pytest.raises(Busy) as caught:
        engines.placement.choose(KEY, vpn=dataclasses.replace(up, trouble="It is down."))
    assert (caught.value.reason, caught.value.detail) == (
        BusyReason.VPN_DISCONNECTED,
        "It is down.",
    )


@pytest.mark.parametrize("names", [(), ("engine-1",)])
def test_where_the_vpn_is_required_and_not_seen_the_refusal_says_so(names: tuple[str, ...]) -> None:
    engines = Engines(*names)
    engines.settings = engines.settings.changed({"require_vpn": True})

    with pytest.raises(Busy) as caught:
        engines.placement.choose(KEY, vpn=NO_VPN)

    assert caught.value.reason is BusyReason.VPN_DISCONNECTED
    assert caught.value.detail == "AceDesk has not seen the VPN yet."


def test_a_full_engine_inside_is_full_and_no_matter_of_the_vpn() -> None:
    engines = Engines("engine-1", "engine-2")
    engines.settings = engines.settings.changed({"require_vpn": True})
    engines.take("engine-1", OTHER)
    engines.take("engine-1", OTHER)
    up = VpnMembership(container="gluetun", engines=frozenset({EngineId("engine-1")}), trouble="")

    with pytest.raises(Busy) as caught:
        engines.placement.choose(KEY, vpn=up)

    assert caught.value.reason is BusyReason.MAX_CAPACITY


def test_an_engine_that_stands_in_comes_last() -> None:
    engines = Engines("engine-1", "engine-2")
    engines.placement.last_resort = lambda spec: spec.id == "engine-1"

    assert engines.placement.choose(KEY, vpn=NO_VPN).spec.id == "engine-2"


def test_who_is_told_of_a_refusal_may_say_what_is_told() -> None:
    engines = Engines()
    told: list[Busy] = []

    def refused(busy: Busy) -> Busy:
        told.append(busy)
        return Busy(BusyReason.STARTING, "one comes")

    engines.placement.refused = refused

    with pytest.raises(Busy, match="one comes"):
        engines.placement.choose(KEY, vpn=NO_VPN)
    assert [one.reason for one in told] == [BusyReason.NO_ENGINE]


def test_a_content_that_all_engines_failed_is_no_reason_for_another_engine() -> None:
    engines = Engines("engine-1")
    told: list[Busy] = []

    def refused(busy: Busy) -> Busy:
        told.append(busy)
        return busy

    engines.placement.refused = refused
    with pytest.raises(Busy):
        engines.placement.choose(KEY, vpn=NO_VPN, avoid={EngineId("engine-1")})

    assert told == []


def test_the_places_of_one_content_on_an_engine_are_counted() -> None:
    engines = Engines("engine-1")
    engines.take("engine-1", KEY)
    engines.take("engine-1", OTHER)

    count = engines.placement.count_places
    assert count(EngineId("engine-1"), KEY) == 1
    assert count(EngineId("engine-1"), StreamKey(KeyKind.CONTENT_ID, "c" * 40)) == 0
    assert count(EngineId("gone"), KEY) == 0


def test_engines_that_are_not_in_the_pool_yet_are_expected() -> None:
    engines = Engines()
    placement, making = engines.placement, [True]
    assert (placement.is_any_coming(), placement.is_look_due()) == (False, False)

    placement.expect(lambda: bool(making), lambda: True)

    assert (placement.is_any_coming(), placement.is_look_due()) == (True, True)
    making.clear()
    assert not placement.is_any_coming()
