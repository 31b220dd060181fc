"""Where Docker is on Windows, tried with pipes that exist in a list only."""

import pathlib
import socket

import pytest

from acedesk.containers.endpoint import EndpointFinder
from acedesk.errors import RuntimeState, RuntimeUnavailable

ENGINE = r"\\.\pipe\docker_engine"


class _Pipes:
    """The named pipes of a Windows; those that are there open, or fail as said."""

    def __init__(self, **found: OSError | None) -> None:
        self._found = {rf"\\.\pipe\{name}": error for name, error in found.items()}
        self.asked: list[str] = []

    def open(self, path: str) -> None:
        self.asked.append(path)
        if path not in self._found:
            raise FileNotFoundError(2, "no such pipe", path)
        error = self._found[path]
        if error is not None:
            raise error


def _busy() -> OSError:
    error = OSError(22, "all pipe instances are busy")
    error.winerror = 231  # type: ignore[attr-defined,unused-ignore]
    return error


def _finder(folder: pathlib.Path, pipes: _Pipes, **environ: str) -> EndpointFinder:
    variables = {"USERPROFILE": str(folder), "PATH": "", **environ}
    return EndpointFinder(variables, folder, platform="win32", open_pipe=pipes.open)


@pytest.mark.parametrize("answer", [None, _busy()])
@pytest.mark.parametrize(
    "name", ["docker_engine", "dockerDesktopLinuxEngine", "podman-machine-default"]
)
def test_what_listens_at_a_known_pipe_is_found(
    tmp_path: pathlib.Path, name: str, answer: OSError | None
) -> None:
    found = _finder(tmp_path, _Pipes(**{name: answer})).find()

    assert found.url == f"npipe:////./pipe/{name}"
    assert found.socket_path is None


def test_no_socket_of_other_systems_is_asked(
    tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delattr(socket, "AF_UNIX", raising=False)  # as Python is on Windows
    pipes = _Pipes()

    with pytest.raises(RuntimeUnavailable) as caught:
        _finder(tmp_path, pipes).find()

    assert caught.value.state is RuntimeState.NOT_INSTALLED
    assert pipes.asked[0] == ENGINE


def test_a_docker_desktop_that_is_not_started_is_told_from_none(tmp_path: pathlib.Path) -> None:
    program = tmp_path / "Docker" / "Docker" / "Docker Desktop.exe"
    program.parent.mkdir(parents=True)
    program.touch()

    with pytest.raises(RuntimeUnavailable) as caught:
        _finder(tmp_path, _Pipes(), ProgramFiles=str(tmp_path)).find()

    assert caught.value.state is RuntimeState.NOT_RUNNING


def test_a_pipe_that_may_not_be_opened_is_no_permission(tmp_path: pathlib.Path) -> None:
    closed = _Pipes(docker_engine=PermissionError(13, "denied"))

    with pytest.raises(RuntimeUnavailable) as caught:
        _finder(tmp_path, closed).find()

    assert caught.value.state is RuntimeState.NO_PERMISSION


def test_a_pipe_that_the_user_named_is_asked(tmp_path: pathlib.Path) -> None:
    pipes = _Pipes(other=None)

    found = _finder(tmp_path, pipes, DOCKER_HOST="npipe:////./pipe/other").find()

    assert (found.url, pipes.asked) == ("npipe:////./pipe/other", [r"\\.\pipe\other"])


def test_a_unix_socket_that_was_named_is_a_wrong_address_there(
    tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delattr(socket, "AF_UNIX", raising=False)

    with pytest.raises(RuntimeUnavailable) as caught:
        _finder(tmp_path, _Pipes(), DOCKER_HOST="unix:///var/run/docker.sock").find()

    assert caught.value.state is RuntimeState.WRONG_CONTEXT
