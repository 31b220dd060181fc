"""Which value a setting has: from the command line, else the environment, else the file."""

from collections.abc import Mapping
from typing import Any

from acedesk import settings
from acedesk.errors import SettingsError
from acedesk.settings import ENVIRONMENT_PREFIX, Settings


def effective(
    file_values: Mapping[str, Any], environ: Mapping[str, str], arguments: Mapping[str, Any]
) -> Settings:
    """Return the settings that hold.

    Args:
        file_values: Checked values, from `settings_file.load`.
        environ: The process environment; an empty variable counts as not set.
        arguments: Checked values of the command line by setting name.

    Raises:
        SettingsError: A variable has a bad value; `field` is the name of the variable.
    """
    return Settings(**{**file_values, **from_environment(environ), **arguments})


def from_environment(environ: Mapping[str, str]) -> dict[str, Any]:
    """Return the settings given as `ACEDESK_` + name in capitals.

    Raises:
        SettingsError: As `effective`.
    """
    values: dict[str, Any] = {}
    for name in settings.names():
        variable = ENVIRONMENT_PREFIX + name.upper()
        text = environ.get(variable, "")
        if not text:
            continue
        try:
            values[name] = settings.parse(name, text)
        except SettingsError as exc:
            raise SettingsError(variable, text, exc.reason) from exc
    return values
