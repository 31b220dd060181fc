"""The table names every variable of the peers, and settings that there are."""

import pytest

from acedesk.model.settings_import.source import ForeignSettings, Service, SourceKind, Variable
from acedesk.rules.settings_import.planning import plan
from acedesk.rules.settings_import.table import (
    ACEXY,
    ACEXY_OPTIONS,
    FAMILIES,
    ONLY_ORCHESTRATOR,
    ORCHESTRATOR,
)
from acedesk.settings import Settings

# A value that is good there, for each that becomes a setting.
GOOD = {
    "ACEXY_LISTEN_ADDR": ":9090",
    "ACEXY_ADDR": ":9090",
    "ACEXY_HOST": "192.168.1.5",
    "ACEXY_PORT": "6879",
    "ACEXY_M3U8_STREAM_TIMEOUT": "60s",
    "ACEXY_EMPTY_TIMEOUT": "1m",
    "ACEXY_BUFFER_SIZE": "128MiB",
    "ACEXY_BUFFER": "128MiB",
    "ACEXY_NO_RESPONSE_TIMEOUT": "10s",
    "ACEXY_CLIENT_EVICTION_TIMEOUT": "15s",
    "ACEXY_STREAM_GRACE_PERIOD": "5s",
    "ACEXY_MAX_STREAMS_PER_ENGINE": "3",
    "ACEXY_LOG_LEVEL": "DEBUG",
    "DEBUG_MODE": "true",
    "ENGINE_VARIANT": "jopsis-amd64",
    "MIN_REPLICAS": "2",
    "MIN_FREE_REPLICAS": "1",
    "MAX_REPLICAS": "6",
    "MAX_ACTIVE_REPLICAS": "6",
    "MAX_STREAMS_PER_ENGINE": "3",
    "STARTUP_TIMEOUT_S": "25",
    "ENGINE_GRACE_PERIOD_S": "30",
    "HEALTH_CHECK_INTERVAL_S": "20",
    "CIRCUIT_BREAKER_FAILURE_THRESHOLD": "4",
    "CIRCUIT_BREAKER_RECOVERY_TIMEOUT_S": "200",
    "CIRCUIT_BREAKER_REPLACEMENT_THRESHOLD": "2",
    "CIRCUIT_BREAKER_REPLACEMENT_TIMEOUT_S": "100",
    "GLUETUN_CONTAINER_NAME": "vpn1",
    "GLUETUN_API_PORT": "8001",
    "MAX_CONCURRENT_PROVISIONS": "3",
    "MIN_PROVISION_INTERVAL_S": "1.5",
    "ENGINE_MEMORY_LIMIT": "512m",
    "STREAM_LOOP_DETECTION_ENABLED": "true",
    "STREAM_LOOP_DETECTION_THRESHOLD_S": "1800",
    "STREAM_LOOP_RETENTION_MINUTES": "60",
    "REDIS_HOST": "192.168.1.5",
}
EVERY = {**ACEXY, **ORCHESTRATOR}


def findings(**variables: str) -> dict[str, str]:
    """Return the outcome of each variable of an environment file."""
    service = Service(
        variables=tuple(Variable(name=name, text=text) for name, text in variables.items())
    )
    foreign = ForeignSettings(kind=SourceKind.ENV_FILE, services=(service,))
    return {one.name: one.outcome.value for one in plan(foreign, Settings(), "x").findings}


def test_what_has_a_counterpart_is_taken() -> None:
    found = [findings(**{name: text}) for name, text in GOOD.items()]

    assert found == [{name: "taken"} for name in GOOD]


def test_all_others_say_why_not() -> None:
    others = {name: "http" for name in EVERY if name not in GOOD} | {"VPN_MODE": "single"}

    assert set(findings(**others).values()) == {"not_applicable"}
    assert [name for name in others if not (EVERY[name].reason or EVERY[name].read)] == []


@pytest.mark.parametrize("text", ["???", "-1", "9" * 30])
def test_what_has_a_counterpart_refuses_nonsense(text: str) -> None:
    texts = dict.fromkeys(GOOD, text)
    for name in ("ACEXY_HOST", "GLUETUN_CONTAINER_NAME", "REDIS_HOST"):  # any text is a name
        del texts[name]

    assert {name for name, outcome in findings(**texts).items() if outcome != "refused"} == set()


@pytest.mark.parametrize("prefix", FAMILIES)
def test_families_say_why_not(prefix: str) -> None:
    assert findings(**{f"{prefix}SOMETHING": "1"}) == {f"{prefix}SOMETHING": "not_applicable"}


def test_options_are_for_variables_of_the_table() -> None:
    assert set(ACEXY_OPTIONS.values()) <= set(ACEXY)


def test_common_names_alone_make_no_orchestrator() -> None:
    common = {"API_KEY", "DB_URL", "APP_PORT", "DOCKER_HOST", "DOCKER_NETWORK", "DEBUG_MODE"}
    common |= {"REDIS_HOST", "REDIS_PORT", "REDIS_DB"}

    assert ONLY_ORCHESTRATOR.isdisjoint(common)
    assert "MIN_REPLICAS" in ONLY_ORCHESTRATOR
