"""Real Dockers behind ssh and TLS: used as any other, and each trouble has its own true name."""

import os
import pathlib
from collections.abc import Callable, Iterator

import pytest

from acedesk.containers.docker_runtime import DockerRuntime
from acedesk.engines.backends.docker_hosts import host_environment, hosts
from acedesk.errors import RuntimeState, RuntimeUnavailable
from acedesk.settings import Settings
from acedesk.words.errors import explain
from tests.docker.certificates import Authority
from tests.docker.second_docker import PORT, SecondDocker, opened
from tests.docker.ssh_server import SshServer
from tests.needs import need_program

pytestmark = [
    pytest.mark.docker,
    pytest.mark.xdist_group("second docker"),
    pytest.mark.timeout(120),
]
SETTINGS = Settings(docker_timeout=6.0)
HERE, THERE = PLACES = ("198.51.100.5", "198.51.100.6")


async def _ask(text: str) -> RuntimeState | None:
    """Return how the Docker of a host is seen, by somebody who has not asked it before."""
    (host,) = hosts((text,))
    runtime = DockerRuntime(
        lambda: SETTINGS, environment=host_environment(host), named_by="the host", is_host=True
    )
    try:
        await runtime.version()
    except RuntimeUnavailable as exc:
        return exc.state if explain(exc).action else None  # each has a remedy
    finally:
        await runtime.close()
    return RuntimeState.READY


@pytest.fixture
def far_docker() -> Iterator[SecondDocker]:
    """A computer with Docker."""
    with opened(places=PLACES) as docker:
        yield docker


@pytest.fixture
def server(far_docker: SecondDocker, monkeypatch: pytest.MonkeyPatch) -> Iterator[SshServer]:
    """That computer, by ssh."""
    made = SshServer(far_docker.folder / "ssh", THERE, far_docker.url, far_docker.run_there)
    monkeypatch.setenv("PATH", f"{made.path}:{os.environ['PATH']}")
    try:
        made.await_answer()
        yield made
    finally:
        made.close()


async def test_through_ssh_docker_is_used_and_each_trouble_is_told(
    far_docker: SecondDocker, server: SshServer, engine_image: str
) -> None:
    far_docker.load(engine_image)
    (host,) = hosts(("nas=ssh://nas",))
    runtime = DockerRuntime(lambda: SETTINGS, environment=host_environment(host), is_host=True)
    assert (await runtime.location()).docker_host == THERE  # as ssh's configuration says
    assert await runtime.has_image(engine_image)
    assert await runtime.list_containers({}) == ()

    troubles: tuple[tuple[Callable[[], object], Callable[[], object], RuntimeState], ...] = (
        (server.forget_host, server.learn_host, RuntimeState.SSH_HOST_UNKNOWN),
        (server.expect_other_host, server.learn_host, RuntimeState.SSH_HOST_CHANGED),
        (server.refuse_key, server.take_key, RuntimeState.SSH_KEY_REFUSED),
        (far_docker.cut, far_docker.mend, RuntimeState.HOST_AWAY),
    )
    for begin, end, state in troubles:
        begin()
        assert await _ask("nas=ssh://nas") is state
        end()
    far_docker.stop()
    with pytest.raises(RuntimeUnavailable):
        await runtime.list_containers({})  # its connection broke
    assert runtime.view.state is RuntimeState.HOST_DOCKER_STOPPED
    far_docker.start()
    assert await runtime.list_containers({}) == ()  # and is made anew
    await runtime.close()


async def test_with_certificates_docker_is_used_and_each_trouble_is_told(
    tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(tmp_path / "others/ca.pem"))  # means others
    need_program("openssl")
    ours, others = Authority(tmp_path / "ours"), Authority(tmp_path / "others")
    there, here = tmp_path / "there", tmp_path / "here"
    ours.make(there, THERE)
    ours.make(here, THERE)
    names = {"--tlscacert": "ca.pem", "--tlscert": "cert.pem", "--tlskey": "key.pem"}
    flags = [word for flag, name in names.items() for word in (flag, str(there / name))]
    text = f"nas=tcp://{THERE}:{PORT} tls={here}"
    with opened(places=PLACES, flags=("--tlsverify", *flags)) as docker:
        assert await _ask(text) is RuntimeState.READY

        (here / "ca.pem").write_bytes(others.ca)
        assert await _ask(text) is RuntimeState.CERTIFICATE_UNKNOWN
        others.make(here, THERE)
        (here / "ca.pem").write_bytes(ours.ca)
        assert await _ask(text) is RuntimeState.CERTIFICATE_REFUSED
        (here / "key.pem").write_text("no key")
        assert await _ask(text) is RuntimeState.CERTIFICATE_FILES
        (here / "key.pem").unlink()
        assert await _ask(text) is RuntimeState.CERTIFICATE_FILES
        ours.make(here, THERE)

        for name, days, state in (
            (THERE, -1, RuntimeState.CERTIFICATE_EXPIRED),
            ("192.0.2.1", 2, RuntimeState.CERTIFICATE_NAME),
        ):
            docker.stop()
            ours.make(there, name, days=days)
            docker.start()
            assert await _ask(text) is state
        assert await _ask(f"nas=tcp://{THERE}:{PORT}") is RuntimeState.REFUSED
        docker.stop()
        assert await _ask(text) is RuntimeState.HOST_AWAY
