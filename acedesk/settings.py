"""Every option once: type, default, unit, bounds, help and whether it needs a restart.

The same table makes the settings page, the `ACEDESK_` environment variables, the file's keys and
the help text. Pure: reading and writing the file is `acedesk.store.settings_file`.
"""

import dataclasses
from collections.abc import Mapping
from typing import Any, Final

from acedesk.errors import SettingsError

ENVIRONMENT_PREFIX: Final = "ACEDESK_"

MIB: Final = 1024 * 1024


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Option:
    """What is known about one setting beside its value.

    Attributes:
        page: Where it stands in the settings window.
        label: Its name for people.
        help: One sentence.
        unit: "s", "MiB", "" ...; the value is stored in this unit.
        minimum, maximum: Bounds of numbers, inclusive.
        choices: The allowed words, with a label each.
        restart: A change counts only after AceDesk was restarted.
        secret: Never shown in logs, reports or `repr`.
        advanced: Hidden until "advanced" is switched on.
        placeholder: Shown in an empty text field.
    """

    page: str
    label: str
    help: str
    unit: str = ""
    minimum: float | None = None
    maximum: float | None = None
    choices: tuple[tuple[str, str], ...] = ()
    restart: bool = False
    secret: bool = False
    advanced: bool = False
    placeholder: str = ""


def _option(default: Any, **facts: Any) -> Any:
    described = Option(**facts)
    return dataclasses.field(
        default=default, repr=not described.secret, metadata={"option": described}
    )


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """All settings with their defaults; make changes with `dataclasses.replace` or `changed`."""

    # General
    theme: str = _option(
        "system",
        page="General",
        label="Appearance",
        help="Light or dark; System follows the desktop.",
        choices=(("system", "System"), ("light", "Light"), ("dark", "Dark")),
    )
    close_action: str = _option(
        "ask",
        page="General",
        label="Closing the window",
        help="What happens when the window is closed.",
        choices=(("ask", "Ask"), ("tray", "Keep running in the tray"), ("quit", "Quit AceDesk")),
    )
    log_level: str = _option(
        "info",
        page="General",
        label="Log level",
        help="How much is written to the log.",
        choices=(
            ("debug", "Debug"),
            ("info", "Info"),
            ("warning", "Warning"),
            ("error", "Error"),
        ),
    )
    # Network
    host: str = _option(
        "127.0.0.1",
        page="Network",
        label="Listen on",
        help="127.0.0.1 serves this computer only; 0.0.0.0 serves every device on your network.",
        restart=True,
    )
    port: int = _option(
        8080,
        page="Network",
        label="Port",
        help="TCP port players connect to; 0 takes any free one.",
        minimum=0,
        maximum=65535,
        restart=True,
    )
    # Playback
    grace: float = _option(
        15.0,
        page="Playback",
        label="Keep a stream after the last viewer",
        help="A player that comes back within this time goes on at once.",
        unit="s",
        minimum=0,
        maximum=600,
    )
    accept_timeout: float = _option(
        30.0,
        page="Playback",
        label="Wait for the engine to accept",
        help="How long an engine may take to find a link before the start fails.",
        unit="s",
        minimum=1,
        maximum=300,
        advanced=True,
    )
    start_timeout: float = _option(
        60.0,
        page="Playback",
        label="Wait for the first picture",
        help="How long a stream may look for its first bytes before the start fails.",
        unit="s",
        minimum=1,
        maximum=600,
    )
    header_wait: float = _option(
        3.0,
        page="Playback",
        label="Answer the player after",
        help="Until then a failed start is an HTTP error; after it the player is kept waiting "
        "with empty packets.",
        unit="s",
        minimum=0,
        maximum=60,
        advanced=True,
    )
    stall_timeout: float = _option(
        6.0,
        page="Playback",
        label="Give up a silent engine after",
        help="A running stream without bytes for this long is moved to another engine.",
        unit="s",
        minimum=1,
        maximum=120,
    )
    switch_timeout: float = _option(
        45.0,
        page="Playback",
        label="Look for another engine for",
        help="When no engine goes on with a running stream within this time, the stream ends.",
        unit="s",
        minimum=5,
        maximum=600,
        advanced=True,
    )
    splice_wait: float = _option(
        3.0,
        page="Playback",
        label="Look for the exact place for",
        help="How long a new engine's stream is searched for the very place where the old one "
        "broke off, before the picture goes on at the next keyframe.",
        unit="s",
        minimum=0,
        maximum=60,
        advanced=True,
    )
    splice_window_mib: int = _option(
        8,
        page="Playback",
        label="Memory for the exact place",
        help="How much of the old stream is compared with the new one; more finds engines that "
        "are further behind.",
        unit="MiB",
        minimum=1,
        maximum=64,
        advanced=True,
    )
    protect_streams: bool = _option(
        False,
        page="Playback",
        label="Protect every stream",
        help="Two engines play each stream at once, so that the loss of either is not seen; it "
        "takes twice the traffic.",
        advanced=True,
    )
    hedged_start: bool = _option(
        False,
        page="Playback",
        label="Start on two engines",
        help="Two engines are asked for each new stream and the first with a picture is kept.",
        advanced=True,
    )
    slow_client_timeout: float = _option(
        30.0,
        page="Playback",
        label="Close a stuck viewer after",
        help="A viewer that takes no byte for this long is disconnected.",
        unit="s",
        minimum=1,
        maximum=600,
        advanced=True,
    )
    hls_segment: float = _option(
        4.0,
        page="Playback",
        label="HLS segment",
        help="How long the pieces of a stream are that browsers and phones get; shorter ones start "
        "sooner, longer ones are steadier.",
        unit="s",
        minimum=1,
        maximum=10,
        advanced=True,
    )
    hls_idle: float = _option(
        20.0,
        page="Playback",
        label="HLS viewer gone after",
        help="A player of the HLS address that asks for nothing for this long has left.",
        unit="s",
        minimum=5,
        maximum=600,
        advanced=True,
    )
    hls_start_wait: float = _option(
        30.0,
        page="Playback",
        label="HLS start",
        help="How long a player of the HLS address waits for the first piece of the stream.",
        unit="s",
        minimum=1,
        maximum=120,
        advanced=True,
    )
    file_grace: float = _option(
        10.0,
        page="Playback",
        label="Keep a video file after its player",
        help="A player that jumps to another place within this time goes on with the same session.",
        unit="s",
        minimum=0,
        maximum=600,
        advanced=True,
    )
    ring_seconds: float = _option(
        30.0,
        page="Playback",
        label="Buffer per stream",
        help="How much of each stream is kept for slow and joining viewers.",
        unit="s",
        minimum=2,
        maximum=600,
    )
    ring_mib: int = _option(
        32,
        page="Playback",
        label="Buffer memory per stream",
        help="Upper limit of the buffer of one stream.",
        unit="MiB",
        minimum=2,
        maximum=1024,
        advanced=True,
    )
    memory_mib: int = _option(
        1024,
        page="Playback",
        label="Buffer memory in all",
        help="Upper limit of all buffers together.",
        unit="MiB",
        minimum=32,
        maximum=65536,
        advanced=True,
    )
    max_streams: int = _option(
        0,
        page="Playback",
        label="Streams at once",
        help="Further starts are refused until one ends; 0 is no limit.",
        minimum=0,
        maximum=10000,
    )
    max_viewers_per_stream: int = _option(
        0,
        page="Playback",
        label="Viewers per stream",
        help="Further players are refused until one leaves; 0 is no limit.",
        minimum=0,
        maximum=100000,
    )
    loop_threshold: int = _option(
        3600,
        page="Playback",
        label="A broadcast is not live after",
        help="A live stream whose newest moment is older than this counts as repeating itself.",
        unit="s",
        minimum=60,
        maximum=604800,
        advanced=True,
    )
    stop_looping: bool = _option(
        False,
        page="Playback",
        label="Stop broadcasts that repeat themselves",
        help="Such a stream is ended and its link is refused for a time.",
        advanced=True,
    )
    blacklist_minutes: int = _option(
        0,
        page="Playback",
        label="Refuse repeating broadcasts for",
        help="How long a stopped link is refused; 0 is for ever.",
        unit="min",
        minimum=0,
        maximum=525600,
        advanced=True,
    )
    # Engines
    engines: tuple[str, ...] = _option(
        (),
        page="Engines",
        label="Engines on other addresses",
        help="Engines you run yourself, as host:port, separated by commas.",
        placeholder="192.168.1.5:6878",
        restart=True,
    )
    max_streams_per_engine: int = _option(
        0,
        page="Engines",
        label="Streams per engine",
        help="0 is automatic: four on engines AceDesk made, no limit on your own.",
        minimum=0,
        maximum=1000,
    )
    engine_image: str = _option(
        "ghcr.io/martinbjeldbak/acestream-http-proxy",
        page="Engines",
        label="Docker image",
        help="The image Add engine starts; the name may carry a tag or a digest.",
    )
    engine_arguments: str = _option(
        "",
        page="Engines",
        label="Engine arguments",
        help="Added to the engine's command line, separated by blanks.",
        placeholder="--live-cache-type memory",
        advanced=True,
    )
    engine_port: int = _option(
        6878,
        page="Engines",
        label="Engine port in the container",
        help="The port the image's HTTP API listens on.",
        minimum=1,
        maximum=65535,
        advanced=True,
    )
    engine_start_timeout: float = _option(
        60.0,
        page="Engines",
        label="Wait for a new engine",
        help="How long a new engine may take until its API answers.",
        unit="s",
        minimum=1,
        maximum=600,
        advanced=True,
    )
    docker_timeout: float = _option(
        20.0,
        page="Engines",
        label="Docker answers within",
        help="How long one call to Docker may take (pulling an image has no such limit).",
        unit="s",
        minimum=1,
        maximum=300,
        advanced=True,
    )
    health_interval: float = _option(
        10.0,
        page="Engines",
        label="Check engines every",
        help="How often each engine is asked whether it is well.",
        unit="s",
        minimum=1,
        maximum=600,
        advanced=True,
    )
    # VPN
    gluetun_container: str = _option(
        "gluetun",
        page="VPN",
        label="Gluetun container",
        help="Name of the Gluetun container; when it is not there, any container made from a "
        "Gluetun image is used.",
    )
    gluetun_control_port: int = _option(
        8000,
        page="VPN",
        label="Control server port",
        help="Port of Gluetun's control server inside the container.",
        minimum=1,
        maximum=65535,
        advanced=True,
    )
    gluetun_api_key: str = _option(
        "",
        page="VPN",
        label="Control server key",
        help="Needed by Gluetun's control server since version 3.39.1 for some routes.",
        secret=True,
    )

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
            value = tuple(part.strip() for part in text.split(",") if part.strip())
        else:
            value = text
    except ValueError:
        wanted = "a whole number" if isinstance(model, int) else "a number"
        raise SettingsError(name, text, f"must be {wanted}") from None
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
        kinds = {bool: "yes or no", float: "a number", int: "a whole number", tuple: "a list"}
        raise SettingsError(name, value, f"must be {kinds.get(type(model), 'one line of text')}")


def parse_address(text: str) -> tuple[str, int]:
    """Split "host:port" (IPv6 in brackets) and check both parts.

    Raises:
        ValueError: With a plain sentence.
    """
    host, separator, port_text = text.strip().rpartition(":")
    host = host.removeprefix("[").removesuffix("]")
    if not separator or not host or any(sign in host for sign in " /@?#"):
        raise ValueError(f"“{text}” is not host:port, such as 127.0.0.1:6878")
    if not (port_text.isascii() and port_text.isdigit() and 1 <= int(port_text) <= 65535):
        raise ValueError(f"the port in “{text}” must be a number from 1 to 65535")
    return host, int(port_text)


def _check_engines(name: str, value: object) -> None:
    assert isinstance(value, tuple)
    for text in value:
        try:
            parse_address(text)
        except ValueError as exc:
            raise SettingsError(name, value, str(exc)) from None


def _check_filled(name: str, value: object) -> None:
    if not str(value).strip() or " " in str(value).strip():
        raise SettingsError(name, value, "must not be empty or contain blanks")


_SPECIAL: Final = {
    "engines": _check_engines,
    "host": _check_filled,
    "engine_image": _check_filled,
}
