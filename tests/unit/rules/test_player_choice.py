import pytest
from hypothesis import given
from hypothesis import strategies as st

from acedesk.model.player import COMMAND_PLAYER, KNOWN_PLAYERS, Player
from acedesk.rules.player_choice import (
    OPENING,
    SAME_PRESS,
    Answer,
    PlayerChoice,
    choose_player,
    plays_already,
    sort_players,
)

VLC = Player(id="vlc", name="VLC", command=("vlc",))
MPV = Player(id="mpv", name="mpv", command=("mpv",))
OWN = Player(id=COMMAND_PLAYER, name="own", command=("own", "{url}"))


def test_the_first_found_is_asked_about() -> None:
    assert choose_player((VLC, MPV), action="open", wanted="") == PlayerChoice(Answer.ASK, VLC)


def test_the_chosen_one_opens() -> None:
    assert choose_player((VLC, MPV), action="open", wanted="mpv") == PlayerChoice(Answer.OPEN, MPV)


def test_a_chosen_one_that_is_gone_is_not_replaced_in_silence() -> None:
    assert choose_player((VLC,), action="open", wanted="mpv") == PlayerChoice(Answer.MISSING, VLC)
    assert choose_player((), action="open", wanted="mpv") == PlayerChoice(Answer.MISSING)


def test_a_command_of_ones_own_opens_unasked_unless_another_was_chosen() -> None:
    found = (OWN, VLC)

    assert choose_player(found, action="open", wanted="") == PlayerChoice(Answer.OPEN, OWN)
    assert choose_player(found, action="open", wanted="vlc") == PlayerChoice(Answer.OPEN, VLC)


def test_without_any_player_that_is_said() -> None:
    assert choose_player((), action="open", wanted="") == PlayerChoice(Answer.NONE)


@given(wanted=st.sampled_from(["", COMMAND_PLAYER, *KNOWN_PLAYERS]))
def test_copying_asks_for_no_player(wanted: str) -> None:
    assert choose_player((VLC,), action="copy", wanted=wanted) == PlayerChoice(Answer.COPY)


def test_the_chosen_one_is_offered_first_and_the_others_in_their_order() -> None:
    found = (VLC, MPV, OWN)

    assert sort_players(found, "mpv") == (MPV, VLC, OWN)
    assert sort_players(found, "") == (OWN, VLC, MPV)
    assert sort_players((VLC, MPV), "") == (VLC, MPV)


@pytest.mark.parametrize(
    ("ago", "runs", "watched", "already"),
    [
        (None, False, False, False),
        (None, False, True, False),  # a player of somebody else's doing
        (SAME_PRESS / 2, False, False, True),  # it handed the address to its window
        (SAME_PRESS * 2, False, True, False),  # closed again
        (OPENING / 2, True, False, True),  # it has not asked for the stream yet
        (OPENING * 2, True, True, True),
        (OPENING * 2, True, False, False),  # VLC stays open after the end of a stream
    ],
)
def test_a_player_that_plays_is_left_alone(
    ago: float | None, runs: bool, watched: bool, already: bool
) -> None:
    assert plays_already(opened_ago=ago, runs=runs, watched=watched) is already
