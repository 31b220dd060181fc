"""What somebody may do here."""

import itertools

import pytest

from acedesk.model.access.token import Scope
from acedesk.rules.access.admittance import Verdict, judge

TV = "192.168.1.20"


def verdict(
    *,
    local: bool = False,
    client: str = TV,
    playing: bool = False,
    scope: Scope | None = None,
    open_network: bool = False,
    allowed: tuple[str, ...] = (),
) -> Verdict:
    return judge(
        local=local,
        client=client,
        playing=playing,
        scope=scope,
        open_network=open_network,
        allowed=allowed,
    )


@pytest.mark.parametrize("playing", [True, False])
def test_this_computer_and_an_open_network_need_no_token(*, playing: bool) -> None:
    assert verdict(local=True, playing=playing) is Verdict.OPEN
    assert verdict(open_network=True, playing=playing) is Verdict.OPEN
    assert verdict(scope=Scope.ALL, playing=playing) is Verdict.OPEN


@pytest.mark.parametrize("playing", [True, False])
def test_others_need_one(*, playing: bool) -> None:
    assert verdict(playing=playing) is Verdict.NEEDS_TOKEN
    assert verdict(playing=playing, allowed=("192.168.2.0/24",)) is Verdict.NEEDS_TOKEN
    assert verdict(playing=playing, client="", allowed=("0.0.0.0/0",)) is Verdict.NEEDS_TOKEN


def test_a_token_of_copied_addresses_plays_only() -> None:
    assert verdict(scope=Scope.PLAY, playing=True) is Verdict.OPEN
    assert verdict(scope=Scope.PLAY) is Verdict.PLAYS_ONLY


def test_an_allowed_device_plays_only() -> None:
    assert verdict(allowed=("192.168.1.0/24",), playing=True) is Verdict.OPEN
    assert verdict(allowed=("192.168.1.0/24",)) is Verdict.PLAYS_ONLY


def test_a_token_never_opens_less_than_none() -> None:
    rank = [Verdict.NEEDS_TOKEN, Verdict.PLAYS_ONLY, Verdict.OPEN]
    flags = (True, False)
    for local, playing, open_network in itertools.product(flags, flags, flags):
        for allowed in ((), (TV,)):
            ranks = [
                rank.index(
                    judge(
                        local=local,
                        client=TV,
                        playing=playing,
                        scope=scope,
                        open_network=open_network,
                        allowed=allowed,
                    )
                )
                for scope in (None, Scope.PLAY, Scope.ALL)
            ]
            assert ranks == sorted(ranks)
