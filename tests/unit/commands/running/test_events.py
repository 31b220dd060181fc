"""Events as lines of a terminal."""

from acedesk.commands.running.events import format_event


def row(kind: str, subject: str = "s", **data: object) -> dict[str, object]:
    return {
        "number": 1,
        "time": "2026-01-01T12:00:00Z",
        "kind": kind,
        "subject": subject,
        "cause": "",
        "data": data,
    }


def test_a_line_has_the_time_and_the_words() -> None:
    line = format_event(row("engine_removed", "e", name="engine-1"), {})

    assert line.endswith("  engine-1: Was removed")
    assert line[:3] == "202"


def test_titles_are_learned_from_earlier_events() -> None:
    titles: dict[str, str] = {}
    format_event(row("stream_began", name="Local TV"), titles)

    line = format_event(row("client_joined", "c", stream="s", player="VLC"), titles)

    assert "Local TV" in line


def test_a_kind_of_a_newer_acedesk_is_shown_as_it_is() -> None:
    assert format_event(row("of_the_future"), {}).endswith("s of_the_future")


def test_names_cannot_command_the_terminal() -> None:
    assert "\x1b" not in format_event(row("engine_removed", "e", name="\x1b[2J"), {})
