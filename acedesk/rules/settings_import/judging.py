"""What becomes of each thing that one program's environment says. Pure.

The variables are gone through in the order of the table. Where two are for one setting and say
different things, the first is taken, over all services.
"""

import dataclasses
import difflib
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from acedesk.errors import SettingsError
from acedesk.model.settings_import.plan import Finding, Outcome
from acedesk.model.settings_import.source import ForeignSettings, Service, SourceKind, Variable
from acedesk.rules.settings_import import addresses, values
from acedesk.rules.settings_import.counterparts import (
    Counterpart,
    NoCounterpart,
    Read,
    Taken,
    listening,
)
from acedesk.rules.settings_import.table import ACEXY, ACEXY_OPTIONS, FAMILIES, ORCHESTRATOR
from acedesk.settings import Settings, check, parse_address

_LISTEN: Final = ("ACEXY_LISTEN_ADDR", "ACEXY_ADDR")
_ENGINE: Final = ("ACEXY_HOST", "ACEXY_PORT")
_REDIS: Final = ("REDIS_HOST", "REDIS_PORT", "REDIS_DB")
_ORCHESTRATOR: Final = ("ACEXY_ORCH_URL", "ACEXY_ORCH_APIKEY")
# Where they listen in their containers unless they are told otherwise.
_ACEXY_PORT: Final = 8080
_ORCHESTRATOR_PORT: Final = 8000
# What people set in every container.
_COMMON: Final = frozenset({"TZ", "PUID", "PGID", "UMASK", "PATH", "HOME", "LANG", "LC_ALL"})
# Name and password in an address.
_PASSWORD: Final = re.compile(r"(?<=://)[^/@\s]*@")
_LIST: Final = "engines"
SHARED: Final = (
    "Several AceDesks with the same Redis work as one. It needs the extra acedesk[redis]; one "
    "AceDesk alone needs no Redis."
)


class ServiceJudge:
    """Judges one service after the other; remembers which setting was taken from where.

    Args:
        has_proxy: One of the services is acexy.
        has_orchestrator: One of them is an orchestrator; AceDesk takes its place.
    """

    def __init__(
        self,
        foreign: ForeignSettings,
        current: Settings,
        *,
        has_proxy: bool,
        has_orchestrator: bool,
    ) -> None:
        self._foreign = foreign
        self._current = current
        self._has_proxy = has_proxy
        self._has_orchestrator = has_orchestrator
        self._engines = current.engines
        self._taken: dict[str, tuple[str, object]] = {}

    def judge(
        self, service: Service, tables: tuple[Mapping[str, Counterpart], ...]
    ) -> Iterator[Finding]:
        """Yield what becomes of each thing that a service says."""
        known = {name: one for table in tables for name, one in table.items()}
        given = _given(service, with_options=ACEXY in tables)
        if service.name:
            yield from self._ports(service, given, is_proxy=ACEXY in tables)
        for name, counterpart in known.items():
            if name in given:
                told = self._in_place(service, given, name) or counterpart
                yield self._variable(service, given[name], told)
        for name, variable in given.items():
            if name not in known:
                yield from self._unlisted(service, variable)
        yield from _volumes(service)

    def _in_place(
        self, service: Service, given: Mapping[str, Variable], name: str
    ) -> Counterpart | None:
        """Return what a variable is to us that means something else in a container; else None."""
        if name in _LISTEN and service.name and service.network != "host":
            return Counterpart(reason="The port that its service publishes counts.")
        if name in _ORCHESTRATOR:
            return self._orchestrator(service, given, name)
        if name in _REDIS:
            return self._redis(service, given)
        return self._engine(service, given) if name in _ENGINE else None

    def _variable(self, service: Service, one: Variable, counterpart: Counterpart) -> Finding:
        if one.problem:
            return _finding(service, one, Outcome.REFUSED, f"Its value {one.problem}.")
        if not (one.text or "").strip():
            return _finding(service, one, Outcome.NOT_APPLICABLE, "It is empty: nothing is set.")
        if counterpart.read is None:
            return _finding(
                service,
                one,
                Outcome.NOT_APPLICABLE,
                counterpart.reason,
                secret=counterpart.secret,
            )
        return self._taken_or_not(service, one, counterpart.read, secret=counterpart.secret)

    def _taken_or_not(
        self, service: Service, one: Variable, read: Read, *, secret: bool = False
    ) -> Finding:
        """Return what becomes of a text that `read` makes settings of."""
        told = self._judged(service, one, read)
        return dataclasses.replace(told, text="", secret=True) if secret else told

    def _judged(self, service: Service, one: Variable, read: Read) -> Finding:
        try:
            taken = read(one.text or "", self._current)
            for name, value in taken.values.items():
                check(name, value)
        except NoCounterpart as exc:
            return _finding(service, one, Outcome.NOT_APPLICABLE, str(exc))
        except SettingsError as exc:
            return _finding(service, one, Outcome.REFUSED, f"It {exc.reason}.")
        except ValueError as exc:
            return _finding(service, one, Outcome.REFUSED, f"It {exc}.")
        if first := self._said_otherwise(service, one, taken):
            reason = f"{first} is for the same setting and was taken."
            return _finding(service, one, Outcome.NOT_APPLICABLE, reason)
        return _finding(service, one, Outcome.TAKEN, taken.note, taken=taken, now=self._current)

    def _said_otherwise(self, service: Service, one: Variable, taken: Taken) -> str:
        """Return what was taken for one of these settings with another value, "" for nothing."""
        told = f"{service.name}: {one.name}" if service.name else one.name
        for name, value in taken.values.items():
            if name == _LIST:  # each adds to it
                continue
            first, other = self._taken.setdefault(name, (told, value))
            if other != value:
                return first
        return ""

    def _ports(
        self, service: Service, given: Mapping[str, Variable], *, is_proxy: bool
    ) -> Iterator[Finding]:
        """Yield what becomes of the port that players or programs came to."""
        target = _listened(given) if is_proxy else _ORCHESTRATOR_PORT
        found = addresses.published_for_all(self._foreign, service, target)
        if found is None:
            return
        variable = Variable(name="ports", text=found.text)
        if is_proxy or not self._has_proxy:
            yield self._taken_or_not(
                service, variable, lambda _text, _current: listening(found.host, found.port)
            )
            return
        reason = "AceDesk answers programs of the orchestrator at the same port as players."
        yield _finding(service, variable, Outcome.NOT_APPLICABLE, reason)

    def _engine(self, service: Service, given: Mapping[str, Variable]) -> Counterpart:
        """Return what host and port together are: one engine."""
        if any(given[name].problem for name in _ENGINE if name in given):
            return Counterpart(reason="The other half of the engine's address is not known.")
        host, port = ((given[name].text or "").strip() if name in given else "" for name in _ENGINE)
        return Counterpart(read=lambda _text, _current: self._engine_at(service, host, port))

    def _redis(self, service: Service, given: Mapping[str, Variable]) -> Counterpart | None:
        """Return what host, port and number of a Redis are together; None for a program's own."""
        if any(given[name].problem for name in _REDIS if name in given):
            return Counterpart(reason="Another part of the Redis's address is not known.")
        parts = [(given[name].text or "").strip() if name in given else "" for name in _REDIS]
        if addresses.is_itself(parts[0]):
            return None

        def read(_text: str, _current: Settings) -> Taken:
            return Taken({"redis_url": addresses.redis_url(self._foreign, service, *parts)}, SHARED)

        return Counterpart(read=read)

    def _orchestrator(
        self, service: Service, given: Mapping[str, Variable], name: str
    ) -> Counterpart | None:
        """Return what the orchestrator of an acexy is: ours too, where it is not imported."""
        url = (given[_ORCHESTRATOR[0]].text or "").strip() if _ORCHESTRATOR[0] in given else ""
        if self._has_orchestrator or not url:
            return None

        def read(text: str, _current: Settings) -> Taken:
            place = addresses.outside_url(self._foreign, service, url)
            key = text.strip()
            is_key = name == _ORCHESTRATOR[1]
            return Taken({"orchestrator_api_key": key} if is_key else {"orchestrator_url": place})

        return Counterpart(read=read, secret=name == _ORCHESTRATOR[1])

    def _engine_at(self, service: Service, host: str, port: str) -> Taken:
        number = values.read_number(port) if port else addresses.ENGINE_PORT
        if not isinstance(number, int) or not 0 < number < 65536:
            raise ValueError("names a port that is no number from 1 to 65535")
        address = addresses.engine_address(self._foreign, service, host or "localhost", number)
        check(_LIST, (address,))
        if parse_address(address) not in map(parse_address, self._engines):
            self._engines = (*self._engines, address)
        return Taken({_LIST: self._engines})

    def _unlisted(self, service: Service, one: Variable) -> Iterator[Finding]:
        """Yield what is said of a variable that is in no table; nothing of other programs'."""
        everything = self._foreign.kind is not SourceKind.ENVIRONMENT
        for prefix, reason in FAMILIES.items():
            if everything and one.name.startswith(prefix):
                yield _finding(service, one, Outcome.NOT_APPLICABLE, reason, secret=True)
                return
        if one.name in _COMMON or not (everything or one.name.startswith("ACEXY_")):
            return
        reason = "Neither acexy nor acestream-orchestrator reads it."
        if one.name.startswith("ACEDESK_"):
            reason = "It is a variable of AceDesk itself and counts where AceDesk is started."
        elif one.name in ACEXY or one.name in ORCHESTRATOR:
            reason = "This program does not read it; only the other one does."
        elif near := difflib.get_close_matches(one.name, [*ACEXY, *ORCHESTRATOR], 1, 0.8):
            reason += f" Perhaps {near[0]} is meant."
        # What nobody knows may be a password.
        yield _finding(service, one, Outcome.UNKNOWN, reason, secret=True)


def _given(service: Service, *, with_options: bool) -> dict[str, Variable]:
    """Return what is given, by the name of the variable; an option counts more."""
    given = {one.name: one for one in service.variables}
    for one in service.options if with_options else ():
        given[ACEXY_OPTIONS.get(one.name, one.name)] = one
    return given


def _listened(given: Mapping[str, Variable]) -> int:
    """Return the port that acexy listens on in its container."""
    for name in _LISTEN:
        port = (given[name].text or "").rpartition(":")[2].strip() if name in given else ""
        if port.isascii() and port.isdecimal() and len(port) <= 5:
            return int(port)
    return _ACEXY_PORT


def _volumes(service: Service) -> Iterable[Finding]:
    for text in service.volumes:
        reason = "AceDesk keeps what it needs in its data folder and copies nothing from there."
        if "docker.sock" in text:
            reason = "AceDesk finds Docker as Docker's own command does."
        variable = Variable(name="volumes", text=text)
        yield _finding(service, variable, Outcome.NOT_APPLICABLE, reason)


def _finding(
    service: Service,
    one: Variable,
    outcome: Outcome,
    reason: str = "",
    *,
    secret: bool = False,
    taken: Taken | None = None,
    now: Settings | None = None,
) -> Finding:
    found = taken.values if taken is not None else {}
    return Finding(
        service=service.name,
        name=one.name,
        text="" if secret else _PASSWORD.sub("", one.text or ""),
        outcome=outcome,
        values=found,
        before={name: getattr(now, name) for name in found},
        reason=" ".join(part for part in (reason, one.note) if part),
        secret=secret,
    )
