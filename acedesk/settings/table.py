"""Every option once: type, default, unit, bounds, help and whether it needs a restart.

The same table makes the settings page, the `ACEDESK_` environment variables, the file's keys and
the help text. Pure: reading and writing the file is `acedesk.store.settings_file`.
"""

import dataclasses
from collections.abc import Callable, Mapping
from typing import Any, Final

from acedesk.errors import SettingsError
from acedesk.model.access.networks import parse_network
from acedesk.model.origin import parse_site
from acedesk.model.player import split_command
from acedesk.settings import checks
from acedesk.settings.engine import EngineSettings
from acedesk.settings.engine_address import parse_address
from acedesk.settings.engine_host import parse_host
from acedesk.settings.engine_template import parse_template
from acedesk.settings.fields import Option
from acedesk.settings.general import GeneralSettings
from acedesk.settings.native_command import split_native_command
from acedesk.settings.playback import PlaybackSettings
from acedesk.settings.players import PlayerSettings
from acedesk.settings.scaling import ScalingSettings
from acedesk.settings.viewers import ViewerSettings
from acedesk.settings.vpn import VpnSettings

ENVIRONMENT_PREFIX: Final = "ACEDESK_"


# Bases from right to left are the pages from first to last.
@dataclasses.dataclass(frozen=True, kw_only=True)
class Settings(
    VpnSettings,
    ScalingSettings,
    EngineSettings,
    ViewerSettings,
    PlaybackSettings,
    PlayerSettings,
    GeneralSettings,
):
    """All settings with their defaults; make changes with `dataclasses.replace` or `changed`."""

    def __post_init__(self) -> None:
        for field in dataclasses.fields(self):
            check(field.name, getattr(self, field.name))

    def changed(self, values: Mapping[str, object]) -> "Settings":
        """Return a copy with `values` (typed, or text as a person types it) put in.

        Raises:
            SettingsError: The first field that is unknown or out of bounds.
        """
        typed: dict[str, Any] = {
            name: parse(name, value) if isinstance(value, str) else value
            for name, value in values.items()
        }
        for name in typed:
            option(name)
        return dataclasses.replace(self, **typed)


_FIELDS: Final = {field.name: field for field in dataclasses.fields(Settings)}
# What people are told that a value must be, by the type of the setting.
_KINDS: Final = {
    bool: "yes or no",
    float: "a number",
    int: "a whole number",
    tuple: "a list",
    str: "one line of text",
}


def names() -> tuple[str, ...]:
    """Return the names of all settings in the order of the settings window."""
    return tuple(_FIELDS)


def option(name: str) -> Option:
    """Return what is known about the setting `name`.

    Raises:
        SettingsError: There is no such setting.
    """
    if name not in _FIELDS:
        raise SettingsError(name, None, "there is no such setting")
    found: Option = _FIELDS[name].metadata["option"]
    return found


def default(name: str) -> Any:
    """Return the default of the setting `name`."""
    option(name)
    return _FIELDS[name].default


def parse(name: str, text: str) -> Any:
    """Turn typed text into the setting's type and check it.

    Raises:
        SettingsError: The text is not of that type, or out of bounds.
    """
    model = default(name)
    text = text.strip()
    value: Any
    try:
        if isinstance(model, bool):
            value = _parse_bool(text)
        elif isinstance(model, int):
            value = int(text)
        elif isinstance(model, float):
            value = float(text.replace(",", "."))
        elif isinstance(model, tuple):
            parts = text.split(option(name).separator)
            value = tuple(part.strip() for part in parts if part.strip())
        else:
            value = text
    except ValueError:
        raise SettingsError(name, text, f"must be {_KINDS[type(model)]}") from None
    check(name, value)
    return value


def _parse_bool(text: str) -> bool:
    lowered = text.lower()
    if lowered in ("1", "true", "yes", "on"):
        return True
    if lowered in ("0", "false", "no", "off", ""):
        return False
    raise ValueError(text)


def check(name: str, value: object) -> None:
    """Check type, bounds and choices of one value.

    Raises:
        SettingsError: With the reason, fit to be shown beside the field.
    """
    facts, model = option(name), default(name)
    _check_type(name, value, model)
    if facts.choices and value not in dict(facts.choices):
        raise SettingsError(name, value, "must be one of " + ", ".join(dict(facts.choices)))
    if isinstance(value, (int, float)):
        unit = f" {facts.unit}" if facts.unit else ""
        if not (value == value and abs(value) != float("inf")):  # NaN and infinities
            raise SettingsError(name, value, "must be a number")
        if facts.minimum is not None and value < facts.minimum:
            raise SettingsError(name, value, f"must be at least {facts.minimum:g}{unit}")
        if facts.maximum is not None and value > facts.maximum:
            raise SettingsError(name, value, f"must be at most {facts.maximum:g}{unit}")
    special = _SPECIAL.get(name)
    if special is not None:
        special(name, value)


def _check_type(name: str, value: object, model: object) -> None:
    if isinstance(model, bool):
        fits = isinstance(value, bool)
    elif isinstance(model, float):
        fits = isinstance(value, (int, float)) and not isinstance(value, bool)
    elif isinstance(model, int):
        fits = isinstance(value, int) and not isinstance(value, bool)
    elif isinstance(model, tuple):
        fits = isinstance(value, tuple) and all(isinstance(part, str) for part in value)
    else:
        fits = isinstance(value, str) and not any(ord(sign) < 32 for sign in value)
    if not fits:
        raise SettingsError(name, value, f"must be {_KINDS[type(model)]}")


def _check_engines(name: str, value: object) -> None:
    assert isinstance(value, tuple)
    for text in value:
        try:
            parse_address(text)
        except ValueError as exc:
            raise SettingsError(name, value, str(exc)) from None


def _check_hosts(name: str, value: object) -> None:
    assert isinstance(value, tuple)
    used: set[str] = set()
    for text in value:
        try:
            host = parse_host(text)
        except ValueError as exc:
            raise SettingsError(name, value, str(exc)) from None
        if host.name in used:
            raise SettingsError(name, value, f"two hosts are called “{host.name}”")
        used.add(host.name)


def _check_environment(name: str, value: object) -> None:
    assert isinstance(value, tuple)
    for text in value:
        if reason := checks.variable_problem(text):
            raise SettingsError(name, value, f"“{text}” {reason}")


def _check_templates(name: str, value: object) -> None:
    assert isinstance(value, tuple)
    used: set[str] = set()
    for text in value:
        try:
            template = parse_template(text)
        except ValueError as exc:
            raise SettingsError(name, value, str(exc)) from None
        for field, typed in template.values.items():
            try:
                parse(field, typed)
            except SettingsError as exc:
                reason = f"“{template.name}”: {option(field).label} {exc.reason}"
                raise SettingsError(name, value, reason) from None
        if template.name in used:
            raise SettingsError(name, value, f"two templates are called “{template.name}”")
        used.add(template.name)


def _check_sites(name: str, value: object) -> None:
    assert isinstance(value, tuple)
    for text in value:
        if not parse_site(text):
            raise SettingsError(
                name, value, f"“{text}” is no address of a site, such as https://tv.example.org"
            )


def _check_networks(name: str, value: object) -> None:
    assert isinstance(value, tuple)
    for text in value:
        try:
            network = parse_network(text)
        except ValueError as exc:
            raise SettingsError(name, value, str(exc)) from None
        if name == "trusted_proxies" and not network.prefixlen:
            raise SettingsError(name, value, f"“{text}” are all addresses there are")


def _check_names(name: str, value: object) -> None:
    assert isinstance(value, tuple)
    for text in value:
        if checks.host_problem(text):
            raise SettingsError(name, value, f"“{text}” is no name, such as tv.example.org")


def _check_command(name: str, value: object) -> None:
    if not str(value).strip():  # none is wanted
        return
    try:
        split_command(str(value))
    except ValueError as exc:
        raise SettingsError(name, value, str(exc)) from None


def _check_native(name: str, value: object) -> None:
    if not str(value).strip():  # it is looked for
        return
    try:
        split_native_command(str(value))
    except ValueError as exc:
        raise SettingsError(name, value, str(exc)) from None


def _check_text(problem: Callable[[str], str]) -> Callable[[str, object], None]:
    def check_text(name: str, value: object) -> None:
        reason = problem(str(value).strip())
        if reason:
            raise SettingsError(name, value, reason)

    return check_text


_SPECIAL: Final = {
    "engines": _check_engines,
    "allowed_sites": _check_sites,
    "allowed_networks": _check_networks,
    "trusted_proxies": _check_networks,
    "host_names": _check_names,
    "player_command": _check_command,
    "native_command": _check_native,
    "host": _check_text(checks.host_problem),
    "redis_url": _check_text(checks.redis_problem),
    "proxy_address": _check_text(checks.proxy_problem),
    "engine_hosts": _check_hosts,
    "engine_environment": _check_environment,
    "engine_templates": _check_templates,
    "orchestrator_url": _check_text(checks.orchestrator_problem),
    "orchestrator_api_key": _check_text(checks.key_problem),
    "engine_image": _check_text(checks.image_problem),
    "gluetun_container": _check_text(checks.container_problem),
}
