"""The start reads secrets of the keyring, moves older ones there, and never waits for a person."""

import asyncio
import logging
import pathlib
from collections.abc import Mapping
from typing import Any

import pytest

from acedesk.application.settings import SettingsControl
from acedesk.model.computer.kept_secrets import KeyringProblem
from acedesk.settings import Settings
from acedesk.store import settings_file
from acedesk.store.keyring import secret_settings
from acedesk.store.keyring.entries import Entry
from acedesk.store.keyring.secret_settings import KeyringUse
from tests.fakes.keyring import FakeKeyring

ID = "3f2a"
KEY = Entry(name="gluetun_api_key", instance=ID)


def _control(
    path: pathlib.Path,
    fake: FakeKeyring,
    *,
    desktop: bool = True,
    applied: list[Settings] | None = None,
    **values: Any,
) -> SettingsControl:
    loaded = settings_file.load(path)
    entries = {name: one for name, one in loaded.in_keyring.items() if name not in values}
    told: Mapping[str, Any] = {**loaded.values, **values}
    return SettingsControl(
        Settings(**told),
        path,
        (applied if applied is not None else []).append,
        kept=(KeyringUse(entries=entries, desktop=desktop), lambda: ID),
        keyring=fake.os_keyring(limit=0.2),
    )


def _missing(control: SettingsControl) -> set[str]:
    return set(control.secrets.view.missing)


def _write(path: pathlib.Path, text: str) -> None:
    path.write_text(text)


def _text(path: pathlib.Path) -> str:
    return path.read_text()


def _name(path: pathlib.Path, id_: str = ID, *names: str) -> None:
    line = " ".join(f"{name}@{id_}" for name in names or ("gluetun_api_key",))
    _write(path, f'in_keyring = "{line}"\n')


async def test_nothing_is_asked_where_no_secret_is_set(
    path: pathlib.Path, fake: FakeKeyring
) -> None:
    _write(path, "port = 8081\n")

    await _control(path, fake).secrets.open()

    assert fake.asked == 0


async def test_a_secret_of_the_keyring_counts_from_the_start_on(
    path: pathlib.Path, fake: FakeKeyring
) -> None:
    _name(path)
    fake.secrets[KEY] = "hidden"
    applied: list[Settings] = []
    control = _control(path, fake, applied=applied)

    await control.secrets.open()

    assert control.current.gluetun_api_key == "hidden"
    assert applied[-1].gluetun_api_key == "hidden"
    assert control.secrets.view.kept == ("gluetun_api_key",)
    assert not _missing(control)
    assert "hidden" not in _text(path)


async def test_secrets_of_an_older_file_are_moved_by_the_desktop(
    path: pathlib.Path, fake: FakeKeyring
) -> None:
    _write(path, 'gluetun_api_key = "hidden"\n')
    control = _control(path, fake)

    await control.secrets.open()

    assert fake.secrets == {KEY: "hidden"}
    assert "hidden" not in _text(path)
    assert control.current.gluetun_api_key == "hidden"
    assert control.secrets.view.kept == ("gluetun_api_key",)


async def test_a_server_reads_the_keyring_and_leaves_the_file_as_it_is(
    path: pathlib.Path, fake: FakeKeyring
) -> None:
    _write(path, 'redis_url = "redis://:plain@host"\nin_keyring = "gluetun_api_key@3f2a"\n')
    fake.secrets[KEY] = "hidden"
    before = _text(path)
    control = _control(path, fake, desktop=False)

    await control.secrets.open()

    assert control.current.gluetun_api_key == "hidden"
    assert control.current.redis_url == "redis://:plain@host"
    assert _text(path) == before


async def test_a_locked_keyring_leaves_an_older_file_as_it_is(
    path: pathlib.Path, fake: FakeKeyring
) -> None:
    _write(path, 'gluetun_api_key = "hidden"\n')
    fake.problem = KeyringProblem.LOCKED
    control = _control(path, fake)

    await control.secrets.open()

    assert settings_file.load(path).values == {"gluetun_api_key": "hidden"}
    assert control.secrets.view.plain == ("gluetun_api_key",)
    assert control.secrets.view.problem is KeyringProblem.LOCKED
    assert not _missing(control)


@pytest.mark.parametrize("problem", [None, *KeyringProblem])
async def test_a_secret_that_is_gone_is_told_and_asked_for_again(
    path: pathlib.Path,
    fake: FakeKeyring,
    problem: KeyringProblem | None,
    caplog: pytest.LogCaptureFixture,
) -> None:
    _name(path)
    fake.problem = problem
    control = _control(path, fake)

    with caplog.at_level(logging.WARNING):
        await control.secrets.open()

    assert _missing(control) == {"gluetun_api_key"}
    assert "“Control server key”" in caplog.text
    assert settings_file.load(path).in_keyring == {"gluetun_api_key": ID}

    fake.problem = None
    await control.save({"gluetun_api_key": "typed again"})

    assert not _missing(control)
    assert fake.secrets == {KEY: "typed again"}


async def test_a_person_who_is_asked_keeps_no_start_waiting(
    path: pathlib.Path, fake: FakeKeyring, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(secret_settings, "OPEN_LIMIT", 0.05)
    _name(path, ID, "gluetun_api_key", "redis_url")
    fake.secrets = {KEY: "hidden", Entry(name="redis_url", instance=ID): "redis://:x@host"}
    fake.answers.clear()
    control = _control(path, fake)
    came = asyncio.Event()
    control.changed.connect(lambda _: came.set())

    await control.secrets.open()

    assert not came.is_set()
    assert control.secrets.view.waiting
    assert _missing(control) == {"gluetun_api_key", "redis_url"}

    fake.answers.set()
    async with asyncio.timeout(5):
        await came.wait()

    assert control.current.gluetun_api_key == "hidden"
    await control.secrets.close()


async def test_what_counts_after_a_restart_only_is_told_when_it_comes_late(
    path: pathlib.Path, fake: FakeKeyring, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(secret_settings, "OPEN_LIMIT", 0.05)
    _name(path, ID, "redis_url")
    fake.secrets = {Entry(name="redis_url", instance=ID): "redis://:x@host"}
    fake.answers.clear()
    control = _control(path, fake)
    told = asyncio.Event()
    await control.secrets.open()
    control.secrets.changed.connect(told.set)

    fake.answers.set()
    async with asyncio.timeout(5):
        await told.wait()

    assert control.secrets.view.late == ("redis_url",)
    assert not _missing(control)


async def test_ending_does_not_wait_for_a_person(
    path: pathlib.Path, fake: FakeKeyring, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(secret_settings, "OPEN_LIMIT", 0.05)
    _name(path)
    fake.answers.clear()
    control = _control(path, fake)
    await control.secrets.open()

    async with asyncio.timeout(2):
        await control.secrets.close()

    fake.answers.set()


async def test_what_the_environment_says_is_not_asked_for(
    path: pathlib.Path, fake: FakeKeyring
) -> None:
    _name(path)
    control = _control(path, fake, gluetun_api_key="of the environment")

    await control.secrets.open()

    assert fake.asked == 0
    assert control.current.gluetun_api_key == "of the environment"


async def test_the_entry_of_another_data_folder_is_read_and_copied_never_changed(
    path: pathlib.Path, fake: FakeKeyring
) -> None:
    _name(path, "77aa")
    other = Entry(name="gluetun_api_key", instance="77aa")
    fake.secrets[other] = "hidden"
    control = _control(path, fake)
    await control.secrets.open()
    assert control.current.gluetun_api_key == "hidden"

    await control.save({"gluetun_api_key": "my own"})

    assert fake.secrets == {other: "hidden", KEY: "my own"}
    assert settings_file.load(path).in_keyring == {"gluetun_api_key": ID}
