"""Arguments stand behind what an image starts, whatever its shape."""

import pathlib
import shlex
import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from acedesk.containers.image_command import ImageCommand, extend

SHELL = ("/bin/sh", "-c")


def started(image: ImageCommand, text: str) -> tuple[str, ...]:
    """Return what Docker starts: an own entrypoint drops the image's command."""
    given_ = extend(image, shlex.split(text))
    entrypoint = given_.entrypoint or image.entrypoint
    command = given_.command or (() if given_.entrypoint else image.command)
    return (*entrypoint, *command)


@pytest.mark.parametrize(
    ("entrypoint", "command"),
    [
        (("/engine",), ()),
        (("/engine",), ("--usual", "--more=1")),
        ((), ("engine", "--usual")),
        (("tini", "--"), ("/start.sh",)),
        (("/entrypoint.sh",), ("engine",)),
        (("sh", "-c", 'exec engine "$@"', "--"), ()),
        (("sh", "-c", 'exec "$@"', "--"), ("engine", "--usual")),
        ((), ()),
    ],
)
def test_arguments_follow_the_words_of_an_image(
    entrypoint: tuple[str, ...], command: tuple[str, ...]
) -> None:
    image = ImageCommand(entrypoint=entrypoint, command=command)

    assert started(image, "--cache memory") == (*entrypoint, *command, "--cache", "memory")


def test_without_arguments_the_image_starts_as_it_does() -> None:
    image = ImageCommand(entrypoint=("a",), command=("b",))

    assert extend(image, ()) == ImageCommand()


@pytest.mark.parametrize("shell", [SHELL, ("/bin/bash", "-o", "pipefail", "-c"), ("ash", "-ec")])
@pytest.mark.parametrize(
    ("line", "extended"),
    [
        ("start-engine --usual", "start-engine --usual --x 'a b'"),
        ("start-engine --usual;", "start-engine --usual --x 'a b'"),
        ("start-engine --usual\n", "start-engine --usual --x 'a b'"),
        ("cd /opt && ./start-engine", "cd /opt && ./start-engine --x 'a b'"),
        ("start-engine & wait", "start-engine --x 'a b' & wait"),
        ("start-engine 2>&1 | tee /log", "start-engine 2>&1 --x 'a b' | tee /log"),
        ("start-engine >/log 2>&1; sleep 1", "start-engine >/log 2>&1 --x 'a b'; sleep 1"),
        ("echo 'a;b' && run \"x && y\"", "echo 'a;b' && run \"x && y\" --x 'a b'"),
        ("cd /opt\nstart-engine\nsleep 1", "cd /opt\nstart-engine --x 'a b'\nsleep 1"),
    ],
)
def test_in_a_line_for_a_shell_they_follow_the_engine(
    shell: tuple[str, ...], line: str, extended: str
) -> None:
    words = "--x 'a b'"
    of_command = ImageCommand(command=(*shell, line))
    of_entrypoint = ImageCommand(entrypoint=(*shell, line), command=("ignored",))
    without_command = ImageCommand(entrypoint=(*shell, line))

    assert started(of_command, words) == (*shell, extended)
    assert started(without_command, words) == (*shell, extended)
    assert started(of_entrypoint, words) == (*shell, extended, "ignored")


def test_a_line_that_reads_the_commands_words_gets_more_of_them() -> None:
    image = ImageCommand(entrypoint=(*SHELL, 'exec engine "$@"'), command=("sh", "--usual"))

    assert started(image, "--x") == (*image.entrypoint, "sh", "--usual", "--x")


@pytest.mark.parametrize(
    "written",
    [
        "start-engine --client-console --x",
        "/opt/acestream/start-engine --x",
        "sh -c 'exec engine'",
    ],
)
@pytest.mark.parametrize(
    "image",
    [
        ImageCommand(command=("start-engine", "--client-console")),
        ImageCommand(entrypoint=("/entrypoint.sh",), command=("start-engine",)),
        ImageCommand(command=(*SHELL, "start-engine --client-console")),
    ],
)
def test_a_whole_command_as_acedesk_0_1_needed_it_still_is_the_command(
    image: ImageCommand, written: str
) -> None:
    assert started(image, written) == (*image.entrypoint, *shlex.split(written))


def test_a_repetition_of_the_images_own_arguments_is_not_repeated() -> None:
    image = ImageCommand(entrypoint=("engine",), command=("--client-console", "--bind-all"))

    told = started(image, "--client-console --bind-all --x")

    assert told == ("engine", "--client-console", "--bind-all", "--x")


_words = st.lists(
    st.text(min_size=1, alphabet=st.characters(codec="utf-8", exclude_characters="\0")), max_size=4
)


@given(_words, _words, st.text(alphabet=st.characters(codec="utf-8")))
def test_no_word_of_an_image_is_lost(entrypoint: list[str], command: list[str], value: str) -> None:
    image = ImageCommand(entrypoint=tuple(entrypoint), command=tuple(command))

    told = extend(image, ["--x", value])

    kept = (*(told.entrypoint or image.entrypoint), *told.command)
    assert len(kept) >= len(entrypoint) + (len(command) if told.command else 0)
    assert " ".join(kept).endswith(value) or shlex.quote(value) in " ".join(kept)


@pytest.mark.skipif(sys.platform == "win32", reason="a shell of Linux")
@pytest.mark.parametrize(
    "line",
    ["engine --a", "engine --a; true", "engine & wait", "engine | cat", "true && engine --a"],
)
def test_a_shell_understands_the_line(tmp_path: pathlib.Path, line: str) -> None:
    engine = tmp_path / "engine"
    engine.write_text('#!/bin/sh\nfor word in "$@"; do echo "[$word]"; done\n')
    engine.chmod(0o755)

    told = started(ImageCommand(command=(*SHELL, line)), "--x 'two words' '$HOME'")
    done = subprocess.run(
        told, env={"PATH": f"{tmp_path}:/usr/bin:/bin"}, capture_output=True, text=True, timeout=20
    )

    assert done.stdout.split("\n")[-4:-1] == ["[--x]", "[two words]", "[$HOME]"]
