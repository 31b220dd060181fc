"""Where the Docker of a host in the settings is."""

import pathlib
import sys

import pytest

from acedesk.containers.endpoint import EndpointFinder
from acedesk.engines.backends.docker_hosts import host_environment, hosts
from acedesk.errors import RuntimeState, RuntimeUnavailable

OWN = {"PATH": "", "DOCKER_HOST": "tcp://mine:1", "DOCKER_CONTEXT": "mine", "HOME": "/h"}


no_sockets = pytest.mark.skipif(sys.platform == "win32", reason="sockets of files: only elsewhere")


def _environment(text: str, root: pathlib.Path, **environ: str) -> dict[str, str]:
    (host,) = hosts([text])
    return host_environment(host, {**OWN, **environ}, root)


def test_an_address_stands_for_itself_and_nothing_of_ones_own_docker_is_left(
    tmp_path: pathlib.Path,
) -> None:
    assert _environment("nas=ssh://eva@nas", tmp_path) == {
        "PATH": "",
        "HOME": "/h",
        "DOCKER_HOST": "ssh://eva@nas",
    }


def test_certificates_are_checked_where_they_are_given(tmp_path: pathlib.Path) -> None:
    found = _environment("nas=tcp://nas:2376 tls=/certs", tmp_path)

    assert found["DOCKER_CERT_PATH"] == str(pathlib.Path("/certs"))
    assert found["DOCKER_TLS_VERIFY"] == "1"


def test_a_context_is_named(tmp_path: pathlib.Path) -> None:
    found = _environment("work=context:office", tmp_path)

    assert found["DOCKER_CONTEXT"] == "office"
    assert "DOCKER_HOST" not in found


def test_podman_is_the_users_own_unless_only_the_systems_is_there(tmp_path: pathlib.Path) -> None:
    run = tmp_path / "run/user/7"
    own, system = run / "podman/podman.sock", tmp_path / "run/podman/podman.sock"

    def found() -> str:
        return _environment("pod=podman", tmp_path, XDG_RUNTIME_DIR=str(run))["DOCKER_HOST"]

    assert found() == f"unix://{own}"
    system.parent.mkdir(parents=True)
    system.touch()
    assert found() == f"unix://{system}"
    own.parent.mkdir(parents=True)
    own.touch()
    assert found() == f"unix://{own}"


@no_sockets
def test_a_host_that_is_not_there_is_called_by_its_name_in_the_settings(
    tmp_path: pathlib.Path,
) -> None:
    environ = _environment(f"nas=unix://{tmp_path}/none.sock", tmp_path)
    finder = EndpointFinder(environ, tmp_path, named_by="the setting engine_hosts")

    with pytest.raises(RuntimeUnavailable) as caught:
        finder.find()

    assert caught.value.state is RuntimeState.WRONG_CONTEXT
    assert caught.value.detail.startswith("the setting engine_hosts says unix://")


@no_sockets
def test_a_podman_whose_service_is_stopped_is_told_from_a_docker(tmp_path: pathlib.Path) -> None:
    environ = _environment("pod=podman", tmp_path, XDG_RUNTIME_DIR=str(tmp_path / "run"))

    with pytest.raises(RuntimeUnavailable) as caught:
        EndpointFinder(environ, tmp_path).find()

    assert caught.value.state is RuntimeState.PODMAN_STOPPED
