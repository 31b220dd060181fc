"""Whether secret settings can be in the keyring of this computer."""

from collections.abc import Collection

from acedesk.doctor.finding import Finding, Level
from acedesk.model.computer.kept_secrets import KeyringProblem
from acedesk.settings import option
from acedesk.store.keyring.entries import KeyringUnavailable
from acedesk.store.keyring.os_keyring import OsKeyring
from acedesk.words.secrets import keyring_name, listed, problem_line

_NAME = "Secrets"


def check_secrets(
    plain: Collection[str], kept: Collection[str], keyring: OsKeyring | None = None
) -> Finding:
    """Tell where secret settings are; the keyring is not asked where there are none.

    Args:
        plain: Those that are in the settings file.
        kept: Those that are in the keyring, as the settings file says.
    """
    if not plain and not kept:
        return Finding(_NAME, Level.PASS, "No secret is set.")
    try:
        (keyring or OsKeyring()).look()
    except KeyringUnavailable as exc:
        return _without(plain, kept, exc.problem)
    if plain:
        text = f"{_names(plain)}: in the settings file, which only you can read."
        return Finding(_NAME, Level.PASS, f"{text} The next start of the window moves it.")
    return Finding(_NAME, Level.PASS, f"{_names(kept)}: in the {keyring_name()}.")


def _without(plain: Collection[str], kept: Collection[str], problem: KeyringProblem) -> Finding:
    why = problem_line(problem)
    if not kept:
        text = f"{_names(plain)}: in the settings file, which only you can read; {why}."
        return Finding(_NAME, Level.PASS, text)
    return Finding(
        _NAME,
        Level.WARN,
        f"{_names(kept)}: in the {keyring_name()}, but {why}.",
        "Unlock it, or enter the secret again in Settings.",
    )


def _names(names: Collection[str]) -> str:
    return listed(option(name).label for name in names)
