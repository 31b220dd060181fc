"""HTTP to one orchestrator: bounded, retried, hedged, and given up for a while when it is down.

Only here aiohttp's client speaks to it. Every failure becomes `OrchestratorUnavailable`; the key is
sent in a header and stands in no error.
"""

import asyncio
import contextlib
import random
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from typing import Final

import aiohttp

from acedesk import clock, tasks, trace
from acedesk.acestream_api.connect import reason_of
from acedesk.engines.remote.request_counts import RequestCounts
from acedesk.errors import OrchestratorRejected, OrchestratorTrouble, OrchestratorUnavailable
from acedesk.model.engine import BreakerState
from acedesk.rules.engines import circuit
from acedesk.rules.engines.circuit import Circuit, CircuitLimits
from acedesk.rules.retry import backoff
from acedesk.values import frozen_value

# It answers from memory within milliseconds; one of the Python era asks Docker first.
READ_TIMEOUT: Final = 5.0
# Half a thousand streams are 300 KB.
LONGEST_ANSWER: Final = 16 * 1024 * 1024
# A second question is asked beside one that takes so long: hundred times what is usual.
HEDGE_AFTER: Final = 0.3
TRIES: Final = 3
FIRST_PAUSE: Final = 0.1
LONGEST_PAUSE: Final = 1.0
# A broken connection is known so many seconds later, one and a half times at most.
HEARTBEAT: Final = 4.0
CLOSE_LIMIT: Final = 1.0

# So many failures in a row: then nothing is asked but by those who look whether it is back.
LIMITS: Final = CircuitLimits(failures=5, recovery=5.0)

_AGAIN: Final = frozenset({OrchestratorTrouble.SILENT, OrchestratorTrouble.FAILING})
_REFUSED: Final = frozenset({401, 403})
# The Python era's server has none, and with some libraries it forbids what it does not know.
# Whether it lets us in is told by its other answers.
_WITHOUT_SOCKET: Final = frozenset({200, 400, 401, 403, 404, 405, 426})
_OK, _REDIRECTS, _FIRST_SERVER_ERROR = 200, range(300, 400), 500


@frozen_value(kw_only=False)
class Answer:
    """What came back, whatever its status."""

    status: int
    body: bytes


class OrchestratorRequests:
    """Asks the orchestrator at one address; any number of requests at once.

    Args:
        url: Without a slash at the end.
        api_key: Sent as a bearer token unless empty.
        draw: Returns a random number from 0 to 1.

    Closes: its connections, by `close`.
    """

    def __init__(
        self,
        url: str,
        api_key: str,
        *,
        now: Callable[[], float] = clock.monotonic,
        draw: Callable[[], float] = random.random,
    ) -> None:
        self.url = url
        self.counts = RequestCounts()
        self._headers: dict[str, str] = {}
        self.use_key(api_key)
        self._now = now
        self._draw = draw
        self._circuit = Circuit()
        self._http: aiohttp.ClientSession | None = None

    def use_key(self, api_key: str) -> None:
        """Send another key from now on; "" sends none."""
        self._headers = {"Authorization": f"Bearer {api_key}"} if api_key else {}

    def is_paused(self) -> bool:
        """Tell whether it failed too often: only who looks whether it is back may ask it."""
        return circuit.state(self._circuit, LIMITS, self._now()) is not BreakerState.CLOSED

    async def close(self) -> None:
        """Close the connections."""
        if self._http is not None:
            await self._http.close()
            self._http = None

    async def ask(
        self,
        method: str,
        path: str,
        *,
        body: str | None = None,
        timeout: float = READ_TIMEOUT,
        headers: Mapping[str, str] | None = None,
        looking: bool = False,
    ) -> Answer:
        """Ask once and return the answer, also one that tells of an error.

        Args:
            body: JSON.
            looking: Ask even while it is given up for a while: this looks whether it is back.

        Raises:
            OrchestratorUnavailable: There is no answer, it wants another key, or leads elsewhere.
        """
        if self.is_paused() and not looking:
            times = f"it failed {self._circuit.failures} times in a row"
            raise OrchestratorUnavailable(OrchestratorTrouble.PAUSED, times)
        self.counts.requests += 1
        sent = dict(headers or {})
        if body is not None:
            sent["Content-Type"] = "application/json"
        began = self._now()
        try:
            answer = await self._exchange(method, path, body, sent, timeout)
            check_status(answer.status)
        except OrchestratorUnavailable as exc:
            self.counts.note_trouble(exc, self._now() - began)
            self._note(exc)
            raise
        self.counts.note_answer(answer.status, self._now() - began)
        if answer.status < _FIRST_SERVER_ERROR:
            self._note(None)
        return answer

    async def read(
        self, path: str, *, timeout: float = READ_TIMEOUT, looking: bool = False
    ) -> bytes:
        """Read what is at `path`; tried again, and asked twice where it takes long.

        Raises:
            OrchestratorUnavailable: As `ask`, or it answers with an error.
        """
        tries = 0
        while True:
            outcome = await self._hedge(lambda: self._read_once(path, timeout, looking=looking))
            if isinstance(outcome, bytes):
                return outcome
            tries += 1
            if tries >= TRIES or outcome.trouble not in _AGAIN:
                raise outcome
            self.counts.retries += 1
            await tasks.sleep(self.pause(tries))

    def pause(
        self, tries: int, *, first: float = FIRST_PAUSE, longest: float = LONGEST_PAUSE
    ) -> float:
        """Return how long to wait after so many failures."""
        return backoff(tries, self._draw(), first=first, longest=longest)

    @contextlib.asynccontextmanager
    async def open_socket(self, path: str) -> AsyncIterator[AsyncIterator[str]]:
        """Open a WebSocket; yields its messages, which end when the other side ends it.

        Raises:
            OrchestratorRejected: There is no WebSocket at this path.
            OrchestratorUnavailable: As `ask`; also from the iterator, when the connection breaks.
        """
        self.counts.requests += 1
        opened, began = contextlib.AsyncExitStack(), self._now()
        try:
            async with asyncio.timeout(READ_TIMEOUT):
                socket = await opened.enter_async_context(
                    self._session().ws_connect(
                        self.url + path,
                        headers=self._headers,
                        heartbeat=HEARTBEAT,
                        max_msg_size=LONGEST_ANSWER,
                        timeout=aiohttp.ClientWSTimeout(ws_close=CLOSE_LIMIT),
                    )
                )
        except aiohttp.WSServerHandshakeError as exc:
            self.counts.note_answer(exc.status, self._now() - began)
            if exc.status in _WITHOUT_SOCKET:
                raise OrchestratorRejected("it has no WebSocket") from exc
            error = _status_error(exc.status)
            self._note(error)
            raise error from exc
        except (aiohttp.ClientError, OSError, ValueError) as exc:
            error = _silent(exc, READ_TIMEOUT)
            self.counts.note_trouble(error, self._now() - began)
            self._note(error)
            raise error from exc
        self.counts.note_answer(_OK, self._now() - began)
        self._note(None)
        async with opened:
            yield _messages(socket)

    # Within

    def _session(self) -> aiohttp.ClientSession:
        if self._http is None:
            self._http = aiohttp.ClientSession(
                cookie_jar=aiohttp.DummyCookieJar(), auto_decompress=False
            )
        return self._http

    async def _exchange(
        self, method: str, path: str, body: str | None, headers: Mapping[str, str], timeout: float
    ) -> Answer:
        try:
            async with (
                asyncio.timeout(timeout),
                self._session().request(
                    method,
                    self.url + path,
                    data=body,
                    headers={**self._headers, **trace.headers(), **headers},
                    allow_redirects=False,
                ) as reply,
            ):
                return Answer(reply.status, await _read_bounded(reply))
        except (aiohttp.ClientError, OSError, ValueError) as exc:
            raise _silent(exc, timeout) from exc

    async def _read_once(
        self, path: str, timeout: float, *, looking: bool
    ) -> bytes | OrchestratorUnavailable:
        """Return what was read or the error: nobody may be left to catch one."""
        try:
            answer = await self.ask("GET", path, timeout=timeout, looking=looking)
        except OrchestratorUnavailable as exc:
            return exc
        if answer.status == _OK:
            return answer.body
        error = _status_error(answer.status)
        if error.trouble is OrchestratorTrouble.FAILING:
            self._note(error)
        return error

    async def _hedge(
        self, ask: Callable[[], Awaitable[bytes | OrchestratorUnavailable]]
    ) -> bytes | OrchestratorUnavailable:
        """Ask; where no answer comes for a while, ask once more beside it: the first one counts."""

        async def run() -> bytes | OrchestratorUnavailable:
            return await ask()

        asking = {tasks.spawn(run(), name="ask the orchestrator")}
        try:
            done, pending = await asyncio.wait(asking, timeout=HEDGE_AFTER)
            if not done:
                self.counts.hedged += 1
                asking.add(tasks.spawn(run(), name="ask the orchestrator once more"))
                pending = set(asking)
            while True:
                for outcome in (one.result() for one in done):
                    if isinstance(outcome, bytes) or not pending:
                        return outcome
                done, pending = await asyncio.wait(pending, return_when=asyncio.FIRST_COMPLETED)
        finally:
            await tasks.cancel(*asking)

    def _note(self, error: OrchestratorUnavailable | None) -> None:
        if error is None:
            self._circuit = Circuit()
            return
        self.counts.failures += 1
        self._circuit = circuit.failed(self._circuit, LIMITS, self._now())


def check_status(status: int) -> None:
    """See that an answer is one of an orchestrator that lets us in.

    Raises:
        OrchestratorUnavailable: It is not.
    """
    if status in _REFUSED or status in _REDIRECTS:
        raise _status_error(status)


def _status_error(status: int) -> OrchestratorUnavailable:
    if status in _REFUSED:
        return OrchestratorUnavailable(OrchestratorTrouble.REFUSED, f"it answered {status}")
    failing = status >= _FIRST_SERVER_ERROR
    trouble = OrchestratorTrouble.FAILING if failing else OrchestratorTrouble.INVALID
    return OrchestratorUnavailable(trouble, f"it answered {status}")


def _silent(exc: Exception, timeout: float) -> OrchestratorUnavailable:
    if isinstance(exc, TimeoutError):
        why = f"it did not answer within {timeout:g} s"
    elif isinstance(exc, aiohttp.ClientConnectorError):
        why = reason_of(exc.os_error)
    elif isinstance(exc, OSError) and exc.errno is not None:
        why = reason_of(exc)
    else:
        why = "the connection broke off"
    return OrchestratorUnavailable(OrchestratorTrouble.SILENT, why)


async def _read_bounded(reply: aiohttp.ClientResponse) -> bytes:
    body = bytearray()
    while piece := await reply.content.readany():
        body += piece
        if len(body) > LONGEST_ANSWER:
            raise OrchestratorUnavailable(
                OrchestratorTrouble.INVALID, f"its answer is longer than {LONGEST_ANSWER >> 20} MiB"
            )
    return bytes(body)


async def _messages(socket: aiohttp.ClientWebSocketResponse) -> AsyncIterator[str]:
    while True:
        message = await socket.receive()
        match message.type:
            case aiohttp.WSMsgType.TEXT:
                yield message.data
            case aiohttp.WSMsgType.CLOSE | aiohttp.WSMsgType.CLOSING | aiohttp.WSMsgType.CLOSED:
                return
            case aiohttp.WSMsgType.ERROR:
                raise OrchestratorUnavailable(
                    OrchestratorTrouble.SILENT, "the connection broke off"
                )
            case _:
                continue
