"""Players are named; without one there is something to do."""

from acedesk.doctor.finding import Level
from acedesk.doctor.players import check_players
from acedesk.model.player import Player


def test_the_players_are_named() -> None:
    vlc = Player(id="vlc", name="VLC", command=("vlc",))
    mpv = Player(id="mpv", name="mpv", command=("mpv",))

    assert check_players((vlc, mpv)).text == "VLC, mpv"


def test_no_player_is_a_warning() -> None:
    finding = check_players(())

    assert finding.level is Level.WARN
    assert finding.fix
