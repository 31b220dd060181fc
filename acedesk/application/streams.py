"""What may be asked about streams."""

from collections.abc import Awaitable, Callable

from acedesk.application.engines import EngineControl
from acedesk.demo.channels import contents, demo_link
from acedesk.errors import NotFound
from acedesk.formats.getstream import PlayRequest
from acedesk.model.content import Link, StreamKey
from acedesk.model.event import StopCause
from acedesk.model.history import LinkTestResult
from acedesk.proxy.http import player_urls
from acedesk.proxy.streams.registry import StreamRegistry


class StreamControl:
    """Streams for the windows and the API; see also `acedesk.ui.desk.StreamsDesk`.

    Args:
        base_url: What player URLs start with, such as http://127.0.0.1:8080.
        demo: Engines are demo engines, which play the test channel as well.
        test: Tries a content on an engine that nobody uses.
        keep: Takes the result of each test.
    """

    def __init__(
        self,
        streams: StreamRegistry,
        engines: EngineControl,
        base_url: Callable[[], str],
        *,
        demo: bool = False,
        test: Callable[[StreamKey, str], Awaitable[LinkTestResult]] | None = None,
        keep: Callable[[LinkTestResult], object] = lambda _: None,
    ) -> None:
        self._streams = streams
        self._engines = engines
        self._base_url = base_url
        self._demo = demo
        self._test = test
        self._keep = keep

    @property
    def test_link(self) -> Link:
        """The test channel; its engine starts when it is prepared."""
        return demo_link()

    def player_url(self, key: StreamKey, *, hls: bool = False) -> str:
        """Return the URL that plays `key` in any player, or that of its playlist (HLS)."""
        build = player_urls.playlist_url if hls else player_urls.stream_url
        return build(self._base_url(), key)

    async def prepare(self, link: Link) -> str:
        """Start the stream now, so that the first player finds it running; return its id.

        Nothing is waited for: the reason tells what would have to be.

        Raises:
            Busy: No engine can take it now, or AceDesk is closing.
            ContainerError: The engine of the test channel cannot listen.
        """
        if self._streams.find(link.key) is None:
            await self._open_test_engine(link)
            self._engines.check_place(link.key)
        stream = self._streams.open(PlayRequest(key=link.key, extra=(), title=link.title))
        stream.hold()
        return stream.key.stream_id

    async def _open_test_engine(self, link: Link) -> None:
        """See that the test channel has its engine, where it is meant."""
        if link.key.value in contents() and not self._demo:
            await self._engines.open_test_engine()

    async def test(self, link: Link) -> LinkTestResult:
        """Try a link on an engine that nobody uses, and tell how it does; the result is kept.

        Raises:
            NoSpareEngine: Every engine is in use, or none answers.
            ContainerError: The engine of the test channel cannot listen.

        On cancel: what was tried is ended.
        """
        assert self._test is not None
        await self._open_test_engine(link)
        result = await self._test(link.key, link.title)
        self._keep(result)
        return result

    async def stop(self, stream_id: str, cause: StopCause = StopCause.PERSON) -> None:
        """Stop the stream, close its viewers and tell the engine."""
        await self._streams.stop(stream_id, cause)

    async def stop_all(self) -> None:
        """Stop every stream."""
        await self._streams.stop_all()

    async def switch_engine(self, stream_id: str) -> None:
        """Let the stream go on with another engine; its viewers stay connected.

        Raises:
            NotFound: It does not run any more.
            Busy: No other engine can take it.
        """
        self._streams.switch_engine(stream_id)

    async def start_elsewhere(self, stream_id: str) -> None:
        """Start a stream that failed once more, with an engine that did not fail it.

        Raises:
            NotFound: It has not failed, or that is too long ago.
            Busy: No other engine can take it.
        """
        for failed in self._streams.failed():
            if failed.key.stream_id == stream_id:
                engines = failed.supply.runner.state.failures
                self._streams.engine_moves.check_other(failed.key, engines)
                request = PlayRequest(key=failed.key, extra=(), title=failed.title)
                again = self._streams.open(request)
                again.supply.runner.leave_out(engines)
                again.hold()
                return
        raise NotFound(stream_id)

    async def close_client(self, client_id: str) -> None:
        """Disconnect one viewer."""
        self._streams.close_client(client_id)
