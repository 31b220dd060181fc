"""The system's authorities are loaded when somebody is asked over TLS, and not before."""

import ssl

import pytest

from acedesk.process import certificates


@pytest.mark.parametrize("url", ["https://a.example/list", "HTTPS://a.example"])
async def test_who_is_asked_over_https_must_prove_itself(url: str) -> None:
    context = await certificates.context_for(url)

    assert isinstance(context, ssl.SSLContext)
    assert context.verify_mode is ssl.CERT_REQUIRED
    assert context.check_hostname
    assert await certificates.context_for(url) is context


async def test_plain_http_loads_nothing() -> None:
    assert await certificates.context_for("http://127.0.0.1:8000/v1") is True
