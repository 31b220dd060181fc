"""What is made of docker-py's exceptions, whatever they carry."""

import dataclasses
import pathlib

import pytest

from acedesk.containers.endpoint import Endpoint
from acedesk.containers.failures import answer_of, failed_connection, failed_operation, is_timeout
from acedesk.containers.runtime import ContainerOption
from acedesk.containers.ssh.tunnel import SshFailed
from acedesk.errors import ContainerError, RuntimeState, RuntimeUnavailable

NAMED = Endpoint(url="tcp://nas:2375", named_by="DOCKER_HOST")


@dataclasses.dataclass
class _Response:
    status_code: object
    text: str


class _Broken:
    status_code = 500

    @property
    def text(self) -> str:
        raise OSError("the connection broke")


class _HttpError(OSError):
    def __init__(self, response: object) -> None:
        super().__init__("500 Server Error for http+docker://localhost/v1.41/x")
        self.response = response


def _caused(outer: Exception, inner: Exception) -> Exception:
    outer.__cause__ = inner
    return outer


def test_an_answer_is_found_in_what_an_exception_came_from() -> None:
    error = _caused(KeyError("message"), _HttpError(_Response(500, "{}")))

    assert answer_of(error) == (500, "{}")
    assert answer_of(OSError()) is None
    assert answer_of(_HttpError(None)) is None
    assert answer_of(_HttpError(_Response("200", ""))) is None
    assert answer_of(_HttpError(_Broken())) == (500, "")


def test_exceptions_that_came_from_each_other_end() -> None:
    first, second = KeyError("a"), KeyError("b")
    first.__cause__, second.__cause__ = second, first

    assert answer_of(first) is None


def test_a_deadline_is_found_wherever_it_stands() -> None:
    assert is_timeout(_caused(KeyError(), TimeoutError()))
    assert is_timeout(OSError("Read timed out. (read timeout=1)"))
    assert not is_timeout(OSError("no"))


def test_a_refused_option_is_carried_on() -> None:
    body = '{"message": "exec: \\"docker-init\\": executable file not found in $PATH"}'

    error = failed_operation("start", _HttpError(_Response(500, body)))

    assert isinstance(error, ContainerError)
    assert (error.operation, error.option) == ("start", ContainerOption.INIT.value)


def test_a_connection_that_broke_is_not_an_answer() -> None:
    assert failed_operation("start", ConnectionResetError()) is None


class _TLSParameterError(Exception):
    """As docker-py names what is wrong with certificates."""


def test_certificates_that_are_not_there_are_named() -> None:
    endpoint = Endpoint(url="tcp://eva:secret@nas:2376", tls_dir=pathlib.Path("/certificates"))

    error = failed_connection(endpoint, _TLSParameterError("Path to a certificate …"), 3.0)

    assert isinstance(error, RuntimeUnavailable)
    assert error.state is RuntimeState.CERTIFICATE_FILES
    assert error.detail.startswith(f"ca.pem, cert.pem and key.pem in {endpoint.tls_dir}")


@pytest.mark.parametrize(
    ("exc", "state"),
    [
        (OSError("[SSL] PEM lib (_ssl.c:3895)"), RuntimeState.CERTIFICATE_FILES),
        (PermissionError(13, "denied", "/c/key.pem"), RuntimeState.CERTIFICATE_FILES),
        (OSError("certificate verify failed: unknown"), RuntimeState.CERTIFICATE_UNKNOWN),
        (
            OSError("certificate verify failed: certificate has expired"),
            RuntimeState.CERTIFICATE_EXPIRED,
        ),
        (
            OSError("certificate verify failed: IP address mismatch, certificate is not valid"),
            RuntimeState.CERTIFICATE_NAME,
        ),
        (
            OSError("[SSL: TLSV13_ALERT_CERTIFICATE_REQUIRED] tlsv13 alert certificate required"),
            RuntimeState.CERTIFICATE_REFUSED,
        ),
        (
            OSError("[SSL: SSLV3_ALERT_CERTIFICATE_EXPIRED] alert certificate expired"),
            RuntimeState.CERTIFICATE_REFUSED,
        ),
    ],
)
def test_what_is_wrong_with_certificates_is_told_apart(exc: Exception, state: RuntimeState) -> None:
    error = failed_connection(NAMED, exc, 3.0)

    assert isinstance(error, RuntimeUnavailable)
    assert error.state is state


def test_an_answer_that_cannot_be_read_makes_no_sense() -> None:
    error = failed_operation("create", KeyError("Id"))

    assert isinstance(error, ContainerError)
    assert error.detail == "Docker gave an answer that makes no sense"


@pytest.mark.parametrize(
    "text",
    [
        "client version 1.60 is too new. Maximum supported API version is 1.41",
        "client version 1.40 is too old. Minimum supported API version is 1.44",
    ],
)
def test_an_api_without_a_common_version_is_told(text: str) -> None:
    error = failed_operation("inspect", _HttpError(_Response(400, text)))

    assert isinstance(error, RuntimeUnavailable)
    assert error.state is RuntimeState.WRONG_VERSION


@pytest.mark.parametrize(
    ("exc", "state", "words"),
    [
        (TimeoutError(), RuntimeState.NOT_ANSWERING, "within 3 s"),
        (ValueError("The npipe:// protocol is only supported"), RuntimeState.UNSUPPORTED, "nas"),
        (ValueError("API versions below 1.24 are no longer"), RuntimeState.WRONG_VERSION, "older"),
        (OSError("SSL: WRONG_VERSION_NUMBER"), RuntimeState.REFUSED, "WRONG_VERSION_NUMBER"),
        (SshFailed(255, "timed out"), RuntimeState.HOST_AWAY, "timed out"),
        (_HttpError(_Response(403, "<h1>No</h1>")), RuntimeState.REFUSED, "“No”"),
        (_HttpError(_Response(503, "")), RuntimeState.NOT_ANSWERING, "HTTP 503"),
        (
            _HttpError(_Response(400, "Client sent an HTTP request to an HTTPS server.")),
            RuntimeState.REFUSED,
            "encrypted",
        ),
        (KeyError("ApiVersion"), RuntimeState.NOT_DOCKER, "DOCKER_HOST"),
        (ConnectionResetError(), RuntimeState.NOT_ANSWERING, "hangs up"),
    ],
)
def test_why_an_address_cannot_be_used_is_told(
    exc: Exception, state: RuntimeState, words: str
) -> None:
    error = failed_connection(NAMED, exc, 3.0)

    assert isinstance(error, RuntimeUnavailable)
    assert error.state is state
    assert words in error.detail
