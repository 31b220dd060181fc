"""Secrets are in the keyring or in the file, never in neither."""

import pathlib
import sys

import pytest

from acedesk.errors import StorageError
from acedesk.model.computer.kept_secrets import KeyringProblem
from acedesk.store import atomic, settings_file
from acedesk.store.keyring.entries import Entry
from acedesk.store.keyring.settings_keeper import SettingsKeeper, secret_names
from tests.fakes.keyring import FakeKeyring

ID = "3f2a"
REDIS = Entry(name="redis_url", instance=ID)


def _keeper(path: pathlib.Path, fake: FakeKeyring, id_: str = ID) -> SettingsKeeper:
    return SettingsKeeper(path, fake.os_keyring(limit=0.05), lambda: id_)


def test_every_setting_that_is_never_shown_is_a_secret() -> None:
    assert set(secret_names()) == {"gluetun_api_key", "orchestrator_api_key", "redis_url"}


def test_a_new_secret_is_in_the_keyring_and_named_in_the_file(
    path: pathlib.Path, fake: FakeKeyring
) -> None:
    keeper = _keeper(path, fake)

    keeper.save({"redis_url": "redis://:hidden@host", "grace": 7.0})

    assert fake.secrets == {REDIS: "redis://:hidden@host"}
    assert "hidden" not in path.read_text()
    loaded = settings_file.load(path)
    assert loaded.values == {"grace": 7.0}
    assert loaded.in_keyring == {"redis_url": ID}
    assert (keeper.kept, keeper.plain) == (("redis_url",), ())


def test_secrets_of_an_older_file_move(path: pathlib.Path, fake: FakeKeyring) -> None:
    path.write_text('gluetun_api_key = "hidden"\nport = 8081\nfuture = "kept"\n')

    _keeper(path, fake).save({}, move=True)

    assert fake.secrets == {Entry(name="gluetun_api_key", instance=ID): "hidden"}
    assert "hidden" not in path.read_text()
    assert settings_file.load(path).values == {"port": 8081}
    assert 'future = "kept"' in path.read_text()


@pytest.mark.parametrize("problem", list(KeyringProblem))
def test_without_a_keyring_the_secret_is_in_a_file_of_the_users_own(
    path: pathlib.Path, fake: FakeKeyring, problem: KeyringProblem
) -> None:
    fake.problem = problem
    keeper = _keeper(path, fake)

    keeper.save({"redis_url": "redis://:hidden@host", "gluetun_api_key": "also"})

    assert settings_file.load(path).values == {
        "redis_url": "redis://:hidden@host",
        "gluetun_api_key": "also",
    }
    # On Windows files have no modes: the folder is the user's own.
    assert sys.platform == "win32" or path.stat().st_mode & 0o077 == 0
    assert keeper.problem is problem
    assert fake.asked == 1  # one that does not work is not waited for twice


def test_a_keyring_that_spoils_what_it_is_given_gets_nothing(
    path: pathlib.Path, fake: FakeKeyring
) -> None:
    path.write_text('redis_url = "redis://:hidden@host"\n')
    fake.spoils = True

    _keeper(path, fake).save({}, move=True)

    assert settings_file.load(path).values == {"redis_url": "redis://:hidden@host"}
    assert not settings_file.load(path).in_keyring


def test_a_file_that_cannot_be_written_loses_nothing(
    path: pathlib.Path, fake: FakeKeyring, monkeypatch: pytest.MonkeyPatch
) -> None:
    path.write_text('redis_url = "redis://:hidden@host"\n')

    def fail(_path: pathlib.Path, _data: bytes) -> None:
        raise StorageError("disk full")

    monkeypatch.setattr(atomic, "write", fail)
    with pytest.raises(StorageError):
        _keeper(path, fake).save({}, move=True)

    assert settings_file.load(path).values == {"redis_url": "redis://:hidden@host"}


def test_what_is_in_the_keyring_stays_there_when_something_else_is_saved(
    path: pathlib.Path, fake: FakeKeyring
) -> None:
    keeper = _keeper(path, fake)
    keeper.save({"redis_url": "redis://:hidden@host"})
    asked = fake.asked

    keeper.save({"grace": 9.0})

    assert settings_file.load(path).in_keyring == {"redis_url": ID}
    assert fake.asked == asked


def test_a_secret_that_is_taken_out_is_gone_from_both(
    path: pathlib.Path, fake: FakeKeyring
) -> None:
    keeper = _keeper(path, fake)
    keeper.save({"redis_url": "redis://:hidden@host"})

    keeper.save({"redis_url": ""})

    assert fake.secrets == {}
    assert not settings_file.load(path).in_keyring
    assert (keeper.kept, keeper.plain) == ((), ())


def test_a_secret_that_can_only_be_in_the_file_now_counts_more_than_the_older_one(
    path: pathlib.Path, fake: FakeKeyring
) -> None:
    keeper = _keeper(path, fake)
    keeper.save({"redis_url": "redis://:older@host"})
    fake.problem = KeyringProblem.LOCKED

    keeper.save({"redis_url": "redis://:newer@host"})

    loaded = settings_file.load(path)
    assert loaded.values == {"redis_url": "redis://:newer@host"}
    assert not loaded.in_keyring


def test_before_the_data_folder_has_an_id_nothing_is_put_into_the_keyring(
    path: pathlib.Path, fake: FakeKeyring
) -> None:
    _keeper(path, fake, id_="").save({"redis_url": "redis://:hidden@host"})

    assert fake.asked == 0
    assert settings_file.load(path).values == {"redis_url": "redis://:hidden@host"}


def test_the_copy_from_before_an_import_does_not_keep_the_secret(
    path: pathlib.Path, fake: FakeKeyring
) -> None:
    path.write_text('redis_url = "redis://:hidden@host"\n')
    copy = path.with_name("settings.toml.before-import")
    copy.write_text('redis_url = "redis://:hidden@host"\ngluetun_api_key = "older"\nport = 1\n')

    _keeper(path, fake).save({}, move=True)

    assert settings_file.load(copy).values == {"gluetun_api_key": "older", "port": 1}
    assert settings_file.load(copy).in_keyring == {"redis_url": ID}


def test_without_a_desktop_secrets_go_into_the_file(path: pathlib.Path) -> None:
    SettingsKeeper(path).save({"redis_url": "redis://:hidden@host"})

    assert settings_file.load(path).values == {"redis_url": "redis://:hidden@host"}
