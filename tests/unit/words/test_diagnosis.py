"""Every diagnosis is one sentence for people."""

import itertools

import pytest

from acedesk.model.diagnosis import Action, Cause, Diagnosis, Phase, Severity
from acedesk.words.diagnosis import describe


def said(cause: Cause, **facts: object) -> str:
    made = Diagnosis(cause=cause, severity=Severity.WARN, **facts)  # type: ignore[arg-type]
    return describe(made).sentence


def full(cause: Cause, action: Action = Action.NONE, count: int = 2) -> Diagnosis:
    return Diagnosis(
        cause=cause, severity=Severity.WARN, action=action, delivered=3.1e6, needed=5.4e6,
        peers=3, who="VLC on 192.168.1.31", target="c1", count=count, seconds=70.0, period=10.4,
        percent=98.7, size=120_000_000, phase=Phase.BUFFERING,
    )  # fmt: skip


@pytest.mark.parametrize("cause", Cause, ids=lambda cause: cause.value)
def test_every_cause_has_one_sentence_with_and_without_numbers(cause: Cause) -> None:
    bare = Diagnosis(cause=cause, severity=Severity.WARN)

    for made in (bare, full(cause), full(cause, count=1)):
        words = describe(made)
        assert words.title
        assert not words.title.endswith(".")
        assert words.sentence.endswith(".")
        assert words.sentence.count(". ") == 0
        assert "None" not in words.sentence


@pytest.mark.parametrize("action", Action, ids=lambda action: action.value)
def test_every_action_is_a_sentence_or_nothing(action: Action) -> None:
    advice = describe(full(Cause.SWARM_TOO_SLOW, action)).advice

    assert advice == "" if action is Action.NONE else advice.endswith(".")


@pytest.mark.parametrize(
    ("cause", "facts", "sentence"),
    [
        (
            Cause.SWARM_TOO_SLOW,
            {"delivered": 3.1e6, "needed": 5.4e6, "peers": 4},
            "Peers deliver 3.1 Mbit/s, the picture needs 5.4.",
        ),
        (
            Cause.SWARM_TOO_SLOW,
            {"delivered": 3.1e6, "needed": 5.4e6, "peers": 1},
            "The only peer delivers 3.1 Mbit/s, the picture needs 5.4.",
        ),
        (
            Cause.SWARM_TOO_SLOW,
            {"delivered": 0.0, "needed": 5.4e6},
            "Peers deliver 0.0 Mbit/s, the picture needs 5.4.",
        ),
        (Cause.SWARM_TOO_SLOW, {"delivered": 0.0}, "Peers deliver nothing."),
        (Cause.NO_PEERS, {}, "Nobody is sharing this stream right now."),
        (Cause.PORT_CLOSED, {"count": 9}, "Other peers cannot reach you: the VPN port changed."),
        (Cause.PORT_CLOSED, {}, "Other peers cannot reach you: the VPN port is gone."),
        (Cause.VPN_RECONNECTED, {"seconds": 20.7}, "The VPN reconnected 20 s ago."),
        (
            Cause.VIEWER_LINK_SLOW,
            {"who": "Living-room TV", "delivered": 2.0e6, "count": 1},
            "Living-room TV reads 2.0 Mbit/s: its connection is too slow.",
        ),
        (
            Cause.PLAYER_RECONNECTS,
            {"who": "Kodi on 192.168.1.31", "period": 10.4},
            "Kodi on 192.168.1.31 closes the connection every 10 s.",
        ),
        (
            Cause.HOST_DISK,
            {"size": 120_000_000},
            "This computer is out of disk space (120 MB left).",
        ),
        (
            Cause.FINE,
            {"delivered": 6.1e6, "needed": 5.4e6, "peers": 1},
            "1 peer delivers 6.1 Mbit/s, the picture needs 5.4.",
        ),
        (
            Cause.FINE,
            {"delivered": 4.9e6, "needed": 5.4e6, "peers": 14},
            "14 peers deliver what the picture needs, 5.4 Mbit/s.",
        ),
        (
            Cause.SOURCE_LOOPING,
            {"seconds": 7500.0},
            "The broadcast is not live: its newest moment is 2 h 5 min old.",
        ),
        (
            Cause.NO_PICTURE,
            {"seconds": 12.0, "count": 1},
            "The picture stopped 12 s ago, the sound goes on.",
        ),
        (Cause.NO_PICTURE, {}, "Only sound comes, though a picture is announced."),
        (Cause.SOURCE_LOOPING, {"period": 30.2}, "The broadcast repeats itself every 30 s."),
        (
            Cause.LINE_TOO_SLOW,
            {"count": 2},
            "Both streams get too little at once: the Internet connection is too slow.",
        ),
    ],
)
def test_the_sentence(cause: Cause, facts: dict[str, object], sentence: str) -> None:
    assert said(cause, **facts) == sentence


def test_no_two_causes_say_the_same() -> None:
    sentences = [describe(full(cause)).sentence for cause in Cause]

    assert all(one != other for one, other in itertools.combinations(sentences, 2))
