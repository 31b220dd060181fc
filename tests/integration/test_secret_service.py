"""The real Secret Service of a desktop: open, locked, hanging, gone, none at all."""

import pathlib
from collections.abc import Iterator

import pytest

from acedesk.model.computer.kept_secrets import KeyringProblem
from acedesk.store.keyring.entries import Entry, KeyringUnavailable
from acedesk.store.keyring.os_keyring import OsKeyring
from tests.secret_service import SecretServiceSession, secret_service

ENTRY = Entry(name="redis_url", instance="3f2a")
OTHER = Entry(name="redis_url", instance="77aa")
SECRET = "redis://:pässword@192.168.1.5:6379/0"


@pytest.fixture
def session(
    tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[SecretServiceSession]:
    with secret_service(tmp_path / "session") as made:
        for name, value in made.environ.items():
            monkeypatch.setenv(name, value)
        yield made


def _read(entry: Entry) -> str | None:
    return OsKeyring().begin_reading([entry]).result(20).get(entry.name)


def _problem() -> KeyringProblem:
    with pytest.raises(KeyringUnavailable) as refused:
        OsKeyring(limit=1.0).look()
    return refused.value.problem


def test_a_secret_is_kept_replaced_and_forgotten(session: SecretServiceSession) -> None:
    session.unlock()
    keyring = OsKeyring()

    keyring.look()
    keyring.keep(ENTRY, "older")
    keyring.keep(ENTRY, SECRET)
    keyring.keep(OTHER, "of another data folder")

    assert _read(ENTRY) == SECRET
    keyring.forget(ENTRY)
    assert _read(ENTRY) is None
    assert _read(OTHER) == "of another data folder"


def test_it_outlives_the_keyrings_own_restart(session: SecretServiceSession) -> None:
    session.unlock()
    OsKeyring().keep(ENTRY, SECRET)

    session.kill_keyring()
    session.unlock()

    assert _read(ENTRY) == SECRET


def test_a_locked_one_is_not_written_to_and_a_question_nobody_answers_ends(
    session: SecretServiceSession,
) -> None:
    session.unlock()
    OsKeyring().keep(ENTRY, SECRET)

    session.lock()

    assert _problem() is KeyringProblem.LOCKED
    with pytest.raises(KeyringUnavailable) as not_written:
        OsKeyring().keep(ENTRY, "newer")
    assert not_written.value.problem is KeyringProblem.LOCKED
    with pytest.raises(KeyringUnavailable) as not_read:
        _read(ENTRY)
    assert not_read.value.problem is KeyringProblem.LOCKED


def test_one_that_was_never_made_is_none_and_nobody_is_asked_for_a_new_password(
    session: SecretServiceSession,
) -> None:
    session.start_locked()

    assert _problem() is KeyringProblem.ABSENT


def test_one_that_hangs_is_given_up(session: SecretServiceSession) -> None:
    session.unlock()

    session.freeze()

    assert _problem() is KeyringProblem.SILENT
    session.thaw()


def test_a_bus_without_a_keyring_and_no_bus_are_none(
    session: SecretServiceSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert _problem() is KeyringProblem.ABSENT

    for address in ("unix:path=/nowhere", "tcp:host=localhost,port=1", "nonsense", ""):
        monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", address)
        assert _problem() is KeyringProblem.ABSENT
    monkeypatch.delenv("DBUS_SESSION_BUS_ADDRESS")
    assert _problem() is KeyringProblem.ABSENT
