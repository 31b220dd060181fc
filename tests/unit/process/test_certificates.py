"""The system's authorities are loaded when somebody is asked over TLS, and not before."""

import os
import pathlib
import ssl
import subprocess
import sys

import pytest

from acedesk.process import certificates
from tests.needs import need_program

_TELL = """\
import ssl
from acedesk.process import certificates
before = dict(vars(ssl.SSLContext))
certificates.import_aiohttp()
assert dict(vars(ssl.SSLContext)) == before
import aiohttp.connector as connector
for context in (connector._SSL_CONTEXT_VERIFIED, connector._SSL_CONTEXT_UNVERIFIED):
    print(context.cert_store_stats()["x509"], end=" ")
print(ssl.create_default_context().cert_store_stats()["x509"])
"""


def test_aiohttp_loads_no_certificates_and_others_do(tmp_path: pathlib.Path) -> None:
    known = tmp_path / "known.pem"
    need_program("openssl")
    command = "openssl req -x509 -newkey ed25519 -nodes -keyout key -out known.pem -subj /CN=x"
    subprocess.run(command.split(), cwd=tmp_path, check=True, capture_output=True, timeout=30)

    done = subprocess.run(
        [sys.executable, "-c", _TELL],
        env={**os.environ, "SSL_CERT_FILE": str(known), "SSL_CERT_DIR": str(tmp_path / "none")},
        cwd=pathlib.Path(__file__).parents[3],
        capture_output=True,
        text=True,
        timeout=60,
    )

    assert (done.stdout, done.stderr) == ("0 0 1\n", "")


def test_where_aiohttp_is_there_already_nothing_changes() -> None:
    before = dict(vars(ssl.SSLContext))

    certificates.import_aiohttp()

    assert dict(vars(ssl.SSLContext)) == before


@pytest.mark.parametrize("url", ["https://a.example/list", "HTTPS://a.example"])
async def test_who_is_asked_over_https_must_prove_itself(url: str) -> None:
    context = await certificates.context_for(url)

    assert isinstance(context, ssl.SSLContext)
    assert context.verify_mode is ssl.CERT_REQUIRED
    assert context.check_hostname
    assert await certificates.context_for(url) is context


async def test_plain_http_loads_nothing() -> None:
    assert await certificates.context_for("http://127.0.0.1:8000/v1") is True
