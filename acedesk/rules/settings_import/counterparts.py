"""How one text of another program becomes settings of ours: the kinds of conversion. Pure."""

import re
from collections.abc import Callable, Mapping
from typing import Final

from acedesk.model.host import is_loopback, is_unspecified, read_address
from acedesk.rules.settings_import import values
from acedesk.settings import MIB, Settings, default
from acedesk.values import frozen_value

_LEVELS: Final = {
    "debug": "debug",
    "info": "info",
    "warn": "warning",
    "warning": "warning",
    "error": "error",
}
_LISTEN: Final = re.compile(r"(?P<host>\[[^\]]*\]|[^:\[\]]*):(?P<port>\d{1,5})", re.ASCII)
_EVERYWHERE: Final = "0.0.0.0"  # noqa: S104 - what was listened on there
ON_THE_NETWORK: Final = "Every device of your network can reach AceDesk then."
_IMAGES: Final = {
    **dict.fromkeys(
        (f"{name}-{one}" for name in ("jopsis", "aceserve") for one in ("amd64", "arm32", "arm64")),
        "jopsis/acestream:x64",
    ),
}


class NoCounterpart(Exception):
    """With this value there is nothing to set; the text is a sentence that says why."""


@frozen_value(kw_only=False)
class Taken:
    """Settings of ours with their values, and what to know about them."""

    values: Mapping[str, object]
    note: str = ""


# Takes the text and the settings that hold now. Raises `ValueError` with the rest of a sentence
# ("must be ...") for a bad text, and `NoCounterpart`.
Read = Callable[[str, Settings], Taken]


@frozen_value
class Counterpart:
    """What one variable is to AceDesk.

    Attributes:
        read: Makes settings of it; None where there are none.
        reason: A sentence: why there are none.
        secret: Its value is never shown.
    """

    read: Read | None = None
    reason: str = ""
    secret: bool = False


def none(reason: str, *, secret: bool = False) -> Counterpart:
    """Return what has no counterpart."""
    return Counterpart(reason=reason, secret=secret)


def _fitting(name: str, number: float) -> object:
    """Return the number in the type of the setting."""
    if isinstance(default(name), float):
        return float(number)
    if isinstance(number, int):
        return number
    raise ValueError("must be a whole number")


def number(name: str, *, least: float | None = None) -> Counterpart:
    """Return a number that is the same here.

    Args:
        least: Below it the number means something else here.
    """

    def read(text: str, _current: Settings) -> Taken:
        found = values.read_number(text)
        if least is not None and found < least:
            raise ValueError(f"must be at least {least:g}")
        return Taken({name: _fitting(name, found)})

    return Counterpart(read=read)


def seconds(name: str) -> Counterpart:
    """Return a duration that is the same here."""

    def read(text: str, _current: Settings) -> Taken:
        return Taken({name: _fitting(name, values.read_seconds(text))})

    return Counterpart(read=read)


def switch(name: str) -> Counterpart:
    """Return a yes or no that is the same here."""
    return Counterpart(read=lambda text, _current: Taken({name: values.read_switch(text)}))


def word(name: str) -> Counterpart:
    """Return a text that is the same here."""
    return Counterpart(read=lambda text, _current: Taken({name: text.strip()}))


def log_level(text: str, _current: Settings) -> Taken:
    """Return the level of the log."""
    found = _LEVELS.get(text.strip().lower())
    if found is None:
        raise ValueError("must be one of DEBUG, INFO, WARN, ERROR")
    return Taken({"log_level": found})


def debug_mode(text: str, _current: Settings) -> Taken:
    """Return a log that says more, where that was wanted."""
    if not values.read_switch(text):
        raise NoCounterpart("There is nothing to switch off: the log level says what is written.")
    return Taken({"log_level": "debug"})


def scheme(text: str, _current: Settings) -> Taken:
    """Engines speak plain HTTP."""
    if text.strip().lower() != "http":
        raise ValueError("must be http: engines speak nothing else")
    raise NoCounterpart("Engines are always asked over HTTP.")


def buffer_size(text: str, current: Settings) -> Taken:
    """Return more memory for a stream, where it had more than here."""
    size = values.read_size(text, values.HUMAN_UNITS)
    mebibytes = -(-size // MIB)
    if mebibytes <= current.ring_mib:
        raise NoCounterpart(
            f"AceDesk keeps up to {current.ring_mib} MiB of each stream already and writes what "
            "comes at once; a smaller buffer would only make pictures break off sooner."
        )
    return Taken({"ring_mib": mebibytes})


def memory_limit(text: str, _current: Settings) -> Taken:
    """Return the memory limit of an engine in MiB, rounded up."""
    size = values.read_size(text, values.DOCKER_UNITS)
    note = "Rounded up to whole MiB." if size % MIB else ""
    return Taken({"engine_memory": -(-size // MIB)}, note)


def engine_image(text: str, _current: Settings) -> Taken:
    """Return the image of a variant of engines."""
    variant = text.strip().lower()
    if variant == "krinkuto11-amd64":
        raise NoCounterpart(
            "That variant is made from acestream-http-proxy, which AceDesk takes by itself "
            "(Docker image)."
        )
    if variant == "custom":
        raise NoCounterpart(
            "Its parameters are in a file of the orchestrator: write them into Engine arguments."
        )
    if variant not in _IMAGES:
        raise ValueError("must be a variant of the orchestrator, such as jopsis-amd64")
    return Taken(
        {"engine_image": _IMAGES[variant]},
        "AceDesk takes the image's variant for the processor of Docker's machine.",
    )


def gluetun_container(text: str, _current: Settings) -> Taken:
    """Return the VPN's container, and engines inside its network, as the orchestrator has them."""
    return Taken({"gluetun_container": text.strip(), "engines_in_vpn": True})


def redundant_vpn(text: str, _current: Settings) -> Taken:
    """AceDesk knows one VPN."""
    if text.strip().lower() not in ("single", "redundant"):
        raise ValueError("must be single or redundant")
    raise NoCounterpart("AceDesk uses one VPN container.")


def listen(text: str, _current: Settings) -> Taken:
    """Return where AceDesk is to listen: ":8080" is every address."""
    found = _LISTEN.fullmatch(text.strip())
    if found is None:
        raise ValueError("must be an address and a port, such as :8080 or 127.0.0.1:8080")
    return listening(found["host"].strip("[]"), int(found["port"]))


def listening(host: str, port: int) -> Taken:
    """Return the settings for listening there; no host is every address."""
    host = host or _EVERYWHERE
    if read_address(host) is not None and is_unspecified(host):
        host = _EVERYWHERE
    return Taken({"host": host, "port": port}, "" if is_loopback(host) else ON_THE_NETWORK)
