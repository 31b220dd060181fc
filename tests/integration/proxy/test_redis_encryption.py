"""A Redis that speaks TLS: a certificate nobody trusts, no TLS at all, and one that is right."""

import asyncio
import pathlib
import socket
import ssl
import threading
from collections.abc import AsyncIterator
from typing import Any

import pytest

from acedesk.model.sharing.trouble import SharingTrouble, SharingUnavailable
from acedesk.proxy.shared.redis_store import Beat, RedisStore
from tests.needs import need_program
from tests.redis_server import RedisServer

pytestmark = pytest.mark.xdist_group("redis")


class TlsRedis:
    """A Redis with a port for TLS and one without, and the certificate to trust."""

    def __init__(self, folder: pathlib.Path) -> None:
        self.certificate = folder / "certificate.pem"
        self._key = folder / "key.pem"
        self.plain, self.tls = _free_port(), _free_port()
        options = ("--tls-port", self.tls, "--tls-cert-file", self.certificate)
        more = ("--tls-key-file", self._key, "--tls-auth-clients", "no", "--port", self.plain)
        self.server = RedisServer(folder, *map(str, (*options, *more)))

    async def start(self) -> None:
        wanted = ("-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost")
        files = ("-keyout", str(self._key), "-out", str(self.certificate))
        process = await asyncio.create_subprocess_exec(
            *(need_program("openssl"), "req", "-x509", "-newkey", "ec"),
            *("-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2"),
            *(*wanted, *files),
            stderr=asyncio.subprocess.DEVNULL,
        )
        assert await process.wait() == 0
        await self.server.start()


def _free_port() -> int:
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return int(sock.getsockname()[1])


@pytest.fixture
async def redis(tmp_path: pathlib.Path) -> AsyncIterator[TlsRedis]:
    made = TlsRedis(tmp_path)
    await made.start()
    yield made
    await made.server.stop()


async def trouble_of(url: str) -> SharingUnavailable:
    """Return why a Redis cannot be used."""
    store = RedisStore(url, "one")
    await store.open()
    with pytest.raises(SharingUnavailable) as told:
        await store.beat(Beat(entry="ONE"))
    await store.close(())
    return told.value


async def test_a_certificate_that_nobody_trusts_is_said(redis: TlsRedis) -> None:
    told = await trouble_of(f"rediss://localhost:{redis.tls}")

    assert told.trouble is SharingTrouble.ENCRYPTION
    assert "self-signed certificate" in told.detail


async def test_a_redis_without_tls_is_said(redis: TlsRedis) -> None:
    assert (await trouble_of(f"rediss://localhost:{redis.plain}")).trouble in (
        SharingTrouble.ENCRYPTION,
        SharingTrouble.SILENT,  # it waits for the rest of what it takes for a command
    )


async def test_a_redis_that_wants_tls_is_said(redis: TlsRedis) -> None:
    told = await trouble_of(f"redis://localhost:{redis.tls}")

    assert told.trouble in (SharingTrouble.UNREACHABLE, SharingTrouble.FAILING)


async def test_a_certificate_that_is_named_is_trusted_and_not_loaded_on_the_loop(
    redis: TlsRedis, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = RedisStore(f"rediss://localhost:{redis.tls}?ssl_ca_certs={redis.certificate}", "one")
    threads = set[bool]()
    load = ssl.SSLContext.load_verify_locations

    def note_thread(context: ssl.SSLContext, *given: Any, **named: Any) -> None:
        threads.add(threading.current_thread() is threading.main_thread())
        load(context, *given, **named)

    monkeypatch.setattr(ssl.SSLContext, "load_verify_locations", note_thread)
    await store.open()

    assert (await store.beat(Beat(entry="ONE"))).others == ()
    assert threads == {False}
    await store.close(())


async def test_a_file_of_certificates_that_is_missing_is_said(redis: TlsRedis) -> None:
    told = await trouble_of(f"rediss://localhost:{redis.tls}?ssl_ca_certs=/nowhere.pem")

    assert told.detail == "No such file or directory"
