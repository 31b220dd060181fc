"""The result of a tried link for people."""

from acedesk.commands.running.link_test import format_result

PLAYS = {
    "sentence": "It plays.",
    "plays": True,
    "peers": 14,
    "first_byte": 2.3,
    "bit_rate": 4_100_000,
    "codecs": "H.264 · AAC",
    "width": 1920,
    "height": 1080,
    "seconds": 8.2,
    "engine_name": "engine-1",
}


def test_all_that_was_learned_is_printed() -> None:
    lines = format_result(PLAYS)

    assert lines[0] == "It plays."
    assert "  Peers             14" in lines
    assert "  Picture           1920 x 1080" in lines
    assert "  Tried             8.2 s on engine-1" in lines


def test_what_is_not_known_is_left_out() -> None:
    lines = format_result({"sentence": "It does not play.", "engine_name": "e", "seconds": 1.0})

    assert lines == ["It does not play.", "  Tried             1.0 s on e"]
