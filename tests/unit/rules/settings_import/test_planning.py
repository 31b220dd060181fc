"""Which services are looked at, and what is said of the whole."""

import hypothesis
import hypothesis.strategies as st
import pytest

from acedesk.model.settings_import.source import (
    ForeignSettings,
    PublishedPort,
    Service,
    SourceKind,
    Variable,
)
from acedesk.rules.settings_import.planning import MOST_NOTES, plan
from acedesk.rules.settings_import.table import ACEXY, ORCHESTRATOR
from acedesk.settings import Settings

NOW = Settings()


def service(name: str = "", image: str = "", **texts: str) -> Service:
    variables = tuple(Variable(name=name, text=text) for name, text in texts.items())
    return Service(name=name, image=image, variables=variables)


def file_of(*services: Service, kind: SourceKind = SourceKind.COMPOSE) -> ForeignSettings:
    return ForeignSettings(kind=kind, services=services)


@pytest.mark.parametrize(
    "acexy",
    [
        service("a", "ghcr.io/javinator9889/acexy:1", ACEXY_EMPTY_TIMEOUT="9s"),
        service("a", "built-here", ACEXY_EMPTY_TIMEOUT="9s"),
    ],
)
def test_acexy_is_known_by_its_image_or_its_variables(acexy: Service) -> None:
    assert plan(file_of(acexy), NOW, "x").values == {"switch_timeout": 9.0}


@pytest.mark.parametrize(
    "orchestrator",
    [
        service("o", "krinkuto11/acestream-orchestrator", MAX_REPLICAS="9"),
        service("o", "built-here", MAX_REPLICAS="9", ACEXY_ENABLED="true"),
    ],
)
def test_the_orchestrator_is_known_by_its_image_or_its_variables(orchestrator: Service) -> None:
    assert plan(file_of(orchestrator), NOW, "x").values == {"max_engines": 9}


def test_other_services_are_named_and_not_looked_at() -> None:
    vpn = service("vpn", "qmcgaw/gluetun", API_KEY="secret", DEBUG_MODE="true")

    found = plan(file_of(vpn, service("a", "acexy", ACEXY_TIMEOUT="1")), NOW, "x")

    assert {one.service for one in found.findings} == {"a"}
    assert found.notes == ("Not looked at, because they are other programs: vpn.",)


def test_a_file_without_either_says_so() -> None:
    found = plan(file_of(service("db", "postgres")), NOW, "x")

    assert found.notes[-1] == "Nothing of acexy or acestream-orchestrator was found."


@pytest.mark.parametrize("kind", [SourceKind.ENVIRONMENT, SourceKind.ENV_FILE])
def test_nothing_at_all_says_so(kind: SourceKind) -> None:
    assert plan(file_of(service(), kind=kind), NOW, "x").notes != ()


def test_an_environment_with_common_names_only_is_for_others() -> None:
    around = service(API_KEY="x", DEBUG_MODE="1", DOCKER_HOST="y")

    assert plan(file_of(around, kind=SourceKind.ENVIRONMENT), NOW, "x").findings == ()
    assert len(plan(file_of(around, kind=SourceKind.ENV_FILE), NOW, "x").findings) == 3


def test_both_programs_in_one_file_have_one_port() -> None:
    def with_port(one: Service, outside: int, target: int) -> Service:
        port = PublishedPort(text="x", host="", port=outside, target=target)
        return Service(name=one.name, image=one.image, ports=(port,))

    both = file_of(
        with_port(service("o", "acestream-orchestrator"), 8000, 8000),
        with_port(service("a", "acexy"), 8081, 8080),
    )

    assert plan(both, NOW, "x").values == {"host": "0.0.0.0", "port": 8081}


def test_an_orchestrator_of_the_same_file_is_what_acedesk_becomes() -> None:
    acexy = service("a", "acexy", ACEXY_ORCH_URL="http://o:8000", ACEXY_ORCH_APIKEY="secret")

    together = plan(file_of(acexy, service("o", "acestream-orchestrator")), NOW, "x")
    alone = plan(file_of(service("a", "acexy", ACEXY_ORCH_URL="http://nas:8000")), NOW, "x")

    assert together.values == {}
    assert alone.values == {"orchestrator_url": "http://nas:8000"}


def test_more_engines_than_there_may_be_are_told() -> None:
    found = plan(file_of(service("o", MIN_REPLICAS="30", MAX_REPLICAS="9")), NOW, "x")

    assert found.notes == (
        "“Engines at least” is 30, but no more than 9 are made (“Engines at most”).",
    )


def test_notes_have_an_end() -> None:
    foreign = ForeignSettings(kind=SourceKind.COMPOSE, services=(), notes=("n",) * 1000)

    assert len(plan(foreign, NOW, "x").notes) == MOST_NOTES + 1


@hypothesis.settings(max_examples=30)
@hypothesis.given(
    st.dictionaries(st.sampled_from(sorted({*ACEXY, *ORCHESTRATOR})), st.text(max_size=30))
)
def test_whatever_stands_there_what_is_taken_can_be_saved(texts: dict[str, str]) -> None:
    found = plan(file_of(service(**texts), kind=SourceKind.ENV_FILE), NOW, "x")

    NOW.changed(found.values)
    assert {one.name for one in found.findings} == set(texts)
