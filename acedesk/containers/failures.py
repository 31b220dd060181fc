"""What docker-py's exceptions mean; it is not imported here, only what it raises is looked at."""

import contextlib
from collections.abc import Iterator

from acedesk.containers.endpoint import Endpoint
from acedesk.containers.inspection import too_slow
from acedesk.containers.refusals import NOT_ALLOWED, first_line, judge_answer
from acedesk.containers.ssh.failures import judge_ssh
from acedesk.containers.ssh.tunnel import SshFailed
from acedesk.errors import AceDeskError, ContainerError, RuntimeState, RuntimeUnavailable

_FIRST_SERVER_ERROR = 500
# docker-py names what it cannot speak by an exception with one of these.
_UNSUPPORTED = ("npipe", "invalid bind address", "bind address needs", "pypiwin32")


# What OpenSSL says of files, and of certificates; the first that fits. An alert is what the other
# side says of ours.
_BAD_FILES = (
    "pem lib",
    "no start line",
    "key values mismatch",
    "invalid path",
    "bad password read",
)
_CERTIFICATE_SIGNS = (
    (RuntimeState.CERTIFICATE_REFUSED, ("alert",)),
    (RuntimeState.CERTIFICATE_EXPIRED, ("has expired", "not yet valid")),
    (RuntimeState.CERTIFICATE_NAME, ("mismatch", "doesn't match", "not valid for")),
    (RuntimeState.CERTIFICATE_UNKNOWN, ("certificate verify failed", "self-signed", "self signed")),
)


def answer_of(exc: BaseException) -> tuple[int, str] | None:
    """Return status and text of the answer that `exc` is about, None when there was none.

    Docker's answers that are not as docker-py expects them make it fail with errors of Python; the
    answer then is in what they came from.
    """
    for one in _chain(exc):
        response = getattr(one, "response", None)
        status = getattr(response, "status_code", None)
        if isinstance(status, int):
            with contextlib.suppress(Exception):  # its connection may be broken
                return status, str(getattr(response, "text", ""))
            return status, ""
    return None


def is_timeout(exc: BaseException) -> bool:
    """Tell whether `exc` or what it wraps is a deadline that passed."""
    return any(
        isinstance(one, TimeoutError) or "timed out" in str(one).lower() for one in _chain(exc)
    )


def _chain(exc: BaseException | None) -> Iterator[BaseException]:
    seen: set[int] = set()
    while exc is not None and id(exc) not in seen:
        seen.add(id(exc))
        yield exc
        exc = exc.__cause__ or exc.__context__


def failed_operation(operation: str, exc: Exception) -> AceDeskError | None:
    """Return the error of an operation that Docker answered, None when it gave no answer."""
    answer = answer_of(exc)
    if answer is not None:
        refusal = judge_answer(*answer)
        if "client version" in refusal.detail:
            return RuntimeUnavailable(RuntimeState.WRONG_VERSION, refusal.detail)
        option = refusal.option.value if refusal.option is not None else ""
        return ContainerError(operation, refusal.detail, option=option)
    if any(isinstance(one, OSError) and not isinstance(one, ValueError) for one in _chain(exc)):
        return None
    return ContainerError(operation, "Docker gave an answer that makes no sense")


def failed_connection(endpoint: Endpoint, exc: Exception, timeout: float) -> AceDeskError:
    """Return why an address that takes connections cannot be used as Docker.

    Args:
        timeout: Seconds the first question was waited for.
    """
    if (by_ssh := failed_ssh(endpoint, exc)) is not None:
        return by_ssh
    if is_timeout(exc):
        return too_slow("version", timeout)
    said = " ".join(str(one).lower() for one in _chain(exc))
    if any(sign in said for sign in _UNSUPPORTED):
        return RuntimeUnavailable(RuntimeState.UNSUPPORTED, f"it is {endpoint.shown}")
    if "api versions below" in said:
        detail = f"the Docker at {endpoint.shown} is older than Docker 1.12"
        return RuntimeUnavailable(RuntimeState.WRONG_VERSION, detail)
    if "tls" in type(exc).__name__.lower() or _cannot_read_files(exc, said):
        files = f"ca.pem, cert.pem and key.pem in {endpoint.tls_dir}"
        detail = f"{files} are needed and cannot be read"
        return RuntimeUnavailable(RuntimeState.CERTIFICATE_FILES, detail, target=endpoint.host)
    if "certificate" in said or "ssl" in said:
        detail = f"the encrypted connection to {endpoint.shown} failed: {_last_line(exc)}"
        return RuntimeUnavailable(_certificate_state(said), detail, target=endpoint.host)
    if any(isinstance(one, ConnectionError) for one in _chain(exc)):
        detail = f"{endpoint.shown} takes connections and hangs up"  # as one that just starts does
        return RuntimeUnavailable(RuntimeState.NOT_ANSWERING, detail)
    return _judge_first_answer(endpoint, answer_of(exc))


def failed_ssh(endpoint: Endpoint | None, exc: Exception) -> RuntimeUnavailable | None:
    """Return why ssh did not lead to Docker, None when it did or was not asked."""
    failed = next((one for one in _chain(exc) if isinstance(one, SshFailed)), None)
    if failed is None or endpoint is None:
        return None
    return judge_ssh(failed, endpoint.url)


def _cannot_read_files(exc: Exception, said: str) -> bool:
    """Tell whether our own certificates are the trouble: missing, locked, or none at all."""
    if endpoint_files := [one for one in _chain(exc) if isinstance(one, OSError) and one.filename]:
        return any(str(one.filename).endswith(".pem") for one in endpoint_files)
    return any(sign in said for sign in _BAD_FILES)


def _certificate_state(said: str) -> RuntimeState:
    for state, signs in _CERTIFICATE_SIGNS:
        if any(sign in said for sign in signs):
            return state
    return RuntimeState.REFUSED


def _judge_first_answer(endpoint: Endpoint, answer: tuple[int, str] | None) -> RuntimeUnavailable:
    if answer is not None:
        detail = f"at {endpoint.shown}: {judge_answer(*answer).detail}"
        if answer[0] in NOT_ALLOWED or "encrypted" in detail:
            return RuntimeUnavailable(RuntimeState.REFUSED, detail)
        if answer[0] >= _FIRST_SERVER_ERROR:
            return RuntimeUnavailable(RuntimeState.NOT_ANSWERING, detail)
        if "client version" in detail:
            return RuntimeUnavailable(RuntimeState.WRONG_VERSION, detail)
    by = f", which {endpoint.named_by} names," if endpoint.named_by else ""
    detail = f"what answers at {endpoint.shown}{by} is no Docker"
    return RuntimeUnavailable(RuntimeState.NOT_DOCKER, detail)


def _last_line(exc: Exception) -> str:
    """Return what the innermost exception says."""
    *_, last = _chain(exc)
    return first_line(str(last)) or type(last).__name__
