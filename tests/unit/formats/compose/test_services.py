"""Services of compose files with their variables, ports and options."""

import pytest

from acedesk.formats.compose.services import (
    MOST_SERVICES,
    of_environment,
    read_env_file,
    read_services,
)
from acedesk.model.settings_import.source import ForeignSettings, Service, SourceKind

FILES = {"one.env": "A=file\nB=${X}\n", "two.env": "A=second\n", "bad.env": "what is this"}


def read_file(name: str) -> str:
    if name not in FILES:
        raise ValueError("there is no such file")
    return FILES[name]


def read(text: str, **variables: str) -> ForeignSettings:
    return read_services(text, variables, read_file)


def service(body: str, **variables: str) -> Service:
    lines = "".join(f"    {line}\n" for line in body.splitlines())
    return read(f"services:\n  it:\n{lines}", **variables).services[0]


def texts(found: Service) -> dict[str, str | None]:
    return {one.name: one.text for one in found.variables}


@pytest.mark.parametrize(
    "body",
    [
        "environment: {A: 1, B: 'yes', C: $X, D:}",
        'environment: ["A=1", "B=yes", "C=${X}", "D"]',
    ],
)
def test_the_environment_is_a_map_or_a_list(body: str) -> None:
    found = service(body, X="x", D="around")

    assert texts(found) == {"A": "1", "B": "yes", "C": "x", "D": "around"}


def test_the_last_of_two_counts_and_that_is_told() -> None:
    (found,) = service("environment: [A=1, A=2]").variables

    assert (found.text, "more than once" in found.note) == ("2", True)


@pytest.mark.parametrize(
    "body",
    [
        "env_file: one.env",
        "env_file: [one.env]",
        "env_file: [{path: one.env}]",
        "env_file: ['${NAME}.env', {path: none.env, required: false}]",
    ],
)
def test_files_of_variables_are_read(body: str) -> None:
    assert texts(service(body, X="x", NAME="one")) == {"A": "file", "B": "x"}


def test_later_files_and_the_environment_itself_count_more() -> None:
    found = service("env_file: [one.env, two.env]\nenvironment: {B: own}")

    assert texts(found) == {"A": "second", "B": "own"}


def test_a_file_that_cannot_be_read_is_told() -> None:
    found = read("services: {it: {env_file: [none.env, bad.env]}}")

    assert found.notes == (
        "it: none.env is left out: there is no such file.",
        "it: bad.env is left out: line 1 is not NAME=value.",
    )


def test_a_variable_that_must_be_set_is_a_problem_of_that_one() -> None:
    bad, good = service("environment: {A: '${NO:?}', B: 1}").variables

    assert (bad.text, "NO" in bad.problem, good.text) == (None, True, "1")


def test_all_names_of_a_service_are_known() -> None:
    found = service("container_name: c\nhostname: h\nnetworks: {n: {aliases: [x, y]}, m: }")

    assert found.names == {"it", "c", "h", "x", "y"}


@pytest.mark.parametrize(
    "body",
    [
        "command: -addr :8080 -m3u8 --timeout=5s",
        'command: ["-addr", ":8080", "-m3u8", "--timeout=5s"]',
        'entrypoint: ["/acexy", "-addr", ":8080"]\ncommand: -m3u8 --timeout 5s',
    ],
)
def test_options_of_the_command_line(body: str) -> None:
    found = {one.name: one.text for one in service(body).options}

    assert found == {"-addr": ":8080", "-m3u8": "true", "-timeout": "5s"}


def test_ports_volumes_image_and_network() -> None:
    found = service(
        "image: 'x:${T:-latest}'\nnetwork_mode: service:vpn\n"
        "ports: ['${P:-1}:2', {target: 3, published: 4}, '5:5/udp']\n"
        "volumes: ['/a:/b', {source: /c, target: /d}]"
    )

    assert (found.image, found.network, found.volumes) == (
        "x:latest",
        "service:vpn",
        ("/a:/b", "/c:/d"),
    )
    assert [(one.port, one.target) for one in found.ports] == [(1, 2), (4, 3)]


def test_maps_may_be_merged() -> None:
    text = "x-env: &env {A: 1}\nservices:\n  it:\n    environment: {<<: *env, B: 2}\n"

    assert texts(read(text).services[0]) == {"A": "1", "B": "2"}


def test_what_is_not_followed_is_told() -> None:
    found = read("include: [x.yaml]\nservices: {it: {extends: y, ports: [z], image: a, image: b}}")

    assert found.notes == (
        "“image” stands there twice; the last one counts.",
        "Files behind “include” are not read.",
        "it: what it extends is not read.",
        "it: the port “z” is left out: it is no TCP port.",
    )


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "no services"),
        ("just words", "no services"),
        ("- a\n- b", "no services"),
        ("services: []", "no services"),
        ("services: {}", "no services"),
        ("version: '3'", "no services"),
        ("a: b: c", "not YAML"),
        (
            "services: {" + ",".join(f"s{n}: {{}}" for n in range(MOST_SERVICES + 1)) + "}",
            "more than",
        ),
    ],
)
def test_says_why_it_is_none(text: str, told: str) -> None:
    with pytest.raises(ValueError, match=told):
        read(text)


def test_a_long_text_that_is_repeated_has_an_end() -> None:
    text = "services:\n  it:\n    image: &x '" + "y" * 30_000 + "$A'\n"
    text += f"    volumes: [{','.join(['*x'] * 500)}]\n"

    with pytest.raises(ValueError, match="larger than 4 MiB"):
        read(text)


def test_aliases_of_a_text_whose_variables_are_empty_are_counted() -> None:
    text = "services:\n  it:\n    image: &x '" + "$A" * 15_000 + "'\n"
    text += f"    volumes: [{','.join(['*x'] * 500)}]\n"

    with pytest.raises(ValueError, match="larger than 4 MiB"):
        read(text)


@pytest.mark.parametrize("body", ["ports: x", "ports: {a: b}", "environment: 3", "command: '\"'"])
def test_odd_shapes_are_passed_over(body: str) -> None:
    assert service(body).ports == ()


def test_environment_and_file_are_one_service_without_a_name() -> None:
    around = of_environment({"B": "2", "A": "1"})
    file = read_env_file("A=1\n", {})

    assert (around.kind, file.kind) == (SourceKind.ENVIRONMENT, SourceKind.ENV_FILE)
    assert texts(around.services[0]) == {"A": "1", "B": "2"}
    assert texts(file.services[0]) == {"A": "1"}
