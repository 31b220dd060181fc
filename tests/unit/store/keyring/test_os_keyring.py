"""A keyring is asked in a thread, with a limit; whatever it does becomes one error."""

import pytest

from acedesk.model.computer.kept_secrets import KeyringProblem
from acedesk.store.keyring.entries import Entry, KeyringUnavailable
from tests.fakes.keyring import FakeKeyring

ENTRY = Entry(name="redis_url", instance="3f2a")


@pytest.fixture
def fake() -> FakeKeyring:
    return FakeKeyring()


def test_what_is_kept_is_read_again(fake: FakeKeyring) -> None:
    keyring = fake.os_keyring()

    keyring.keep(ENTRY, "redis://:pässword@host")

    assert keyring.begin_reading([ENTRY]).result(5) == {"redis_url": "redis://:pässword@host"}


def test_two_data_folders_share_nothing(fake: FakeKeyring) -> None:
    keyring, other = fake.os_keyring(), Entry(name="redis_url", instance="77aa")

    keyring.keep(ENTRY, "mine")
    keyring.keep(other, "theirs")
    keyring.forget(other)

    assert keyring.begin_reading([ENTRY]).result(5) == {"redis_url": "mine"}
    assert keyring.begin_reading([other]).result(5) == {}


def test_one_that_gives_back_something_else_is_not_relied_on(fake: FakeKeyring) -> None:
    fake.spoils = True

    with pytest.raises(KeyringUnavailable) as refused:
        fake.os_keyring().keep(ENTRY, "secret")

    assert refused.value.problem is KeyringProblem.REFUSED


def test_one_that_hangs_is_left_after_the_limit_and_not_asked_again_meanwhile(
    fake: FakeKeyring,
) -> None:
    keyring = fake.os_keyring(limit=0.05)
    fake.answers.clear()

    reading = keyring.begin_reading([ENTRY])
    with pytest.raises(KeyringUnavailable) as silent:
        keyring.look()

    assert silent.value.problem is KeyringProblem.SILENT
    assert fake.asked == 1
    fake.answers.set()
    assert reading.result(5) == {}
    keyring.look()


def test_a_hanging_write_ends_for_who_waits_for_it(fake: FakeKeyring) -> None:
    keyring = fake.os_keyring(limit=0.05)
    fake.answers.clear()

    with pytest.raises(KeyringUnavailable) as silent:
        keyring.keep(ENTRY, "secret")

    assert silent.value.problem is KeyringProblem.SILENT
    fake.answers.set()


@pytest.mark.parametrize("error", [RuntimeError("secret"), OSError(5, "x"), KeyError("y")])
def test_whatever_a_library_raises_is_one_error_without_its_text(
    fake: FakeKeyring, error: Exception
) -> None:
    fake.error = error

    with pytest.raises(KeyringUnavailable) as refused:
        fake.os_keyring().keep(ENTRY, "secret")

    assert refused.value.problem is KeyringProblem.REFUSED
    assert "secret" not in refused.value.detail


def test_a_locked_one_says_so(fake: FakeKeyring) -> None:
    fake.problem = KeyringProblem.LOCKED

    with pytest.raises(KeyringUnavailable) as refused:
        fake.os_keyring().look()

    assert refused.value.problem is KeyringProblem.LOCKED
