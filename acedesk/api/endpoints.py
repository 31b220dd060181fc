"""What a route is: its path, what it takes and what it answers, said once.

The HTTP server is made from it, what comes in is checked by it, and the OpenAPI document is
generated from it.
"""

import dataclasses
import datetime
import hashlib
import inspect
import json
from collections.abc import Awaitable, Callable, Iterable, Mapping
from typing import Any, Final, Literal

from aiohttp import web

from acedesk.errors import BadRequest, InvalidValue
from acedesk.proxy.http.errors import NO_STORE
from acedesk.values import frozen_value

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

# Our own shapes. What the orchestrator contract has stands at the root and under /api/v1, because
# clients of either kind are in the field.
OWN: Final = ("/api/v2",)
CONTRACT: Final = ("", "/api/v1")

JSON: Final = "application/json"
TEXT: Final = "text/plain"
OPEN_METRICS: Final = "application/openmetrics-text"
EVENT_STREAM: Final = "text/event-stream"

# A batch of 100 events has about 60 KB.
LONGEST_BODY: Final = 1024 * 1024
# More digits are no number that anybody means.
LONGEST_NUMBER: Final = 18
LONGEST_TEXT: Final = 8192

_WORDS: Final = {"true": True, "1": True, "false": False, "0": False, "": False}


@frozen_value
class Parameter:
    """One parameter of the query, or a part of the path.

    Attributes:
        kind: Of its value; a time is RFC 3339.
        minimum, maximum: Of a number.
        choices: The only values, when not empty.
        default: What holds without it.
        clamped: A number above the maximum is taken as the maximum.
    """

    name: str
    about: str = ""
    kind: Literal["string", "integer", "boolean", "time"] = "string"
    minimum: int | None = None
    maximum: int | None = None
    choices: tuple[str, ...] = ()
    default: str | int | bool | None = None
    required: bool = False
    clamped: bool = False


@frozen_value
class Endpoint:
    """One route.

    Attributes:
        path: With parts in braces, such as "/streams/{id}".
        answer: Type of the JSON of the answer.
        query: What it takes in the query; all else is ignored.
        path_parts: What is to be said of parts of the path that are no plain text.
        body: Type of the JSON it takes, None when it takes none.
        needs_body: Without a body it is refused.
        statuses: Status codes of errors that it may answer, beside 403 and 500.
        success: Status codes of its usual answers.
        prefixes: Where it stands.
        media: Of the answer.
        other_media: What else it may be, when the request accepts it.
    """

    method: str
    path: str
    handler: Handler
    answer: Any = None
    query: tuple[Parameter, ...] = ()
    path_parts: tuple[Parameter, ...] = ()
    body: Any = None
    needs_body: bool = False
    statuses: tuple[int, ...] = ()
    success: tuple[int, ...] = (200,)
    prefixes: tuple[str, ...] = CONTRACT
    media: str = JSON
    other_media: tuple[str, ...] = ()

    @property
    def about(self) -> str:
        """What it does: the handler's own words."""
        return inspect.getdoc(self.handler) or ""

    def routes(self) -> list[web.RouteDef]:
        """Return the routes for an aiohttp application."""
        return [
            web.route(self.method, prefix + self.path, self.handler) for prefix in self.prefixes
        ]


def reads(
    rows: Iterable[tuple[str, Handler, Any, tuple[int, ...]]],
    prefixes: tuple[str, ...] = CONTRACT,
) -> list[Endpoint]:
    """Return routes that only read.

    Args:
        rows: Path, handler, type of the answer and the statuses of its errors.
    """
    return [
        Endpoint(
            method="GET",
            path=path,
            handler=handler,
            answer=kind,
            statuses=statuses,
            prefixes=prefixes,
        )
        for path, handler, kind, statuses in rows
    ]


def routes_of(endpoints: Iterable[Endpoint]) -> list[web.RouteDef]:
    """Return the routes of these for an aiohttp application."""
    return [route for endpoint in endpoints for route in endpoint.routes()]


def plain(value: object) -> dict[str, Any]:
    """Return one of our shapes as a dict, for `json.dumps`; its fields have JSON's types."""
    assert dataclasses.is_dataclass(value)
    return {name: getattr(value, name) for name in value.__dataclass_fields__}


def encode(value: object) -> str:
    """Return the JSON text of shapes, lists and dicts of them."""
    return json.dumps(value, default=plain)


def answer(value: object, *, status: int = 200) -> web.Response:
    """Answer with shapes as JSON; no proxy on the way may keep it."""
    return web.json_response(text=encode(value), status=status, headers=NO_STORE)


def text_answer(text: str) -> web.Response:
    """Answer with JSON that is text already."""
    return web.json_response(text=text, headers=NO_STORE)


# What comes in


def read_query(request: web.Request, parameters: Iterable[Parameter]) -> dict[str, Any]:
    """Return the parameters of the query by name, checked; the default for those left out.

    Raises:
        InvalidValue: One is missing, given twice with different values, or not what it may be.
    """
    return {one.name: _read(one, request.query.getall(one.name, [])) for one in parameters}


def read_own_query(request: web.Request, parameters: Iterable[Parameter]) -> dict[str, Any]:
    """Return the same for our own shapes, which answer 400 where the contract has 422.

    Raises:
        BadRequest: As `read_query` raises InvalidValue.
    """
    try:
        return read_query(request, parameters)
    except InvalidValue as exc:
        raise BadRequest(exc.detail) from exc


def _read(parameter: Parameter, given: list[str]) -> Any:
    if not given:
        if parameter.required:
            raise InvalidValue(f"{parameter.name} is missing.")
        return parameter.default
    text = given[0]
    if len(set(given)) > 1:
        raise InvalidValue(f"{parameter.name} is given twice.")
    if len(text) > LONGEST_TEXT or not text.isprintable():
        raise InvalidValue(f"{parameter.name} has signs it may not have, or too many.")
    return check_value(parameter, text)


def check_value(parameter: Parameter, text: str) -> Any:
    """Return what a text means as the parameter's value.

    Raises:
        InvalidValue: It means none.
    """
    match parameter.kind:
        case "integer":
            return _number(parameter, text)
        case "boolean":
            if text.lower() not in _WORDS:
                raise InvalidValue(f"{parameter.name} is true or false.")
            return _WORDS[text.lower()]
        case "time":
            return _time(parameter.name, text)
        case "string":
            if parameter.choices and text not in parameter.choices:
                raise InvalidValue(f"{parameter.name} is one of {', '.join(parameter.choices)}.")
            return text


def _number(parameter: Parameter, text: str) -> int:
    digits = text.removeprefix("-")
    if not (digits.isascii() and digits.isdecimal() and len(digits) <= LONGEST_NUMBER):
        raise InvalidValue(f"{parameter.name} is a whole number.")
    number, low, high = int(text), parameter.minimum, parameter.maximum
    if low is not None and number < low:
        raise InvalidValue(f"{parameter.name} is at least {low}.")
    if high is not None and number > high:
        if not parameter.clamped:
            raise InvalidValue(f"{parameter.name} is at most {high}.")
        number = high
    return number


def _time(name: str, text: str) -> datetime.datetime:
    # A plus that was not percent-encoded arrives as a space.
    try:
        found = datetime.datetime.fromisoformat(text.strip().replace(" ", "+"))
        zoned = found if found.tzinfo is not None else found.replace(tzinfo=datetime.UTC)
        return zoned.astimezone(datetime.UTC)
    except (ValueError, OverflowError):
        raise InvalidValue(f"{name} is a time such as 2026-01-31T12:00:00Z.") from None


async def read_body(request: web.Request) -> Mapping[str, Any]:
    """Return the JSON object in the body, empty without a body.

    Raises:
        InvalidValue: It is something else.
        web.HTTPRequestEntityTooLarge: It is too long.
    """
    parts, size = [], 0
    async for part in request.content.iter_any():
        size += len(part)
        if size > LONGEST_BODY:
            raise web.HTTPRequestEntityTooLarge(max_size=LONGEST_BODY, actual_size=size)
        parts.append(part)
    data = b"".join(parts)
    if not data.strip():
        return {}
    try:
        found = json.loads(data)
    except (ValueError, RecursionError):
        raise InvalidValue("The body is no JSON.") from None
    if not isinstance(found, dict):
        raise InvalidValue("The body is no JSON object.")
    return found


async def request_key(request: web.Request) -> str:
    """Return what is the same for a request and its repetitions."""
    named = request.headers.get("Idempotency-Key")
    said = await request.read() if named is None else named.encode(errors="surrogateescape")
    return f"{'body' if named is None else 'key'}:{hashlib.sha256(said).hexdigest()}"
