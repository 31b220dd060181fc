"""What is said of secret settings and the keyring of this computer."""

import sys
from collections.abc import Callable, Iterable

from acedesk.model.computer.kept_secrets import KeptSecrets, KeyringProblem

_NAMES = {"win32": "Credential Manager of Windows", "darwin": "Keychain of this Mac"}

_WHY = {
    KeyringProblem.ABSENT: "this computer has no keyring that answers",
    KeyringProblem.LOCKED: "the keyring of this computer is locked",
    KeyringProblem.SILENT: "the keyring of this computer does not answer",
    KeyringProblem.REFUSED: "the keyring of this computer did not take it",
}


def keyring_name(platform: str = sys.platform) -> str:
    """Return what people know the keyring as."""
    return _NAMES.get(platform, "keyring of this computer")


def problem_line(problem: KeyringProblem) -> str:
    """Return why the keyring is not used, as the end of a sentence."""
    return _WHY[problem]


def kept_line(secrets: KeptSecrets, name: str) -> str:
    """Return the line that tells where a secret setting is, "" where it is in neither place."""
    if name in secrets.plain:
        why = _WHY.get(secrets.problem) if secrets.problem else None
        return f"Kept in a file that only you can read{f': {why}' if why else ''}."
    return f"Kept in the {keyring_name()}." if name in secrets.kept else ""


def listed(labels: Iterable[str]) -> str:
    """Return labels in a sentence: “Key of the orchestrator” and “Redis”."""
    quoted = [f"“{label}”" for label in labels]
    return " and ".join([", ".join(quoted[:-1]), quoted[-1]] if len(quoted) > 1 else quoted)


def missing_lines(secrets: KeptSecrets, label: Callable[[str], str]) -> tuple[str, str]:
    """Return what is missing and why, and what AceDesk does; both empty where nothing is.

    Args:
        label: Returns what a setting is called.
    """
    if not secrets.missing:
        return "", ""
    names, name = listed(map(label, secrets.missing)), keyring_name()
    if secrets.waiting:
        return (
            f"The {name} has not given out {names} yet.",
            "AceDesk goes on without it, and takes it as soon as the keyring is unlocked.",
        )
    match secrets.problem:
        case KeyringProblem.LOCKED:
            what = f"The {name} stayed locked, and {names} is in it."
        case None:
            what = f"The {name} does not have {names} any more."
        case _:
            what = f"The {name} cannot be read, and {names} is in it."
    return what, "AceDesk goes on without it. Enter it again, and it is kept anew."


def late_lines(secrets: KeptSecrets, label: Callable[[str], str]) -> tuple[str, str]:
    """Return what came too late to be used, and what helps; both empty where nothing did."""
    if not secrets.late or secrets.missing:
        return "", ""
    names = listed(map(label, secrets.late))
    return f"{names} came from the {keyring_name()} after the start.", "It counts after a restart."
