"""Every setting: described, within its bounds, and the same after being typed or printed."""

import contextlib
import dataclasses
from typing import Any

import hypothesis
import hypothesis.strategies as st
import pytest

from acedesk import settings
from acedesk.errors import SettingsError
from acedesk.settings import Settings


def as_typed(value: object, separator: str = ",") -> str:
    """Return `value` as a person would type it."""
    return f"{separator} ".join(value) if isinstance(value, tuple) else str(value)


def allowed(name: str) -> st.SearchStrategy[Any]:
    """Return values the setting `name` may have."""
    facts, model = settings.option(name), settings.default(name)
    if facts.choices:
        return st.sampled_from([word for word, _ in facts.choices])
    if isinstance(model, bool):
        return st.booleans()
    if isinstance(model, int):
        return st.integers(int(facts.minimum or 0), int(facts.maximum or 0))
    if isinstance(model, float):
        return st.floats(facts.minimum, facts.maximum)
    if name in _LISTS:
        return st.lists(st.sampled_from(_LISTS[name]), unique=True).map(tuple)
    if isinstance(model, tuple):
        ports = st.integers(1, 65535)
        return st.lists(ports.map(lambda port: f"192.168.1.5:{port}"), max_size=5).map(tuple)
    if name in _TEXTS:
        return st.sampled_from(_TEXTS[name])
    words = st.text("abc-_/.:1", min_size=1, max_size=20)
    return words.map(lambda word: f"{word} {{url}}") if name == "player_command" else words


# Lists and texts that must have a form.
_LISTS = {
    "engine_hosts": ["nas=ssh://eva@nas max=4", "pod=podman", "big=tcp://h:2376 tls=/c"],
    "allowed_networks": ["192.168.1.20", "10.0.0.0/8", "fd00::/8"],
    "trusted_proxies": ["127.0.0.1", "::1", "172.16.0.0/12"],
    "host_names": ["tv.example.org", "desk"],
    "engine_environment": ["TZ=UTC", "EMPTY=", "A=b c"],
    "engine_templates": ["Small: image=a/b memory=512", "Other: image='c/d' arguments='--x y'"],
}
_TEXTS = {
    "host": ["127.0.0.1", "0.0.0.0", "::1", "localhost", "nas.example"],
    "native_command": ["acestreamengine", "'my engine' --port={port} --dir={state_dir}"],
    "orchestrator_url": ["http://nas:8000", "https://tv.example.org/api/v1", ""],
    "redis_url": ["redis://192.168.1.5:6379", "rediss://:secret@nas:6380/1", ""],
    "proxy_address": ["192.168.1.5:8080", ""],
    "orchestrator_api_key": ["aB3-_.~+/=", ""],
    "engine_image": ["engine", "ghcr.io/owner/name:1.2", "a/b@sha256:" + "0" * 64],
}


@pytest.mark.parametrize("name", settings.names())
def test_every_setting_is_described_for_people(name: str) -> None:
    facts = settings.option(name)

    assert facts.page
    assert facts.label
    assert facts.help.endswith(".")


@pytest.mark.parametrize("name", settings.names())
def test_every_default_is_within_its_bounds(name: str) -> None:
    settings.check(name, settings.default(name))


@pytest.mark.parametrize("name", settings.names())
def test_every_number_has_bounds(name: str) -> None:
    facts, model = settings.option(name), settings.default(name)

    if isinstance(model, (int, float)) and not isinstance(model, bool):
        assert facts.minimum is not None
        assert facts.maximum is not None


@pytest.mark.parametrize("name", settings.names())
@hypothesis.given(data=st.data())
def test_a_typed_value_is_understood(name: str, data: st.DataObject) -> None:
    value = data.draw(allowed(name))

    assert settings.parse(name, as_typed(value, settings.option(name).separator)) == value


@pytest.mark.parametrize("name", settings.names())
@hypothesis.given(text=st.text())
def test_any_text_is_a_value_or_our_own_error(name: str, text: str) -> None:
    with contextlib.suppress(SettingsError):
        settings.check(name, settings.parse(name, text))


@hypothesis.given(value=st.integers() | st.floats() | st.text() | st.none() | st.booleans())
def test_any_value_is_taken_or_refused_by_our_own_error(value: object) -> None:
    for name in settings.names():
        with contextlib.suppress(SettingsError):
            settings.check(name, value)


def test_a_number_outside_its_bounds_is_refused_with_the_bound() -> None:
    with pytest.raises(SettingsError, match="at most 65535"):
        Settings(port=65536)
    with pytest.raises(SettingsError, match="at least 1 s"):
        Settings(stall_timeout=0.5)


@pytest.mark.parametrize("value", [float("nan"), float("inf"), True, "8080", None])
def test_what_is_no_number_is_refused_for_a_number(value: object) -> None:
    with pytest.raises(SettingsError):
        settings.check("grace", value)


def test_an_unknown_setting_is_refused_by_name() -> None:
    with pytest.raises(SettingsError, match="no such setting"):
        Settings().changed({"colour": "blue"})


def test_changed_takes_typed_text_and_values() -> None:
    changed = Settings().changed({"port": "9000", "grace": 20.0, "engines": "a:1, b:2"})

    assert (changed.port, changed.grace, changed.engines) == (9000, 20.0, ("a:1", "b:2"))
    assert Settings().port == 8080


def test_secrets_are_not_printed() -> None:
    text = repr(Settings(gluetun_api_key="very-secret"))

    assert "very-secret" not in text


@pytest.mark.parametrize("text", [":1", "host:0", "host:65536", "a b:1", "host:x", "https://a:1"])
def test_an_engine_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(SettingsError):
        Settings().changed({"engines": text})


@pytest.mark.parametrize(
    ("text", "address"),
    [("localhost:6878", ("localhost", 6878)), ("[::1]:80", ("::1", 80)), (" a:1 ", ("a", 1))],
)
def test_an_address_is_split(text: str, address: tuple[str, int]) -> None:
    assert settings.parse_address(text) == address


def test_the_page_order_groups_settings() -> None:
    pages = [settings.option(name).page for name in settings.names()]

    assert len(set(pages)) == len(
        [page for page, before in zip(pages, ["", *pages], strict=False) if page != before]
    )


def test_settings_are_frozen() -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        Settings().port = 1  # type: ignore[misc]
