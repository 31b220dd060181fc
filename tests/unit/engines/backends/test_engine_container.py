"""What an engine's container is made of, and how it is read back."""

import dataclasses

import pytest

from acedesk.containers.runtime import (
    DEFINITION_LABEL,
    ENGINE_LABEL,
    INSTANCE_LABEL,
    NAME_LABEL,
    PORT_LABEL,
    ContainerInfo,
    ContainerSpec,
    DockerLocation,
)
from acedesk.engines.backends.engine_container import (
    container_spec,
    engine_addresses,
    engine_spec,
    inside_port,
    orphan_view,
)
from acedesk.engines.definitions.catalogue import catalogue
from acedesk.engines.definitions.define import define
from acedesk.errors import BadRequest
from acedesk.model.engine import BackendId
from acedesk.settings import Settings

HERE = BackendId("docker:here")
INFO = ContainerInfo(
    id="ab" * 32,
    name="acedesk-engine-1",
    image="engine:1",
    running=True,
    status="running",
    labels={NAME_LABEL: "engine-1", PORT_LABEL: "6878", INSTANCE_LABEL: "other"},
    published={6878: ("127.0.0.1", 40_001)},
)


def _made(settings: Settings, *, name: str = "engine-1", key: str = "k1") -> ContainerSpec:
    return container_spec(
        define(settings, catalogue()), {"mark": "ours"}, container_name="c", name=name, key=key
    )


def test_a_container_carries_whose_it_is_and_what_it_is() -> None:
    spec = _made(Settings(engine_port=7000))

    assert spec.port == 7000
    assert dict(spec.labels) == {
        "mark": "ours",
        NAME_LABEL: "engine-1",
        PORT_LABEL: "7000",
        ENGINE_LABEL: "k1",
        DEFINITION_LABEL: spec.labels[DEFINITION_LABEL],
    }
    assert len(spec.labels[DEFINITION_LABEL]) == 16


@pytest.mark.parametrize(
    "changed",
    [
        {"engine_image": "other"},
        {"engine_arguments": "--quiet"},
        {"engine_port": 7000},
        {"engine_environment": "TZ=UTC"},
        {"engine_platform": "linux/arm64"},
        {"engine_memory": 512},
        {"engine_cpus": 1.5},
        {"engine_cache": 100},
    ],
)
def test_another_definition_has_another_hash(changed: dict[str, object]) -> None:
    before, after = _made(Settings()), _made(Settings().changed(changed))

    assert before.labels[DEFINITION_LABEL] != after.labels[DEFINITION_LABEL]


def test_engines_that_differ_in_their_names_only_have_one_definition() -> None:
    first, second = _made(Settings()), _made(Settings(), name="engine-2", key="k2")

    assert first.labels[DEFINITION_LABEL] == second.labels[DEFINITION_LABEL]


def test_arguments_with_an_unfinished_quote_are_refused() -> None:
    with pytest.raises(BadRequest, match="unfinished quote"):
        _made(Settings(engine_arguments="--name 'two"))


def test_a_running_container_is_an_engine_where_it_is_reached() -> None:
    spec = engine_spec(INFO, HERE, ("127.0.0.1", 40_001))

    assert (spec.name, spec.host, spec.port) == ("engine-1", "127.0.0.1", 40_001)
    assert (spec.id, spec.container_id, spec.backend_id) == (INFO.id, INFO.id, HERE)


def test_an_engine_that_cannot_be_reached_has_no_port() -> None:
    stopped = dataclasses.replace(INFO, running=False)

    assert engine_spec(INFO, HERE).port == 0
    assert engine_spec(stopped, HERE, ("127.0.0.1", 40_001)).port == 0


@pytest.mark.parametrize("change", [{"running": False}, {"published": {}}, {"labels": {}}])
def test_an_engine_that_does_not_run_or_is_nowhere_has_no_addresses(
    change: dict[str, object],
) -> None:
    changed = dataclasses.replace(INFO, **change)  # type: ignore[arg-type]

    assert engine_addresses(INFO, DockerLocation()) == (("127.0.0.1", 40_001),)
    assert engine_addresses(changed, DockerLocation()) == ()


@pytest.mark.parametrize(("label", "port"), [("6878", 6878), ("", 0), ("x", 0), ("²", 0)])
def test_the_port_inside_is_the_one_of_the_label(label: str, port: int) -> None:
    assert inside_port(dataclasses.replace(INFO, labels={PORT_LABEL: label})) == port


def test_an_engine_of_another_acedesk_is_in_use_while_it_runs() -> None:
    stopped = dataclasses.replace(INFO, running=False)
    old = dataclasses.replace(INFO, labels={NAME_LABEL: "engine-1"})

    assert orphan_view(INFO, HERE).in_use
    assert not orphan_view(stopped, HERE).in_use
    assert not orphan_view(old, HERE).in_use
    assert orphan_view(old, HERE).instance == ""
