"""Sockets at which something else than a healthy Docker answers."""

import asyncio
import contextlib
import gc
import json
import pathlib
import socket
import sys
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest
from aiohttp import web

from acedesk import clock, tasks
from acedesk.containers.docker_runtime import DockerRuntime
from acedesk.containers.runtime import CONNECTED, DISCONNECTED, ContainerSpec
from acedesk.errors import ContainerError, RuntimeState, RuntimeUnavailable
from acedesk.settings import Settings
from acedesk.words.errors import explain
from tests.fakes.docker_daemon import IMAGE, FakeDaemon, fake_docker, page, raw_json

Handler = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@pytest.fixture
async def docker(tmp_path: pathlib.Path) -> AsyncIterator[tuple[FakeDaemon, DockerRuntime]]:
    async with fake_docker(tmp_path) as both:
        yield both


@pytest.fixture
def daemon(docker: tuple[FakeDaemon, DockerRuntime]) -> FakeDaemon:
    return docker[0]


@pytest.fixture
def fake_runtime(docker: tuple[FakeDaemon, DockerRuntime]) -> DockerRuntime:
    return docker[1]


@contextlib.asynccontextmanager
async def _listening(
    folder: pathlib.Path, handler: Handler, *, named: bool
) -> AsyncIterator[DockerRuntime]:
    """Give a runtime whose Docker is `handler`, at the usual place or named by DOCKER_HOST."""
    path = folder / "var/run/docker.sock"
    path.parent.mkdir(parents=True)
    environment = {"HOME": str(folder), "PATH": ""}
    if named:
        environment["DOCKER_HOST"] = f"unix://{path}"

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        (folder / "connected").touch()
        with contextlib.suppress(OSError):
            await handler(reader, writer)
        writer.close()

    server = await asyncio.start_unix_server(handle, path)
    runtime = DockerRuntime(
        lambda: Settings(docker_timeout=1.0), environment=environment, root=folder
    )
    try:
        yield runtime
    finally:
        await runtime.close()
        server.close()


async def _say_nothing(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.read()


async def _talk_nonsense(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.read(100)
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello")
    await writer.drain()


async def test_a_docker_that_hangs_is_given_up_in_time(tmp_path: pathlib.Path) -> None:
    async with _listening(tmp_path, _say_nothing, named=False) as runtime:
        async with asyncio.timeout(5):
            with pytest.raises(RuntimeUnavailable) as caught:
                await runtime.version()

        assert caught.value.state is RuntimeState.NOT_ANSWERING
        assert caught.value.detail == "Docker did not answer within 1 s"
        assert runtime.view.state is RuntimeState.NOT_ANSWERING


_VERSION = b'{"ApiVersion": "1.41", "Version": "20.10"}'


def _answering_versions(
    asked: list[bytes], then: Callable[[asyncio.StreamWriter], None]
) -> Handler:
    """Return what answers what Docker's version is; for anything else it does `then`."""

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(asyncio.IncompleteReadError):
            while head := await reader.readuntil(b"\r\n\r\n"):
                asked.append(path := head.split()[1].rpartition(b"/")[2])
                if path == b"version":
                    length = b"Content-Length: %d\r\n\r\n" % len(_VERSION)
                    writer.write(b"HTTP/1.1 200 OK\r\n" + length + _VERSION)
                else:
                    then(writer)

    return handle


async def test_a_docker_that_begins_to_hang_is_looked_for_anew(tmp_path: pathlib.Path) -> None:
    asked: list[bytes] = []
    handler = _answering_versions(asked, lambda _writer: None)
    async with _listening(tmp_path, handler, named=False) as runtime:
        await runtime.version()
        for _ in range(2):
            with pytest.raises(RuntimeUnavailable):
                await runtime.list_containers({})
            assert runtime.view.state is RuntimeState.NOT_ANSWERING

    assert asked.count(b"version") == 3  # once for each connection that was made anew


async def test_a_docker_is_not_called_ready_for_what_was_not_asked(tmp_path: pathlib.Path) -> None:
    trickling: list[asyncio.Task[None]] = []

    async def trickle(writer: asyncio.StreamWriter) -> None:
        try:
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n")
            while not writer.is_closing():
                writer.write(b" ")
                await tasks.sleep(0.05)
        finally:
            writer.transport.abort()  # a close would wait for a reader who has gone

    def begin(writer: asyncio.StreamWriter) -> None:
        trickling.append(tasks.spawn(trickle(writer), name="trickle"))

    async with _listening(tmp_path, _answering_versions([], begin), named=False) as runtime:
        before = await runtime.location()
        with pytest.raises(RuntimeUnavailable):
            await runtime.list_containers({})

        assert await runtime.location() == before
        assert runtime.view.state is RuntimeState.NOT_ANSWERING
        for task in trickling:
            await tasks.cancel(task)


async def _greet_as_ssh(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(b"SSH-2.0-OpenSSH_9.2\r\n")
    await writer.drain()
    await reader.read(100)


async def _hang_up(reader: asyncio.StreamReader, _: asyncio.StreamWriter) -> None:
    await reader.read(100)


async def test_a_docker_that_hangs_up_does_not_answer(tmp_path: pathlib.Path) -> None:
    async with _listening(tmp_path, _hang_up, named=False) as runtime:
        with pytest.raises(RuntimeUnavailable, match="hangs up") as caught:
            await runtime.version()

        assert caught.value.state is RuntimeState.NOT_ANSWERING


@pytest.mark.parametrize("handler", [_talk_nonsense, _greet_as_ssh])
@pytest.mark.parametrize("named", [True, False])
async def test_something_else_at_dockers_address_is_told(
    tmp_path: pathlib.Path, named: bool, handler: Handler
) -> None:
    async with _listening(tmp_path, handler, named=named) as runtime:
        with pytest.raises(RuntimeUnavailable) as caught:
            await runtime.list_containers({})

        assert caught.value.state is RuntimeState.NOT_DOCKER
        assert "is no Docker" in caught.value.detail
        assert ("DOCKER_HOST" in caught.value.detail) is named


async def test_a_docker_that_hangs_keeps_nobody_from_the_end(tmp_path: pathlib.Path) -> None:
    async with _listening(tmp_path, _say_nothing, named=False) as runtime:
        asking = tasks.spawn(_ask_in_vain(runtime), name="version")
        await _connected(tmp_path)

        begun = clock.monotonic()
        await runtime.close()

        assert clock.monotonic() - begun < 0.5
        await asking


async def _ask_in_vain(runtime: DockerRuntime) -> None:
    with pytest.raises(RuntimeUnavailable):
        await runtime.version()


async def _connected(folder: pathlib.Path) -> None:
    """Wait until the handler has somebody to be silent to."""
    marker = folder / "connected"
    async with asyncio.timeout(5):
        while not marker.exists():
            await tasks.sleep(0.01)


@pytest.mark.parametrize(
    ("answer", "state", "words"),
    [
        (page(403, "Denied by the rules."), RuntimeState.REFUSED, "Denied by the rules."),
        (web.Response(status=401), RuntimeState.REFUSED, "forbidden"),
        (page(502, "Bad gateway"), RuntimeState.NOT_ANSWERING, "HTTP 502"),
        (web.Response(status=500), RuntimeState.NOT_ANSWERING, "HTTP 500"),
        (page(200, "It works!"), RuntimeState.NOT_DOCKER, "is no Docker"),
        (page(404, "Not found"), RuntimeState.NOT_DOCKER, "is no Docker"),
        (raw_json(200, [1, 2]), RuntimeState.NOT_DOCKER, "is no Docker"),
        (raw_json(200, {"ApiVersion": 5}), RuntimeState.NOT_DOCKER, "is no Docker"),
        (raw_json(200, {"Version": "1"}), RuntimeState.NOT_DOCKER, "is no Docker"),
        (raw_json(200, {"ApiVersion": "1.20"}), RuntimeState.WRONG_VERSION, "older than"),
        (
            raw_json(400, {"message": "client version 1.20 is too old. Minimum is 1.44"}),
            RuntimeState.WRONG_VERSION,
            "too old",
        ),
    ],
)
async def test_a_first_answer_that_is_no_dockers_is_told_in_plain_words(
    daemon: FakeDaemon,
    fake_runtime: DockerRuntime,
    answer: web.Response,
    state: RuntimeState,
    words: str,
) -> None:
    daemon.answers["/version"] = answer

    with pytest.raises(RuntimeUnavailable) as caught:
        await fake_runtime.version()

    assert caught.value.state is state
    assert words in caught.value.detail
    assert "<" not in explain(caught.value).line


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (page(403, "Denied by the rules."), "Denied by the rules."),
        (web.Response(status=500), "HTTP 500 and gave no reason"),
        (raw_json(500, {"message": "strange trouble"}), "strange trouble"),
        (raw_json(500, {"error": "no message here"}), "no message here"),
        (raw_json(500, ["a", "list"]), "gave no reason"),
        (raw_json(201, ["a", "list"]), "makes no sense"),
        (raw_json(201, {"Warnings": []}), "makes no sense"),
        (web.Response(status=201, text="all is well"), "makes no sense"),
    ],
)
async def test_an_operation_that_is_refused_or_misanswered_is_told_in_plain_words(
    daemon: FakeDaemon, fake_runtime: DockerRuntime, answer: web.Response, words: str
) -> None:
    daemon.answers["/containers/create"] = answer

    with pytest.raises(ContainerError) as caught:
        await fake_runtime.create(ContainerSpec(name="a", image=IMAGE, port=6878))

    assert words in caught.value.detail
    assert "<" not in explain(caught.value).line
    assert "http+docker" not in caught.value.detail


@pytest.mark.parametrize(
    "answer", [raw_json(200, {"a": 1}), raw_json(200, ["a"]), page(200, "It works!")]
)
async def test_a_list_that_is_none_is_told_and_breaks_nothing(
    daemon: FakeDaemon, fake_runtime: DockerRuntime, answer: web.Response
) -> None:
    daemon.answers["/containers/json"] = answer

    with pytest.raises(ContainerError, match="makes no sense"):
        await fake_runtime.list_containers({})


@pytest.mark.parametrize("text", ["{nonsense", "[1]", '{"error": 5}', '"x"'])
async def test_a_download_told_in_nonsense_is_an_error_and_no_bug(
    daemon: FakeDaemon, fake_runtime: DockerRuntime, text: str
) -> None:
    daemon.answers["/images/create"] = web.Response(text=text)

    with pytest.raises(ContainerError) as caught:
        await fake_runtime.pull("other:1", lambda _: None)

    assert caught.value.operation == "pull"


async def test_a_disk_that_is_full_while_an_image_comes_is_told(
    daemon: FakeDaemon, fake_runtime: DockerRuntime
) -> None:
    said = "failed to register layer: write /lib/x.so: no space left on device"
    lines = [{"status": "Extracting", "id": "a"}, {"errorDetail": {"message": said}, "error": said}]
    daemon.answers["/images/create"] = web.Response(text="\n".join(map(json.dumps, lines)))

    with pytest.raises(ContainerError) as caught:
        await fake_runtime.pull("other:1", lambda _: None)

    assert explain(caught.value).line == "Docker could not download the image. The disk is full."


# docker-py leaves the socket of a refused connection to the garbage collector.
@pytest.mark.filterwarnings("ignore:unclosed:ResourceWarning")
async def test_a_docker_that_is_restarted_is_told_and_watched_again(
    daemon: FakeDaemon, fake_runtime: DockerRuntime, tmp_path: pathlib.Path
) -> None:
    container = await fake_runtime.create(ContainerSpec(name="a", image=IMAGE, port=6878))
    async with (
        asyncio.timeout(20),
        contextlib.aclosing(fake_runtime.watch({})) as events,
    ):
        assert (await anext(events)).action == CONNECTED

        await daemon.close()
        with pytest.raises(RuntimeUnavailable) as caught:
            await fake_runtime.inspect(container)
        await daemon.listen(tmp_path / "var/run/docker.sock")

        assert caught.value.state is RuntimeState.NOT_RUNNING
        assert (await anext(events)).action == DISCONNECTED
        assert (await anext(events)).action == CONNECTED
    assert await fake_runtime.inspect(container) is not None
    assert fake_runtime.view.state is RuntimeState.READY
    gc.collect()


async def test_a_kind_of_address_we_cannot_speak_is_told(tmp_path: pathlib.Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        url = f"gopher://127.0.0.1:{server.getsockname()[1]}"
        environment = {"HOME": str(tmp_path), "PATH": "", "DOCKER_HOST": url}
        runtime = DockerRuntime(Settings, environment=environment, root=tmp_path)

        with pytest.raises(RuntimeUnavailable) as caught:
            await runtime.version()

    assert caught.value.state is RuntimeState.UNSUPPORTED
    assert url in caught.value.detail
    await runtime.close()


async def test_the_state_is_signalled_when_it_changes(tmp_path: pathlib.Path) -> None:
    environment = {"HOME": str(tmp_path), "PATH": ""}
    runtime = DockerRuntime(Settings, environment=environment, root=tmp_path)
    told: list[RuntimeState | None] = []
    runtime.changed.connect(lambda: told.append(runtime.view.state))

    for _ in range(2):
        with pytest.raises(RuntimeUnavailable):
            await runtime.version()

    assert told == [RuntimeState.NOT_INSTALLED]
    await runtime.close()


THREADS_AT_ONCE = """
import threading

from acedesk.containers.docker_runtime import DockerRuntime
from acedesk.settings import Settings

faults = []
start = threading.Barrier(8)


def use(runtime):
    runtime._finder.find = lambda: None
    start.wait()
    try:
        runtime._daemon()
    except Exception as exc:
        faults.append(repr(exc))


threads = [threading.Thread(target=use, args=(DockerRuntime(Settings),)) for _ in range(8)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
raise SystemExit("; ".join(faults) or 0)
"""


async def test_threads_that_need_docker_first_at_once_all_get_it() -> None:
    program = await asyncio.create_subprocess_exec(
        sys.executable, "-c", THREADS_AT_ONCE, stderr=asyncio.subprocess.PIPE
    )

    _, faults = await program.communicate()

    assert (program.returncode, faults) == (0, b"")


_FIRST_USE = """
import asyncio, pathlib, sys, warnings

from acedesk.containers.docker_runtime import DockerRuntime
from acedesk.errors import AceDeskError
from acedesk.settings import Settings


async def main():
    root = pathlib.Path(sys.argv[1])
    runtime = DockerRuntime(Settings, environment={"HOME": str(root), "PATH": ""}, root=root)
    try:
        await runtime.version()
    except AceDeskError as exc:
        print(exc.detail)
    await runtime.close()


warnings.simplefilter("error")
asyncio.run(main())
print([name for name in ("docker", "chardet", "charset_normalizer") if name in sys.modules])
import charset_normalizer
"""


async def test_the_library_is_loaded_without_what_guesses_character_sets(
    tmp_path: pathlib.Path, daemon: FakeDaemon
) -> None:
    daemon.answers["/version"] = web.Response(status=403, body="Zutritt unmöglich".encode())
    daemon.answers["/version"].headers.popall("Content-Type", None)

    child = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", _FIRST_USE, str(tmp_path)), stdout=asyncio.subprocess.PIPE
    )
    told, _ = await asyncio.wait_for(child.communicate(), 30)

    assert told.decode().splitlines()[1:] == ["['docker']"]
    assert "Zutritt unmöglich" in told.decode()
    assert child.returncode == 0
