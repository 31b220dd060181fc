"""Reads Gluetun's control server; nothing is ever changed there.

Versions differ in what they tell whom: until 3.39 everything to everybody, then some routes, and
the next release nothing without a key. Each route is therefore asked and judged on its own.
"""

import asyncio
import dataclasses
from collections.abc import Awaitable, Callable
from typing import Final, TypeVar

import aiohttp

from acedesk.errors import AceDeskError, VpnAnswerInvalid
from acedesk.formats.gluetun_reply import (
    LONGEST_ANSWER,
    PublicIp,
    parse_forwarded_port,
    parse_public_ip,
    parse_vpn_status,
)
from acedesk.model.snapshot import ASKS_FOR_KEY
from acedesk.process.certificates import context_for
from acedesk.values import frozen_value

T = TypeVar("T")

# It is on this computer: it answers at once or not at all.
TIMEOUT: Final = 3.0

_OK: Final = 200
_UNAUTHORIZED: Final = 401
_FORBIDDEN: Final = 403
_NOT_FOUND: Final = 404


@frozen_value
class ControlReport:
    """What the control server told; "" and None for what it did not.

    Attributes:
        status: "running", "starting", "stopping", "stopped" or "crashed".
        note: Why something is missing, the end of a sentence about the control server.
        answered: Something answered.
    """

    public_ip: str = ""
    country: str = ""
    city: str = ""
    forwarded_port: int | None = None
    status: str = ""
    note: str = ""
    answered: bool = dataclasses.field(default=False, compare=False)


class _Silent(AceDeskError):
    """No connection, or no answer in time."""


class _Refused(AceDeskError):
    """It wants a key, or another one."""


class _Unknown(AceDeskError):
    """This version does not have the route."""


class GluetunControl:
    """A client of the control server. Closes: its connections, in `close`."""

    def __init__(self) -> None:
        self._http: aiohttp.ClientSession | None = None

    async def read(
        self, base_url: str, api_key: str, *, before: ControlReport | None = None
    ) -> ControlReport:
        """Ask for address, status and forwarded port; whatever fails becomes the note.

        Args:
            base_url: "http://127.0.0.1:8000".
            api_key: Sent as X-API-Key unless empty.
            before: An earlier answer; its port counts on while address and status are the same.
        """
        address, status = await asyncio.gather(
            self._try(self._ask(base_url, "/v1/publicip/ip", api_key, parse_public_ip)),
            self._try(self._ask(base_url, "/v1/vpn/status", api_key, parse_vpn_status)),
        )
        public = address if isinstance(address, PublicIp) else PublicIp(ip="")
        port: int | AceDeskError | None = before.forwarded_port if before is not None else None
        same = before is not None and (before.public_ip, before.status) == (public.ip, status)
        if isinstance(status, _Silent) and isinstance(address, _Silent):
            port = status  # it would be silent once more
        elif port is None or not same:
            port = await self._try(self._ask_port(base_url, api_key))
        outcomes = (address, port, status)
        errors = [outcome for outcome in outcomes if isinstance(outcome, AceDeskError)]
        return ControlReport(
            public_ip=public.ip,
            country=public.country,
            city=public.city,
            forwarded_port=port if isinstance(port, int) else None,
            status=status if isinstance(status, str) else "",
            answered=not all(isinstance(outcome, _Silent) for outcome in outcomes),
            note=_note(errors, len(outcomes), base_url, has_key=bool(api_key)),
        )

    async def close(self) -> None:
        """Close the connections."""
        if self._http is not None:
            await self._http.close()
            self._http = None

    @staticmethod
    async def _try(question: Awaitable[T]) -> T | AceDeskError:
        try:
            return await question
        except AceDeskError as exc:
            return exc

    async def _ask_port(self, base_url: str, api_key: str) -> int | None:
        """Ask the route of 3.41 and later, then the older one.

        An older version answers 401 to routes it does not know.
        """
        try:
            return await self._ask(base_url, "/v1/portforward", api_key, parse_forwarded_port)
        except (_Unknown, _Refused) as first:
            older = "/v1/openvpn/portforwarded"
            try:
                return await self._ask(base_url, older, api_key, parse_forwarded_port)
            except _Unknown:
                raise first from None

    async def _ask(self, base_url: str, path: str, api_key: str, parse: Callable[[bytes], T]) -> T:
        headers = {"X-API-Key": api_key} if api_key else {}
        if self._http is None:
            self._http = aiohttp.ClientSession(
                cookie_jar=aiohttp.DummyCookieJar(), auto_decompress=False
            )
        url = base_url + path
        trust = await context_for(url)
        try:
            async with (
                asyncio.timeout(TIMEOUT),
                self._http.get(url, headers=headers, allow_redirects=False, ssl=trust) as reply,
            ):
                body = await reply.content.read(LONGEST_ANSWER + 1)
                while len(body) <= LONGEST_ANSWER and (more := await reply.content.readany()):
                    body += more
                status = reply.status
        except (aiohttp.ClientError, OSError, TimeoutError, ValueError) as exc:
            raise _Silent(base_url) from exc
        if status in (_UNAUTHORIZED, _FORBIDDEN):
            raise _Refused(path)
        if status == _NOT_FOUND:
            raise _Unknown(path)
        if status != _OK:
            raise VpnAnswerInvalid(f"HTTP {status}")
        return parse(body)


def _note(errors: list[AceDeskError], asked: int, base_url: str, *, has_key: bool) -> str:
    """Return the end of the sentence "The control server ..."."""
    if any(isinstance(error, _Silent) for error in errors):
        return f"does not answer at {base_url.removeprefix('http://')}"
    if refused := [error for error in errors if isinstance(error, _Refused)]:
        what = "refuses the key" if has_key else ASKS_FOR_KEY
        return what if len(refused) == asked else f"{what} to tell everything"
    if any(isinstance(error, VpnAnswerInvalid) for error in errors):
        return "gave an answer that makes no sense"
    return "does not tell everything" if errors else ""
