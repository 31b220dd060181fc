"""Further computers with Docker, as they are written."""

import hypothesis
import hypothesis.strategies as st
import pytest

from acedesk.settings.engine_host import EngineHost, parse_host


@pytest.mark.parametrize(
    ("text", "host"),
    [
        ("nas=ssh://eva@nas max=4", EngineHost(name="nas", address="ssh://eva@nas", limit=4)),
        (
            "big=tcp://192.168.1.9:2376 tls=/home/eva/certs",
            EngineHost(name="big", address="tcp://192.168.1.9:2376", tls_dir="/home/eva/certs"),
        ),
        ("own=unix:///run/d.sock", EngineHost(name="own", address="unix:///run/d.sock")),
        ("pipe=npipe:////./pipe/x", EngineHost(name="pipe", address="npipe:////./pipe/x")),
        ("work=context:office max=2", EngineHost(name="work", context="office", limit=2)),
        (" pod=podman ", EngineHost(name="pod")),
        (
            "all=tcp://h:2375 swarm max=9",
            EngineHost(name="all", address="tcp://h:2375", limit=9, swarm=True),
        ),
    ],
)
def test_a_host_has_a_name_and_an_address(text: str, host: EngineHost) -> None:
    found = parse_host(text)

    assert found == host
    assert parse_host(found.text) == host
    assert found.backend_id == f"{'swarm' if host.swarm else 'docker'}:{host.name}"
    assert found.is_podman == (host.name == "pod")


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "must be NAME=address"),
        ("ssh://nas", "must be NAME=address"),
        ("Nas=ssh://nas", "must be NAME=address"),
        ("local=ssh://nas", "must be NAME=address"),
        ("nas=", "must be NAME=address"),
        ("nas=192.168.1.5", "none of ssh://, tcp://"),
        ("nas=ftp://nas", "none of ssh://, tcp://"),
        ("nas=tcp://", "none of ssh://, tcp://"),
        ("nas=tcp://nas:99999", "none of ssh://, tcp://"),
        ("nas=unix://", "none of ssh://, tcp://"),
        ("pod=podman swarm", "none of ssh://, tcp://"),
        ("nas=context:", "names no context"),
        ("nas=ssh://nas max=many", "max= must be a number"),
        ("nas=ssh://nas max=1001", "max= must be a number"),
        ("nas=ssh://nas colour=red", "only max=, tls= and swarm stand"),
    ],
)
def test_what_is_no_host_is_refused_with_a_reason(text: str, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        parse_host(text)


@hypothesis.given(st.text() | st.text().map(lambda rest: f"nas=tcp://{rest}"))
def test_any_text_is_a_host_or_refused(text: str) -> None:
    try:
        found = parse_host(text)
    except ValueError:
        return
    assert found.name


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("nas=ssh://eva:secret@nas", "ssh://eva@nas"),
        ("pod=podman", "Podman"),
        ("work=context:office", "context:office"),
    ],
)
def test_a_host_is_shown_without_a_password(text: str, shown: str) -> None:
    assert parse_host(text).shown == shown
