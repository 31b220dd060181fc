"""What `/openapi.json` says holds: no wild request gets an answer it does not name, or a 500."""

import contextlib
import http.client
import json
import pathlib
import random
import urllib.parse
from collections.abc import Iterator
from typing import Any, Final

import pytest

from tests.e2e.program import Server

pytestmark = pytest.mark.xdist_group("contract")

SEED: Final = 20261129
REQUESTS: Final = 12
# These do not end, or make and try engines for seconds.
LEFT_OUT: Final = {
    ("get", "/ws/engines"),
    ("get", "/stream"),
    ("get", "/events/stream"),
    ("get", "/events/live"),
    ("post", "/engines"),
    ("post", "/engines/{id}/restart"),
    ("post", "/engines/{id}/replace"),
    ("delete", "/engines/{id}"),
    ("post", "/tests"),
}
TEXTS: Final = (
    "",
    "a",
    "a" * 40,
    "engine-1",
    "%",
    "%2F",
    "a/b",
    "..",
    "a|b",
    "ü€😀",
    "\x00",
    "\n",
    "-1",
    "0",
    "1",
    "5",
    "99999999999999999999999",
    "1.5",
    "true",
    "started",
    "2026-01-01T00:00:00Z",
    "x" * 3000,
)
VALUES: Final[tuple[Any, ...]] = (
    None,
    True,
    0,
    -1,
    1.5,
    10**30,
    "x",
    "",
    [],
    {},
    [1],
    {"a": "b"},
    6878,
    "é\ud83d",
)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    home: pathlib.Path = tmp_path_factory.mktemp("description")
    made = Server("serve", "--demo", "--port", "0", "--data-dir", str(home / "data"), home=home)
    try:
        made.ready()
        made.wait_until("/health/ready", lambda answer: answer["ready"], "an engine")
        yield made
    finally:
        made.end()


def ask(server: Server, method: str, path: str, body: bytes | None) -> tuple[int, str, bytes]:
    address = urllib.parse.urlsplit(server.base_url)
    connection = http.client.HTTPConnection(address.hostname or "", address.port, timeout=15)
    with contextlib.closing(connection):
        connection.request(method.upper(), path, body=body)
        response = connection.getresponse()
        return response.status, response.headers.get_content_type(), response.read()


def test_no_request_gets_an_answer_that_is_not_described(server: Server) -> None:
    document = server.get("/openapi.json")[1]
    wild, wrong = random.Random(SEED), []
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            short = path.removeprefix("/api/v1").removeprefix("/api/v2")
            if (method, short) in LEFT_OUT:
                continue
            for _ in range(REQUESTS):
                target, body = draw(wild, path, operation, document)
                status, kind, data = ask(server, method, target, body)
                problem = judge(operation, status, kind, data, document)
                if problem:
                    wrong.append(f"{method} {target[:200]} {body!r:.300}: {status} {problem}")

    assert wrong == []
    assert server.process.poll() is None
    assert "Traceback" not in server.stderr


def draw(
    wild: random.Random, path: str, operation: dict[str, Any], document: dict[str, Any]
) -> tuple[str, bytes | None]:
    """Return a target and a body, right in parts."""
    query = []
    for one in operation["parameters"]:
        text = wild.choice(one["schema"].get("enum") or TEXTS) if wild.random() < 0.3 else None
        text = wild.choice(TEXTS) if text is None else text
        if one["name"] == "wait":
            continue
        if one["in"] == "path":
            path = path.replace(f"{{{one['name']}}}", urllib.parse.quote(text or "x", safe=""))
        elif one["required"] or wild.random() < 0.5:
            query.append((one["name"], text))
    target = path + ("?" + urllib.parse.urlencode(query) if query else "")
    if "requestBody" not in operation:
        return target, None
    schema = operation["requestBody"]["content"]["application/json"]["schema"]
    if "provision" in path:
        return target, b"{}"
    raw = wild.choice((None, b"", b"{", b"[]", b"\xff", b"null"))
    made = json.dumps(value(wild, schema, document)).encode()
    return target, made if wild.random() < 0.8 else raw


def value(wild: random.Random, schema: dict[str, Any], document: dict[str, Any]) -> Any:
    """Return a value that mostly fits a schema."""
    if wild.random() < 0.1:
        return wild.choice(VALUES)
    schema = resolve(schema, document)
    if "anyOf" in schema:
        return value(wild, wild.choice(schema["anyOf"]), document)
    match schema.get("type"):
        case "object":
            names = schema.get("properties", {})
            found = {name: value(wild, one, document) for name, one in names.items()}
            return {name: one for name, one in found.items() if wild.random() < 0.9}
        case "array":
            return [value(wild, schema["items"], document) for _ in range(wild.randrange(3))]
        case "string":
            return wild.choice(schema.get("enum") or TEXTS)
        case "integer":
            return wild.choice((0, 1, 6878, -5))
        case "boolean":
            return wild.random() < 0.5
        case _:
            return None


def resolve(schema: dict[str, Any], document: dict[str, Any]) -> dict[str, Any]:
    name = schema.get("$ref", "").rpartition("/")[2]
    found: dict[str, Any] = document["components"]["schemas"][name] if name else schema
    return found


def judge(
    operation: dict[str, Any], status: int, kind: str, data: bytes, document: dict[str, Any]
) -> str:
    """Return what is wrong with an answer, "" when nothing is."""
    described = operation["responses"].get(str(status))
    if described is None or status == 500:
        return f"is not described: {data[:200]!r}"
    content = {name.lower(): one for name, one in described["content"].items()}
    if kind not in content:
        return f"{kind} is not described"
    if kind != "application/json":
        return ""
    return mismatch(json.loads(data), content[kind]["schema"], document, "")


def mismatch(found: Any, schema: dict[str, Any], document: dict[str, Any], at: str) -> str:
    """Return where a value does not fit its schema, "" when it does."""
    schema = resolve(schema, document)
    if "anyOf" in schema:
        problems = [mismatch(found, one, document, at) for one in schema["anyOf"]]
        return "" if "" in problems else problems[0]
    kinds: dict[str, tuple[type, ...]] = {
        "string": (str,),
        "integer": (int,),
        "number": (int, float),
        "boolean": (bool,),
        "null": (type(None),),
        "array": (list,),
        "object": (dict,),
    }
    wanted = schema.get("type")
    if wanted is None:
        return ""
    if type(found) not in kinds[wanted]:
        return f"{at}: {found!r:.80} is no {wanted}"
    if found not in schema.get("enum", [found]):
        return f"{at}: {found!r} is none of {schema['enum']}"
    if isinstance(found, list):
        inner = (mismatch(one, schema["items"], document, f"{at}[]") for one in found)
        return next(filter(None, inner), "")
    if isinstance(found, dict):
        return _object_mismatch(found, schema, document, at)
    return ""


def _object_mismatch(
    found: dict[str, Any], schema: dict[str, Any], document: dict[str, Any], at: str
) -> str:
    missing = [name for name in schema.get("required", []) if name not in found]
    if missing:
        return f"{at}: {missing} missing"
    known, other = schema.get("properties", {}), schema.get("additionalProperties")
    for name, one in found.items():
        inner = known.get(name, other)
        if isinstance(inner, dict) and (problem := mismatch(one, inner, document, f"{at}.{name}")):
            return problem
    return ""
