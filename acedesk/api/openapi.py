"""The API described: `/openapi.json` (OpenAPI 3.1) and a page to read, made from the routes."""

import asyncio
import html
import re
from collections.abc import Iterable
from typing import Any, Final

from aiohttp import web

from acedesk import __version__
from acedesk.api.endpoints import JSON, LONGEST_TEXT, Endpoint, Parameter, encode, text_answer
from acedesk.api.orchestrator.shapes import ErrorAnswer
from acedesk.api.schema import Schema, Schemas

_WORDS: Final = {
    400: "The request cannot be served as it is.",
    401: "From the network it needs a token.",
    403: "It comes from a page of another site, or its token does not open this.",
    404: "There is no such thing.",
    413: "The body is too long.",
    422: "A value is not what it may be.",
    429: "Too many requests; Retry-After says when.",
    500: "AceDesk has a bug.",
    502: "The engine did not do it.",
    503: "Not now; Retry-After says when.",
}
# Of every route: what any request may be answered.
_ANYWHERE: Final = (400, 401, 403, 429, 500)
_TITLES: Final = {"/api/v2": "Our own shapes", "": "The orchestrator's contract"}

STYLE: Final = (
    "body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;"
    "color-scheme:light dark}code{font-size:.95em}h3{margin-bottom:0}p{margin:.3rem 0}"
    "small{opacity:.7}"
)
# A page runs no script and loads nothing.
PAGE_HEADERS: Final = {"Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'"}


class OpenApiRoutes:
    """The two documents over the routes of all others; made when somebody reads them."""

    def __init__(self, endpoints: Iterable[Endpoint]) -> None:
        self._endpoints = (*endpoints, *self.endpoints())
        self._document = ""
        self._page = ""

    def endpoints(self) -> list[Endpoint]:
        """Return the routes."""
        return [
            Endpoint(
                method="GET",
                path="/openapi.json",
                handler=self.document,
                answer=dict[str, Any],
                prefixes=("",),
            ),
            Endpoint(
                method="GET",
                path="/docs",
                handler=self.page,
                prefixes=("", "/api/v2"),
                media="text/html",
            ),
        ]

    async def document(self, _request: web.Request) -> web.Response:
        """Describe the API for programs (OpenAPI 3.1)."""
        if not self._document:
            self._document = await asyncio.to_thread(self._write_document)
        return text_answer(self._document)

    def _write_document(self) -> str:
        return encode(build_document(self._endpoints))

    async def page(self, _request: web.Request) -> web.Response:
        """Describe the API for people."""
        if not self._page:
            self._page = await asyncio.to_thread(build_page, self._endpoints)
        return web.Response(
            text=self._page,
            content_type="text/html",
            headers=PAGE_HEADERS,
        )


def build_document(endpoints: Iterable[Endpoint]) -> dict[str, Any]:
    """Return the OpenAPI document of these routes."""
    schemas = Schemas()
    schemas.of(ErrorAnswer)
    paths: dict[str, dict[str, Any]] = {}
    for endpoint in endpoints:
        for prefix in endpoint.prefixes:
            path = _plain_path(prefix + endpoint.path)
            operation = _operation(endpoint, path, schemas)
            paths.setdefault(path, {})[endpoint.method.lower()] = operation
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "AceDesk",
            "version": __version__,
            "description": "At the root and under /api/v1 stands the contract of "
            "acestream-orchestrator, under /api/v2 what AceDesk itself shows.",
        },
        "servers": [{"url": "/"}],
        "paths": paths,
        "components": {"schemas": schemas.named},
    }


def _plain_path(path: str) -> str:
    """Return a path without the patterns that aiohttp takes in braces."""
    return re.sub(r"\{(\w+):[^{}]*\}", r"{\1}", path)


def _operation(endpoint: Endpoint, path: str, schemas: Schemas) -> dict[str, Any]:
    about = endpoint.about
    summary, _, rest = about.partition("\n")
    found: dict[str, Any] = {
        "operationId": re.sub(r"\W+", "_", f"{endpoint.method.lower()}{path}").strip("_"),
        "summary": summary.strip(),
        "tags": ["v2" if path.startswith("/api/v2") else "orchestrator"],
        "parameters": [
            *(_path_part(name, endpoint.path_parts) for name in re.findall(r"\{(\w+)\}", path)),
            *map(_in_query, endpoint.query),
        ],
        "responses": {
            **{str(code): _success(endpoint, code, schemas) for code in endpoint.success},
            **{
                str(code): _error(code)
                for code in sorted({*endpoint.statuses, *_ANYWHERE})
                if code not in endpoint.success
            },
        },
    }
    if rest.strip():
        found["description"] = rest.strip()
    if endpoint.body is not None:
        content = {JSON: {"schema": schemas.of(endpoint.body)}}
        found["requestBody"] = {"required": endpoint.needs_body, "content": content}
    return found


def _path_part(name: str, known: tuple[Parameter, ...]) -> dict[str, Any]:
    said = next((one for one in known if one.name == name), Parameter(name=name))
    found = {"in": "path", **_parameter(said), "required": True}
    if said.kind == "string":
        found["schema"] = {**found["schema"], "minLength": 1}
    return found


def _in_query(one: Parameter) -> dict[str, Any]:
    found = {"in": "query", **_parameter(one)}
    if one.kind == "string" and not one.choices:
        found["schema"] = {**found["schema"], "maxLength": LONGEST_TEXT}
    return found


def _parameter(one: Parameter) -> dict[str, Any]:
    found: dict[str, Any] = {"name": one.name, "required": one.required, "schema": _value(one)}
    if one.about:
        found["description"] = one.about
    return found


def _value(one: Parameter) -> Schema:
    kind = "string" if one.kind == "time" else one.kind
    bounds = {"minimum": one.minimum, "maximum": None if one.clamped else one.maximum}
    return {
        "type": kind,
        **({"format": "date-time"} if one.kind == "time" else {}),
        **({"enum": list(one.choices)} if one.choices else {}),
        **{name: value for name, value in bounds.items() if value is not None},
        **({"default": one.default} if one.default is not None else {}),
    }


def _success(endpoint: Endpoint, code: int, schemas: Schemas) -> dict[str, Any]:
    if code == 101:
        return {"description": "The WebSocket is open."}
    schema = {"type": "string"} if endpoint.answer is None else schemas.of(endpoint.answer)
    words = "As asked." if code < 400 else _WORDS[code]
    media = (endpoint.media, *endpoint.other_media)
    return {"description": words, "content": {name: {"schema": schema} for name in media}}


def _error(code: int) -> dict[str, Any]:
    schema = {"$ref": "#/components/schemas/ErrorAnswer"}
    return {"description": _WORDS[code], "content": {JSON: {"schema": schema}}}


def build_page(endpoints: Iterable[Endpoint]) -> str:
    """Return the same as a page for people; it runs no script."""
    rows: dict[str, list[str]] = {title: [] for title in _TITLES.values()}
    for endpoint in endpoints:
        own = endpoint.prefixes[0].startswith("/api/v2")
        rows[_TITLES["/api/v2" if own else ""]].append(_row(endpoint))
    parts = "".join(f"<h2>{title}</h2>{''.join(found)}" for title, found in rows.items())
    return (
        '<!doctype html><html lang="en"><meta charset="utf-8"><title>AceDesk API</title>'
        f"<style>{STYLE}</style><h1>AceDesk API</h1><p>For programs: "
        f'<a href="/openapi.json">/openapi.json</a> (OpenAPI 3.1).</p>{parts}</html>'
    )


def _row(endpoint: Endpoint) -> str:
    path = _plain_path(endpoint.prefixes[0] + endpoint.path)
    others = " ".join(_plain_path(one + endpoint.path) for one in endpoint.prefixes[1:])
    asked = "".join(
        f"<p><code>{html.escape(one.name)}</code> {html.escape(_describe(one))}</p>"
        for one in endpoint.query
    )
    also = f"<small>also {html.escape(others)}</small>" if others else ""
    about = html.escape(endpoint.about).replace("\n\n", "<br>")
    return f"<h3><code>{endpoint.method} {html.escape(path)}</code></h3>{also}<p>{about}</p>{asked}"


def _describe(one: Parameter) -> str:
    bounds = f"{one.minimum} to {one.maximum}" if one.maximum is not None else ""
    choices = " or ".join(one.choices)
    default = f"by default {one.default}" if one.default not in (None, "") else ""
    facts = ", ".join(part for part in (one.kind, bounds, choices, default) if part)
    return f"({facts}) {one.about}".strip()
