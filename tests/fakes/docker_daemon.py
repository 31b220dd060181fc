"""A Docker daemon on a Unix socket for what a real one will not do: refuse, fail, talk nonsense."""

import asyncio
import contextlib
import json
import pathlib
import re
import sys
from collections.abc import AsyncIterator, Callable
from typing import Any

from aiohttp import web

from acedesk.containers.docker_runtime import DockerRuntime
from acedesk.settings import Settings

IMAGE = "engine:1"
Facts = dict[str, Any]


class Refused(Exception):
    """Raised by `on_create` and `on_start`: the daemon answers with this."""

    def __init__(self, message: str, status: int = 500) -> None:
        super().__init__(message)
        self.message, self.status = message, status


class FakeDaemon:
    """As much of the API as AceDesk uses.

    Attributes:
        images: What is told of each image, by name.
        containers: What is told of each container, by id.
        created: What each container was to be made of, refused ones too.
        published: Where the daemon says that it published a port.
        address: Of each container on its network.
        networks: Names of the networks of each container it makes.
        answers: Whole answers by path, instead of what follows from the above.
        on_create, on_start: May raise `Refused`; given what the container is to be made of.
    """

    def __init__(self) -> None:
        self.images: dict[str, Facts] = {IMAGE: {}}
        self.containers: dict[str, Facts] = {}
        self.created: list[Facts] = []
        self.published = ("127.0.0.1", 1)
        self.address = "172.17.0.2"
        self.networks: tuple[str, ...] = ("bridge",)
        self.answers: dict[str, web.Response] = {}
        self.on_create: Callable[[Facts], None] = lambda _: None
        self.on_start: Callable[[Facts], None] = lambda _: None
        self.port = 0  # of Windows
        self._runner: web.AppRunner | None = None

    async def listen(self, path: pathlib.Path) -> None:
        app = web.Application(middlewares=[self._middleware])
        app.router.add_route("*", "/{path:.*}", self._answer)
        self._runner = web.AppRunner(app, shutdown_timeout=0.1)
        await self._runner.setup()
        if sys.platform == "win32":  # its own Docker has a named pipe; we speak TCP to this one
            site = web.TCPSite(self._runner, "127.0.0.1", self.port)
            await site.start()
            self.port = self._runner.addresses[0][1]
        else:
            await web.UnixSite(self._runner, str(path)).start()

    async def close(self) -> None:
        """Hang up on everybody; `listen` may follow."""
        if self._runner is not None:
            await self._runner.cleanup()

    @web.middleware
    async def _middleware(self, request: web.Request, handler: Any) -> web.StreamResponse:
        path = _path(request)
        if path in self.answers:
            told = self.answers[path]
            return web.Response(body=told.body, status=told.status, content_type=told.content_type)
        try:
            answer: web.StreamResponse = await handler(request)
        except Refused as exc:
            return web.json_response({"message": exc.message}, status=exc.status)
        return answer

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        path = _path(request)
        match path.split("/")[1:]:
            case ["version"]:
                return web.json_response({"Version": "24.0.7", "ApiVersion": "1.43"})
            case ["events"]:
                return await self._events(request)
            case ["images", *name, "json"]:
                return self._image("/".join(name))
            case ["containers", "create"]:
                return self._create(await request.json(), request.query.get("name", ""))
            case ["containers", "json"]:
                return web.json_response([_row(one) for one in self.containers.values()])
            case ["containers", container, *rest]:
                return self._container(request.method, container, rest)
            case _:
                pass
        return web.json_response({"message": "page not found"}, status=404)

    @staticmethod
    async def _events(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        await asyncio.Event().wait()
        return response

    def _image(self, name: str) -> web.Response:
        if name not in self.images:
            return web.json_response({"message": f"No such image: {name}"}, status=404)
        return web.json_response({"Id": "sha256:1", "Config": self.images[name]})

    def _create(self, wanted: Facts, name: str) -> web.Response:
        self.created.append(wanted)
        self.on_create(wanted)
        container = f"{len(self.created):064x}"
        self.containers[container] = {
            "Id": container,
            "Name": f"/{name}",
            "Config": wanted,
            "HostConfig": wanted["HostConfig"],
            "State": {"Status": "created", "Running": False},
        }
        return web.json_response({"Id": container, "Warnings": []}, status=201)

    def _container(self, method: str, container: str, rest: list[str]) -> web.Response:
        found = self.containers.get(container)
        if found is None:
            return web.json_response({"message": f"No such container: {container}"}, status=404)
        if method == "DELETE":
            del self.containers[container]
        elif rest == ["json"]:
            return web.json_response(found)
        elif rest == ["logs"]:
            return web.Response(body=b"")
        elif rest in (["start"], ["restart"]):
            self.on_start(found["Config"])
            found["State"] = {"Status": "running", "Running": True}
            found["NetworkSettings"] = self._network(found)
        return web.Response(status=204)

    def _network(self, found: Facts) -> Facts:
        host, port = self.published
        ports = found["HostConfig"].get("PortBindings") or {}
        told = {one: [{"HostIp": host, "HostPort": str(port)}] for one in ports}
        networks = {name: {"IPAddress": self.address} for name in self.networks}
        return {"Ports": told, "Networks": networks}


def _path(request: web.Request) -> str:
    return re.sub(r"^/v[0-9.]+", "", request.path)


def _row(found: Facts) -> Facts:
    return {
        "Id": found["Id"],
        "Names": [found["Name"]],
        "Image": found["Config"].get("Image", ""),
        "State": found["State"]["Status"],
        "Labels": found["Config"].get("Labels") or {},
        "HostConfig": {"NetworkMode": found["HostConfig"].get("NetworkMode", "default")},
    }


def page(status: int, text: str) -> web.Response:
    """Return a page of HTML, as proxies answer."""
    body = f"<html><body><h1>{status}</h1>\n{text}\n</body></html>"
    return web.Response(text=body, status=status, content_type="text/html")


def raw_json(status: int, value: object) -> web.Response:
    """Return an answer with this JSON."""
    return web.Response(text=json.dumps(value), status=status, content_type="application/json")


@contextlib.asynccontextmanager
async def fake_docker(
    folder: pathlib.Path, **environment: str
) -> AsyncIterator[tuple[FakeDaemon, DockerRuntime]]:
    """Give a daemon at the usual place below `folder`, and a runtime that finds it.

    On Windows it is one at an address that the environment names.
    """
    path = folder / "var/run/docker.sock"
    path.parent.mkdir(parents=True)
    daemon = FakeDaemon()
    await daemon.listen(path)
    if sys.platform == "win32":
        environment = {"DOCKER_HOST": f"tcp://127.0.0.1:{daemon.port}"} | environment
    runtime = DockerRuntime(
        lambda: Settings(docker_timeout=5.0),
        environment={"HOME": str(folder), "PATH": ""} | environment,
        root=folder,
    )
    try:
        yield daemon, runtime
    finally:
        await runtime.close()
        await daemon.close()
