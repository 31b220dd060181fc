"""A registry on 127.0.0.1 that Docker pulls from: one image, as slow as a test wants.

Docker trusts registries on 127.0.0.0/8 without TLS. It speaks the registry HTTP API v2 as far as
a pull needs it.
"""

import asyncio
import contextlib
import gzip
import hashlib
import io
import json
import os
import platform
import tarfile

from aiohttp import web

_TYPES = "application/vnd.docker.distribution.manifest.v2+json"
_LIST = "application/vnd.docker.distribution.manifest.list.v2+json"
# Docker reports every hundredth of a layer, at most every 100 ms.
CHUNK = 64 * 1024
CHUNK_INTERVAL = 0.05
_ARCHITECTURES = {"x86_64": "amd64", "aarch64": "arm64"}


def _digest(data: bytes) -> str:
    return f"sha256:{hashlib.sha256(data).hexdigest()}"


class FakeRegistry:
    """Serves `name:latest` with one layer of `size` random bytes, and `foreign:latest`.

    Attributes:
        go_on: The layer comes slowly, and its end not at all, until this is set.
        layer_begun: Set when Docker has begun to download the layer.
        layer_ended: Set when the layer was sent or Docker has hung up.
    """

    def __init__(self, size: int) -> None:
        self.go_on = asyncio.Event()
        self.layer_begun = asyncio.Event()
        self.layer_ended = asyncio.Event()
        self.port = 0
        self._layer, config = _build(size)
        self._blobs = {_digest(self._layer): self._layer, _digest(config): config}
        self._manifest = json.dumps(
            {
                "schemaVersion": 2,
                "mediaType": _TYPES,
                "config": {
                    "mediaType": "application/vnd.docker.container.image.v1+json",
                    "size": len(config),
                    "digest": _digest(config),
                },
                "layers": [
                    {
                        "mediaType": "application/vnd.docker.image.rootfs.diff.tar.gzip",
                        "size": len(self._layer),
                        "digest": _digest(self._layer),
                    }
                ],
            }
        ).encode()
        self._runner: web.AppRunner | None = None

    @property
    def digest(self) -> str:
        """Names the image exactly: "sha256:..."."""
        return _digest(self._manifest)

    async def start(self) -> None:
        app = web.Application()
        app.router.add_get("/v2/", self._hello)
        app.router.add_get("/v2/{name}/manifests/{tag}", self._give_manifest)
        app.router.add_get("/v2/{name}/blobs/{digest}", self._give_blob)
        self._runner = web.AppRunner(app, handler_cancellation=True, shutdown_timeout=0.1)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0)
        await site.start()
        self.port = self._runner.addresses[0][1]

    async def stop(self) -> None:
        assert self._runner is not None
        await self._runner.cleanup()

    async def _hello(self, _: web.Request) -> web.Response:
        return web.json_response({})

    async def _give_manifest(self, request: web.Request) -> web.Response:
        name = request.match_info["name"]
        if name == "foreign":
            return _reply(_foreign_list(self._manifest), _LIST)
        if name.startswith("image-"):
            return _reply(self._manifest, _TYPES)
        error = {"code": "MANIFEST_UNKNOWN", "message": "manifest unknown"}
        return web.json_response({"errors": [error]}, status=404)

    async def _give_blob(self, request: web.Request) -> web.StreamResponse:
        data = self._blobs[request.match_info["digest"]]
        response = web.StreamResponse(headers={"Content-Length": str(len(data))})
        await response.prepare(request)
        if data is not self._layer or request.method == "HEAD":
            await response.write(data)
            return response
        self.layer_begun.set()
        try:
            await self._send_slowly(response, data)
        finally:
            self.layer_ended.set()
        return response

    async def _send_slowly(self, response: web.StreamResponse, data: bytes) -> None:
        """Send in small pieces: Docker only notices that nobody wants it when it has news."""
        last = len(data) - CHUNK
        for start in range(0, last, CHUNK):
            await response.write(data[start : min(start + CHUNK, last)])
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(CHUNK_INTERVAL):
                    await self.go_on.wait()
        await self.go_on.wait()
        await response.write(data[last:])


def _reply(body: bytes, kind: str) -> web.Response:
    headers = {"Content-Type": kind, "Docker-Content-Digest": _digest(body)}
    return web.Response(body=body, headers=headers)


def _foreign_list(manifest: bytes) -> bytes:
    """Return a list that has the image for a processor nobody has."""
    entry = {
        "mediaType": _TYPES,
        "size": len(manifest),
        "digest": _digest(manifest),
        "platform": {"architecture": "s390x", "os": "linux"},
    }
    listed = {"schemaVersion": 2, "mediaType": _LIST, "manifests": [entry]}
    return json.dumps(listed).encode()


def _build(size: int) -> tuple[bytes, bytes]:
    """Return a layer with one file and the image's configuration."""
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as archive:
        entry = tarfile.TarInfo("noise")
        entry.size = size
        # Fresh noise each time: layers Docker has seen are not pulled again.
        archive.addfile(entry, io.BytesIO(os.urandom(size)))
    config = {
        "architecture": _ARCHITECTURES.get(platform.machine(), platform.machine()),
        "os": "linux",
        "config": {"Cmd": ["/nothing"]},
        "rootfs": {"type": "layers", "diff_ids": [_digest(packed.getvalue())]},
    }
    return gzip.compress(packed.getvalue(), 1), json.dumps(config).encode()
