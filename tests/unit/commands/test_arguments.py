"""Options and commands, as people type them."""

import pathlib

import hypothesis
import hypothesis.strategies as st
import pytest

from acedesk import __version__
from acedesk.commands.arguments import COMMANDS, Arguments, read

LINK = "acestream://94c2fd8fb9bc8f2fc71a2cbe9d4b866f227a0209"


def test_nothing_is_the_desktop() -> None:
    assert read([]) == Arguments(command="desktop")


def test_a_link_is_for_the_desktop() -> None:
    assert read([LINK, "--demo"]) == Arguments(command="desktop", link=LINK, demo=True)


@pytest.mark.parametrize("argv", [["--self-test", "--json"], ["--json", "--self-test"]])
def test_the_self_test_is_a_command_that_looks_like_an_option(argv: list[str]) -> None:
    assert read(argv) == Arguments(command="--self-test", json=True)


def test_the_self_test_takes_nothing_of_the_desktop(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="2"):
        read(["--self-test", LINK])

    assert "unrecognized arguments" in capsys.readouterr().err


def test_the_help_names_the_self_test(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="0"):
        read(["--help"])

    told = capsys.readouterr().out
    assert "--self-test" in told
    assert "--windows-only" not in told


@pytest.mark.parametrize(
    "argv", [["serve", "--demo"], ["--demo", "serve"], ["--demo", "serve", "--demo"]]
)
def test_options_stand_before_or_after_the_command(argv: list[str]) -> None:
    assert read(argv) == Arguments(command="serve", demo=True)


def test_every_option_of_serve_is_read() -> None:
    found = read(
        [
            "serve",
            "--demo",
            "--engine",
            "10.0.0.1:6878",
            "--engine",
            "[::1]:6879",
            "--host",
            "0.0.0.0",
            "--port",
            "0",
            "--data-dir",
            "/d",
            "--config",
            "/c.toml",
            "--log-level",
            "debug",
        ]
    )

    assert found == Arguments(
        command="serve",
        demo=True,
        settings={
            "engines": ("10.0.0.1:6878", "[::1]:6879"),
            "host": "0.0.0.0",
            "port": 0,
            "log_level": "debug",
        },
        data_dir=pathlib.Path("/d"),
        config=pathlib.Path("/c.toml"),
    )


@pytest.mark.parametrize("option", ["--data-dir", "--config", "--host"])
@pytest.mark.parametrize("command", COMMANDS)
def test_the_value_of_an_option_may_be_the_name_of_a_command(option: str, command: str) -> None:
    assert read([option, command]).command == "desktop"
    assert read([option, command, "serve"]).command == "serve"


def test_options_of_one_command_may_stand_before_it() -> None:
    assert read(["--template", "quit", "compose-file"]).template == "quit"
    assert read(["--lines", "5", "engines", "logs", "one"]).lines == 5


def test_after_two_dashes_a_command_is_a_link() -> None:
    assert read(["--demo", "--", "serve"]) == Arguments(command="desktop", demo=True, link="serve")


def test_the_small_commands_have_their_options() -> None:
    assert read(["url", LINK]).link == LINK
    assert read(["status", "--json"]).json
    assert read(["doctor", "--json"]).json
    assert read(["install-desktop", "--links"]).links
    assert read(["uninstall-desktop"]).command == "uninstall-desktop"
    assert read(["demo-engine", "--list"]).list
    assert read(["demo-engine", "--port", "6878"]).port == 6878
    assert read(["--background"]).background


@pytest.mark.parametrize(
    ("argv", "words"),
    [
        (["serve", "--port", "many"], "--port"),
        (["serve", "--port", "70000"], "at most 65535"),
        (["serve", "--engine", "no host"], "host:port"),
        (["serve", "--log-level", "loud"], "debug, info, warning, error"),
        (["serve", "--frobnicate"], "--frobnicate"),
        (["serve", LINK], LINK),
        (["serve", "--background"], "--background"),
        (["serve", "--data-dir", ""], "--data-dir"),
        ([LINK, LINK], LINK),
        (["url"], "LINK"),
        (["demo-engine"], "--port"),
        (["demo-engine", "--port", "1", "--list"], "--list"),
        (["--por", "1"], "--por"),
    ],
)
def test_bad_arguments_end_with_2_and_one_line(
    argv: list[str], words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as caught:
        read(argv)

    told = capsys.readouterr()
    assert caught.value.code == 2
    assert told.out == ""
    assert told.err.count("\n") == 1
    assert words in told.err


@hypothesis.given(argv=st.lists(st.text(max_size=20) | st.sampled_from(["serve", "--port", "--"])))
def test_any_arguments_are_read_or_refused(argv: list[str]) -> None:
    hypothesis.assume(not {"-h", "--help"} & set(argv))
    try:
        read(argv)
    except SystemExit as exc:
        assert exc.code in (0, 2)  # noqa: PT017 - both ways are allowed


def test_the_version_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        read(["--version"])

    assert caught.value.code == 0
    assert capsys.readouterr().out == f"acedesk {__version__}\n"


def test_the_help_names_every_command_and_option(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        read(["--help"])

    text = capsys.readouterr().out
    options = "--demo --engine --host --port --data-dir --config --log-level --background --version"
    assert [name for name in (*COMMANDS, *options.split()) if name not in text] == []


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_its_own_help(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        read([command, "--help"])

    assert caught.value.code == 0
    assert f"acedesk {command}" in capsys.readouterr().out


def test_what_may_be_done_with_tokens() -> None:
    assert read(["tokens", "list", "--json"]).action == "list"
    made = read(["tokens", "add", "Bedroom TV", "--play"])
    assert (made.action, made.name, made.play) == ("add", "Bedroom TV", True)
    assert read(["tokens", "revoke", "TV"]).name == "TV"
    for words in (["add"], ["revoke"], ["change", "TV"]):
        with pytest.raises(SystemExit):
            read(["tokens", *words])


@pytest.mark.parametrize(
    "words",
    [
        ["tokens", "add", "--play", "TV"],
        ["tokens", "--play", "add", "TV"],
        ["tokens", "add", "TV", "--play"],
        ["tokens", "revoke", "--data-dir", "D", "TV"],
        ["--data-dir", "D", "tokens", "revoke", "TV"],
        ["tokens", "add", "--play", "--", "-TV"],
        ["engines", "logs", "--lines", "7", "TV"],
    ],
)
def test_an_option_may_stand_between_action_and_name(words: list[str]) -> None:
    found = read(words)

    assert (found.action, found.name.lstrip("-")) == (
        next(word for word in words if word in ("add", "revoke", "logs")),
        "TV",
    )
    assert found.play is ("--play" in words)
    assert (found.data_dir is not None) is ("--data-dir" in words)


@pytest.mark.parametrize("words", [["add", "--play"], ["add", "TV", "box"], ["list", "--bad"]])
def test_what_is_no_action_with_a_name_is_refused(
    words: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        read(["tokens", *words])

    assert capsys.readouterr().err.startswith("acedesk: ")


def test_what_may_be_done_with_engines() -> None:
    assert read(["engines", "list", "--json"]).action == "list"
    drained = read(["engines", "drain", "engine-2"])
    assert (drained.action, drained.name) == ("drain", "engine-2")
    logs = read(["engines", "logs", "engine-2", "--lines", "7"])
    assert (logs.name, logs.lines) == ("engine-2", 7)
    assert read(["engines", "take-over", "--yes"]).yes
    assert read(["events", "--follow"]).follow
    assert read(["test", "a" * 40, "--json"]).link == "a" * 40


@pytest.mark.parametrize("action", ["drain", "undrain", "replace", "remove", "restart", "logs"])
def test_what_is_done_with_one_engine_needs_its_name(
    action: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        read(["engines", action])

    assert "which engine?" in capsys.readouterr().err


def test_an_orchestrator_and_its_key_are_settings_of_this_run() -> None:
    found = read(["serve", "--orchestrator", "http://nas:8000", "--api-key", "s3cret"])

    assert found.settings == {
        "orchestrator_url": "http://nas:8000",
        "orchestrator_api_key": "s3cret",
    }


def test_a_key_that_cannot_be_sent_is_not_repeated(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="2"):
        read(["serve", "--orchestrator", "http://nas:8000", "--api-key", "s3cret key"])

    told = capsys.readouterr().err
    assert "--api-key" in told
    assert "s3cret" not in told


def test_the_value_of_an_option_is_no_command() -> None:
    assert read(["--api-key", "status", "serve"]).command == "serve"
