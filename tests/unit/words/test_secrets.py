"""What is said of secrets, in whole sentences."""

import pytest

from acedesk.model.computer.kept_secrets import KeptSecrets, KeyringProblem
from acedesk.words import secrets as words


def _label(name: str) -> str:
    return name.replace("_", " ").title()


@pytest.mark.parametrize(
    ("view", "line"),
    [
        (KeptSecrets(), ""),
        (KeptSecrets(kept=("redis_url",)), "Kept in the keyring of this computer."),
        (KeptSecrets(plain=("redis_url",)), "Kept in a file that only you can read."),
        (
            KeptSecrets(plain=("redis_url",), problem=KeyringProblem.ABSENT),
            "Kept in a file that only you can read: this computer has no keyring that answers.",
        ),
        (
            KeptSecrets(plain=("redis_url",), problem=KeyringProblem.LOCKED),
            "Kept in a file that only you can read: the keyring of this computer is locked.",
        ),
    ],
)
def test_a_secret_tells_where_it_is(
    view: KeptSecrets, line: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(words, "keyring_name", lambda: "keyring of this computer")

    assert words.kept_line(view, "redis_url") == line


@pytest.mark.parametrize("problem", [None, *KeyringProblem])
@pytest.mark.parametrize("waiting", [False, True])
def test_what_is_missing_is_named_with_what_acedesk_does(
    problem: KeyringProblem | None, waiting: bool
) -> None:
    view = KeptSecrets(
        kept=("redis_url", "gluetun_api_key"),
        missing=("redis_url", "gluetun_api_key"),
        problem=problem,
        waiting=waiting,
    )

    what, rest = words.missing_lines(view, _label)

    assert "“Redis Url” and “Gluetun Api Key”" in what
    assert rest.startswith("AceDesk goes on without it")


def test_nothing_is_said_where_nothing_is_missing() -> None:
    assert words.missing_lines(KeptSecrets(kept=("redis_url",)), _label) == ("", "")
    assert words.late_lines(KeptSecrets(), _label) == ("", "")


def test_what_came_late_is_named() -> None:
    what, rest = words.late_lines(KeptSecrets(late=("redis_url",)), _label)

    assert what.startswith("“Redis Url” came from the ")
    assert rest == "It counts after a restart."


@pytest.mark.parametrize(
    ("platform", "name"),
    [("linux", "keyring"), ("win32", "Credential Manager"), ("darwin", "Keychain")],
)
def test_the_keyring_is_called_what_people_know(platform: str, name: str) -> None:
    assert name in words.keyring_name(platform)
