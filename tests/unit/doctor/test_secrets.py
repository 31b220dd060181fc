"""The doctor tells where secrets are, and asks nobody where there are none."""

import pytest

from acedesk.doctor.finding import Level
from acedesk.doctor.secrets import check_secrets
from acedesk.model.computer.kept_secrets import KeyringProblem
from tests.fakes.keyring import FakeKeyring


def test_without_a_secret_no_keyring_is_asked() -> None:
    fake = FakeKeyring()

    finding = check_secrets((), (), fake.os_keyring())

    assert (finding.level, fake.asked) == (Level.PASS, 0)


def test_secrets_of_the_keyring_are_well() -> None:
    finding = check_secrets((), ("redis_url",), FakeKeyring().os_keyring())

    assert finding.level is Level.PASS
    assert "“Redis”" in finding.text


def test_secrets_of_the_file_are_said_to_be_moved_where_there_is_a_keyring() -> None:
    finding = check_secrets(("redis_url",), (), FakeKeyring().os_keyring())

    assert finding.level is Level.PASS
    assert "moves it" in finding.text


@pytest.mark.parametrize("problem", list(KeyringProblem))
def test_without_a_keyring_the_file_will_do(problem: KeyringProblem) -> None:
    fake = FakeKeyring()
    fake.problem = problem

    finding = check_secrets(("redis_url",), (), fake.os_keyring())

    assert finding.level is Level.PASS
    assert "only you can read" in finding.text


@pytest.mark.parametrize("problem", list(KeyringProblem))
def test_a_secret_behind_a_keyring_that_does_not_answer_is_told(problem: KeyringProblem) -> None:
    fake = FakeKeyring()
    fake.problem = problem

    finding = check_secrets((), ("redis_url",), fake.os_keyring())

    assert finding.level is Level.WARN
    assert finding.fix
