"""The docker-compose file of an engine."""

import json

from acedesk.engines.definitions.compose_file import compose_file
from acedesk.engines.definitions.definition import EngineDefinition

FULL = EngineDefinition(
    image="a/b:1",
    arguments=("--live-cache-type", "memory"),
    environment={"TZ": 'Europe/"Paris"', "PRICE": "$5", "EMPTY": ""},
    port=7000,
    platform="linux/arm64",
    memory=512,
    cpus=1.5,
    tmpfs={"/cache": "rw,size=4k"},
)


def test_all_of_a_definition_is_in_the_file() -> None:
    lines = [line.strip() for line in compose_file(FULL).splitlines()]

    for line in (
        'image: "a/b:1"',
        'platform: "linux/arm64"',
        'command: ["--live-cache-type", "memory"]',
        '"TZ": "Europe/\\"Paris\\""',
        '"EMPTY": ""',
        '- "127.0.0.1:7000:7000"',
        '- "/cache:rw,size=4k"',
        "mem_limit: 512",
        "cpus: 1.5",
        "init: true",
        "restart: unless-stopped",
    ):
        assert line in lines


def test_a_dollar_sign_is_none_of_a_variable() -> None:
    assert '"PRICE": "$$5"' in compose_file(FULL)


def test_what_is_not_set_is_not_in_the_file() -> None:
    text = compose_file(EngineDefinition(image="a/b", port=6878))

    for word in ("platform", "command", "environment", "tmpfs", "mem_limit", "cpus"):
        assert f"{word}:" not in text


def test_a_whole_command_needs_no_explanation() -> None:
    text = compose_file(EngineDefinition(image="a/b", port=1, arguments=("engine", "--x")))

    assert 'command: ["engine", "--x"]' in text
    assert "own command" not in text
    assert "own command" in compose_file(FULL)


def test_texts_are_quoted_as_json_which_every_yaml_reader_reads() -> None:
    line = next(line for line in compose_file(FULL).splitlines() if "command:" in line)

    assert json.loads(line.partition("command:")[2]) == list(FULL.arguments)
