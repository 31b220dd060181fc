"""The ways Docker can be missing, proven with real sockets in a folder of one's own."""

import contextlib
import json
import os
import pathlib
import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator

import pytest

from acedesk.containers.endpoint import Endpoint, EndpointFinder
from acedesk.errors import RuntimeState, RuntimeUnavailable

pytestmark = pytest.mark.skipif(
    sys.platform == "win32", reason="sockets of files; of Windows: test_endpoint_windows.py"
)


class _Computer:
    """A folder that plays a whole computer."""

    def __init__(self, root: pathlib.Path, stack: contextlib.ExitStack) -> None:
        self.root = root
        self.home = root / "home"
        self.environment = {"HOME": str(self.home), "PATH": str(root / "bin")}
        self.environment["XDG_RUNTIME_DIR"] = str(root / "rt")
        self._stack = stack

    def listen(self, path: str) -> str:
        return self._socket(path, listening=True)

    def leave_dead_socket(self, path: str) -> str:
        return self._socket(path, listening=False)

    def _socket(self, path: str, *, listening: bool) -> str:
        place = self.root / path
        place.parent.mkdir(parents=True, exist_ok=True)
        server = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        server.bind(str(place))
        if listening:
            server.listen()
            self._stack.enter_context(server)
        else:
            server.close()
        return f"unix://{place}"

    def install(self, path: str = "usr/bin/docker", script: str = "") -> None:
        place = self.root / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(script, "utf-8")
        place.chmod(0o755)

    def link(self, path: str, target: str) -> None:
        place = self.root / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.symlink_to(self.root / target)

    def use_context(self, name: str, *, host: str | None = None) -> None:
        config = self.home / ".docker"
        config.mkdir(parents=True, exist_ok=True)
        (config / "config.json").write_text(json.dumps({"currentContext": name}), "utf-8")
        if host is not None:
            folder = config / "contexts/meta/0123abcd"
            folder.mkdir(parents=True)
            facts = {"Name": name, "Metadata": {}, "Endpoints": {"docker": {"Host": host}}}
            (folder / "meta.json").write_text(json.dumps(facts), "utf-8")

    def find(self) -> str:
        return EndpointFinder(self.environment, self.root).find().url

    def fail(self) -> RuntimeUnavailable:
        with pytest.raises(RuntimeUnavailable) as caught:
            self.find()
        return caught.value


@pytest.fixture
def computer() -> Iterator[_Computer]:
    # The paths of tmp_path are too long for some of the sockets.
    with contextlib.ExitStack() as stack:
        root = stack.enter_context(tempfile.TemporaryDirectory(prefix="acedesk-"))
        yield _Computer(pathlib.Path(root), stack)


def test_a_home_too_far_down_for_sockets_has_none(computer: _Computer) -> None:
    computer.home = computer.root / ("far/" * 40)
    computer.home.mkdir(parents=True)
    computer.environment["HOME"] = str(computer.home)
    assert computer.fail().state is RuntimeState.NOT_INSTALLED


def test_no_command_and_no_socket_means_not_installed(computer: _Computer) -> None:
    assert computer.fail().state is RuntimeState.NOT_INSTALLED


@pytest.mark.parametrize(
    "path", ["usr/bin/docker", "bin/docker", "usr/bin/dockerd", "snap/bin/docker"]
)
def test_a_command_without_a_socket_means_not_running(computer: _Computer, path: str) -> None:
    computer.install(path)
    assert computer.fail().state is RuntimeState.NOT_RUNNING


def test_a_socket_nobody_listens_at_means_not_running(computer: _Computer) -> None:
    computer.leave_dead_socket("var/run/docker.sock")
    assert computer.fail().state is RuntimeState.NOT_RUNNING


def test_the_system_socket_is_found_without_any_command(computer: _Computer) -> None:
    url = computer.listen("var/run/docker.sock")
    assert computer.find() == url


@pytest.mark.parametrize(
    "path",
    [
        "rt/docker.sock",
        "home/.docker/run/docker.sock",
        "home/.docker/desktop/docker.sock",
        "home/.colima/default/docker.sock",
        "home/.colima/work/docker.sock",
        "home/.config/colima/default/docker.sock",
        "home/.config/colima/work/docker.sock",
        "home/.lima/docker/sock/docker.sock",
        "home/.orbstack/run/docker.sock",
        "home/.rd/docker.sock",
        "rt/podman/podman.sock",
        "run/podman/podman.sock",
        "home/.local/share/containers/podman/machine/podman.sock",
        "home/.local/share/containers/podman/machine/qemu/podman.sock",
    ],
)
def test_sockets_of_other_kinds_of_docker_are_found(computer: _Computer, path: str) -> None:
    url = computer.listen(path)
    assert computer.find() == url


@pytest.mark.parametrize(
    ("variable", "folder", "path"),
    [
        ("COLIMA_HOME", "other", "other/default/docker.sock"),
        ("XDG_CONFIG_HOME", "config", "config/colima/default/docker.sock"),
    ],
)
def test_colima_may_have_been_told_another_folder(
    computer: _Computer, variable: str, folder: str, path: str
) -> None:
    url = computer.listen(path)
    computer.environment[variable] = str(computer.root / folder)
    assert computer.find() == url


def test_a_living_socket_goes_before_a_dead_one(computer: _Computer) -> None:
    computer.leave_dead_socket("var/run/docker.sock")
    url = computer.listen("rt/docker.sock")
    assert computer.find() == url


def test_podman_does_not_stand_in_for_a_docker_that_is_down(computer: _Computer) -> None:
    computer.leave_dead_socket("var/run/docker.sock")
    computer.listen("rt/podman/podman.sock")
    assert computer.fail().state is RuntimeState.NOT_RUNNING


@pytest.mark.parametrize("target", ["run/podman/podman.sock", "rt/podman/podman.sock"])
def test_a_link_to_a_podman_that_is_not_there_hides_no_podman_that_is(
    computer: _Computer, target: str
) -> None:
    computer.link("var/run/docker.sock", target)
    url = computer.listen("rt/podman/podman.sock")
    assert computer.find() in (url, f"unix://{computer.root}/var/run/docker.sock")


@pytest.mark.parametrize("target", ["run/docker.sock", "gone/away.sock", "var/run/docker.sock"])
def test_a_link_that_leads_nowhere_is_as_good_as_none(computer: _Computer, target: str) -> None:
    computer.link("var/run/docker.sock", target)
    url = computer.listen("home/.colima/default/docker.sock")
    assert computer.find() == url


@pytest.mark.parametrize("program", ["usr/bin/podman", "bin/podman"])
def test_a_podman_without_a_socket_is_not_started(computer: _Computer, program: str) -> None:
    computer.install(program)
    computer.install("bin/systemctl")
    error = computer.fail()
    assert (error.state, error.detail) == (RuntimeState.PODMAN_STOPPED, "")


def test_a_podman_without_systemd_is_started_by_hand(computer: _Computer) -> None:
    computer.install("usr/bin/podman")
    assert "podman system service" in computer.fail().detail


@pytest.mark.parametrize("listening", [False, None])
def test_a_docker_that_is_only_a_name_of_podmans_is_podman(
    computer: _Computer, listening: bool | None
) -> None:
    computer.install("usr/bin/podman")
    computer.install("usr/bin/docker", '#!/bin/sh\nexec /usr/bin/podman "$@"\n')
    computer.link("var/run/docker.sock", "run/podman/podman.sock")
    if listening is not None:
        computer.leave_dead_socket("run/podman/podman.sock")
    assert computer.fail().state is RuntimeState.PODMAN_STOPPED


def test_a_docker_beside_podman_is_what_is_not_running(computer: _Computer) -> None:
    computer.install("usr/bin/podman")
    computer.install("usr/bin/docker")
    error = computer.fail()
    assert error.state is RuntimeState.NOT_RUNNING
    assert error.detail == "Podman is here too, and its service is not started"


@pytest.mark.parametrize("place", ["rt/podman/podman.sock", "run/podman/podman.sock"])
def test_docker_host_that_names_a_podman_that_is_not_started(
    computer: _Computer, place: str
) -> None:
    computer.environment["DOCKER_HOST"] = f"unix://{computer.root / place}"
    assert computer.fail().state is RuntimeState.PODMAN_STOPPED


@pytest.mark.parametrize(("kind", "what"), [("folder", "a folder"), ("file", "a file")])
def test_what_lies_at_dockers_place_and_is_no_socket_is_told(
    computer: _Computer, kind: str, what: str
) -> None:
    place = computer.root / "var/run/docker.sock"
    (place if kind == "folder" else place.parent).mkdir(parents=True)
    if kind == "file":
        place.touch()
    error = computer.fail()
    assert error.state is RuntimeState.NOT_RUNNING
    assert f"({what}, no socket)" in error.detail


def test_an_ssh_address_may_be_a_name_that_only_ssh_knows(computer: _Computer) -> None:
    computer.environment["DOCKER_HOST"] = "ssh://nas-of-eva.invalid"
    assert computer.find() == "ssh://nas-of-eva.invalid"


def test_docker_host_goes_before_everything(computer: _Computer) -> None:
    computer.listen("var/run/docker.sock")
    computer.use_context("gone")
    url = computer.listen("mine.sock")
    computer.environment |= {"DOCKER_HOST": url, "DOCKER_CONTEXT": "gone"}
    assert computer.find() == url


def test_docker_host_may_be_a_network_address(computer: _Computer) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        computer.environment["DOCKER_HOST"] = f"127.0.0.1:{server.getsockname()[1]}"
        assert computer.find() == f"tcp://{computer.environment['DOCKER_HOST']}"


@pytest.mark.parametrize("host", ["unix:///nowhere.sock", "tcp://127.0.0.1:1", "tcp://", "x://y"])
def test_docker_host_that_names_nothing_is_a_wrong_context(computer: _Computer, host: str) -> None:
    computer.environment["DOCKER_HOST"] = host
    error = computer.fail()
    assert error.state is RuntimeState.WRONG_CONTEXT
    assert error.detail == f"DOCKER_HOST says {host}, where nothing answers"


@pytest.mark.parametrize(
    ("url", "host", "shown"),
    [
        ("unix:///var/run/docker.sock", "", "unix:///var/run/docker.sock"),
        ("npipe:////./pipe/docker_engine", "", "npipe:////./pipe/docker_engine"),
        ("tcp://nas:2375", "nas", "tcp://nas:2375"),
        ("tcp://[fd00::2]:2375", "fd00::2", "tcp://[fd00::2]:2375"),
        ("ssh://eva:secret@nas", "nas", "ssh://eva@nas"),
        ("ssh://eva@nas:2222", "nas", "ssh://eva@nas:2222"),
    ],
)
def test_an_address_names_a_computer_and_is_shown_without_a_password(
    url: str, host: str, shown: str
) -> None:
    endpoint = Endpoint(url=url)

    assert (endpoint.host, endpoint.shown) == (host, shown)


def test_a_password_is_in_no_error(computer: _Computer) -> None:
    computer.environment["DOCKER_HOST"] = "tcp://eva:secret@127.0.0.1:1"
    assert "secret" not in computer.fail().detail


def test_the_context_in_the_config_file_is_used(computer: _Computer) -> None:
    url = computer.listen("mine.sock")
    computer.use_context("mine", host=url)
    assert computer.find() == url


def test_the_default_context_is_the_usual_search(computer: _Computer) -> None:
    computer.use_context("default")
    url = computer.listen("var/run/docker.sock")
    assert computer.find() == url


def test_docker_context_goes_before_the_config_file(computer: _Computer) -> None:
    url = computer.listen("var/run/docker.sock")
    computer.use_context("gone")
    computer.environment["DOCKER_CONTEXT"] = "default"
    assert computer.find() == url


def test_a_context_that_does_not_exist_is_told(computer: _Computer) -> None:
    computer.listen("var/run/docker.sock")
    computer.use_context("gone")
    error = computer.fail()
    assert error.state is RuntimeState.WRONG_CONTEXT
    assert error.detail == "the context “gone” is chosen but does not exist"


def test_a_context_of_a_stopped_docker_desktop_means_not_running(computer: _Computer) -> None:
    place = computer.home / ".docker/desktop/docker.sock"
    computer.use_context("desktop-linux", host=f"unix://{place}")
    assert computer.fail().state is RuntimeState.NOT_RUNNING


def test_the_same_with_another_docker_running_is_a_wrong_context(computer: _Computer) -> None:
    place = computer.home / ".docker/desktop/docker.sock"
    computer.use_context("desktop-linux", host=f"unix://{place}")
    url = computer.listen("var/run/docker.sock")
    error = computer.fail()
    assert error.state is RuntimeState.WRONG_CONTEXT
    assert error.detail.endswith(f"Docker answers at {url}")


@pytest.mark.parametrize("text", ["", "[]", "{", '{"currentContext": 5}', "\udcff"])
def test_a_broken_config_file_is_as_good_as_none(computer: _Computer, text: str) -> None:
    url = computer.listen("var/run/docker.sock")
    config = computer.home / ".docker/config.json"
    config.parent.mkdir(parents=True)
    config.write_bytes(text.encode("utf-8", "surrogateescape"))
    assert computer.find() == url


_FIND_WITHOUT_RIGHTS = """
import os, pathlib, sys
from acedesk.containers.endpoint import EndpointFinder
from acedesk.errors import RuntimeUnavailable
if os.geteuid() == 0:
    os.setgroups([])
    os.setegid(65534)
    os.seteuid(65534)
environment = {"HOME": "/nonexistent", **dict(part.split("=", 1) for part in sys.argv[2:])}
try:
    print(EndpointFinder(environment, pathlib.Path(sys.argv[1])).find())
except RuntimeUnavailable as exc:
    print(exc.state.name)
"""


@pytest.fixture
def open_root(tmp_path: pathlib.Path) -> Iterator[pathlib.Path]:
    """A folder that everybody may open: those of tmp_path are closed to others."""
    root = pathlib.Path(f"/tmp/acedesk-{os.getpid()}-{tmp_path.name[-12:]}")
    root.mkdir()
    yield root
    shutil.rmtree(root)


def _find_without_rights(root: pathlib.Path, *environment: str) -> str:
    command = [sys.executable, "-c", _FIND_WITHOUT_RIGHTS, str(root), *environment]
    done = subprocess.run(command, capture_output=True, text=True, timeout=30)
    assert not done.stderr
    return done.stdout.strip()


@pytest.mark.parametrize("named", [False, True])
def test_a_socket_that_may_not_be_opened_means_no_permission(
    open_root: pathlib.Path, named: bool
) -> None:
    with contextlib.ExitStack() as stack:
        url = _Computer(open_root, stack).listen("var/run/docker.sock")
        (open_root / "var/run/docker.sock").chmod(0)

        told = _find_without_rights(open_root, *([f"DOCKER_HOST={url}"] if named else []))

    assert told == RuntimeState.NO_PERMISSION.name


def _close(folder: pathlib.Path) -> None:
    """Let nobody but the owner into the folder, as /run/podman is."""
    folder.chmod(0o700)


@pytest.mark.parametrize("linked", [False, True])
def test_podmans_socket_for_root_is_no_permission_that_docker_lacks(
    open_root: pathlib.Path, linked: bool
) -> None:
    with contextlib.ExitStack() as stack:
        computer = _Computer(open_root, stack)
        computer.listen("run/podman/podman.sock")
        if linked:
            computer.link("var/run/docker.sock", "run/podman/podman.sock")
        _close(open_root / "run/podman")

        assert _find_without_rights(open_root) == RuntimeState.PODMAN_STOPPED.name


def test_a_link_into_a_closed_folder_hides_no_podman_of_the_user(open_root: pathlib.Path) -> None:
    with contextlib.ExitStack() as stack:
        computer = _Computer(open_root, stack)
        computer.listen("run/podman/podman.sock")
        computer.link("var/run/docker.sock", "run/podman/podman.sock")
        url = computer.listen("rt/podman/podman.sock")
        (open_root / "rt/podman/podman.sock").chmod(0o666)
        _close(open_root / "run/podman")

        told = _find_without_rights(open_root, f"XDG_RUNTIME_DIR={open_root / 'rt'}")

    assert f"url='{url}'" in told


def test_a_docker_behind_a_closed_folder_is_no_matter_of_the_group(open_root: pathlib.Path) -> None:
    with contextlib.ExitStack() as stack:
        computer = _Computer(open_root, stack)
        computer.listen("home-of-adam/docker.sock")
        computer.link("var/run/docker.sock", "home-of-adam/docker.sock")
        _close(open_root / "home-of-adam")

        assert _find_without_rights(open_root) == RuntimeState.CLOSED_FOLDER.name


def _fail_as_host(computer: _Computer, url: str, platform: str = "linux") -> RuntimeUnavailable:
    environment = {**computer.environment, "DOCKER_HOST": url}
    finder = EndpointFinder(environment, computer.root, platform=platform, is_host=True)
    with pytest.raises(RuntimeUnavailable) as caught:
        finder.find()
    return caught.value


def test_a_host_that_is_away_is_no_wrong_context_whatever_answers_here(
    computer: _Computer,
) -> None:
    computer.listen("var/run/docker.sock")

    error = _fail_as_host(computer, "tcp://127.0.0.1:1")

    assert (error.state, error.target) == (RuntimeState.HOST_AWAY, "127.0.0.1")
    assert error.detail == "nothing answers at tcp://127.0.0.1:1"


def test_a_socket_of_a_host_that_nobody_listens_at_is_a_stopped_docker(
    computer: _Computer,
) -> None:
    error = _fail_as_host(computer, computer.leave_dead_socket("other.sock"))

    assert error.state is RuntimeState.HOST_DOCKER_STOPPED


def _podman(computer: _Computer) -> str:
    return f"unix://{computer.root}/rt/podman/podman.sock"


def test_each_trouble_of_podman_is_a_state_of_its_own(computer: _Computer) -> None:
    own, system = _podman(computer), f"unix://{computer.root}/run/podman/podman.sock"
    computer.listen("var/run/docker.sock")
    assert _fail_as_host(computer, own).state is RuntimeState.PODMAN_MISSING

    computer.install("usr/bin/podman")
    assert _fail_as_host(computer, own).state is RuntimeState.PODMAN_STOPPED
    assert "sudo systemctl" in _fail_as_host(computer, system).detail
    assert _fail_as_host(computer, own, "darwin").state is RuntimeState.PODMAN_MACHINE


def test_a_podman_of_somebody_else_is_told(open_root: pathlib.Path) -> None:
    with contextlib.ExitStack() as stack:
        url = _Computer(open_root, stack).listen("run/podman/podman.sock")
        _close(open_root / "run/podman")

        told = _find_without_rights(open_root, f"DOCKER_HOST={url}")

    assert told == RuntimeState.PODMAN_FORBIDDEN.name


def test_proxies_are_those_of_the_environment_but_for_hosts_without(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy"):
        monkeypatch.delenv(name.upper(), raising=False)
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("https_proxy", "http://proxy:3128")
    monkeypatch.setenv("no_proxy", "nas")

    assert Endpoint(url="tcp://far:2376").proxies == {
        "https": "http://proxy:3128",
        "no": "nas",
    }
    assert Endpoint(url="tcp://eva@nas:2376").proxies == {}
