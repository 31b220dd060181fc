"""Where an address of ssh leads, and with which command."""

import pathlib

import pytest

from acedesk.containers.ssh.address import SshAddress, real_host
from tests.unit.containers.ssh.conftest import Install


@pytest.mark.parametrize(
    ("url", "address"),
    [
        ("ssh://nas", SshAddress(host="nas")),
        ("ssh://Eva@NAS", SshAddress(host="NAS", user="Eva")),
        ("ssh://eva:secret@nas:2222/", SshAddress(host="nas", user="eva", port=2222)),
        ("ssh://eva%40home@nas", SshAddress(host="nas", user="eva@home")),
        ("ssh://[fd00::2]:22", SshAddress(host="fd00::2", port=22)),
        ("ssh://nas/run/d%20r.sock", SshAddress(host="nas", socket="/run/d r.sock")),
    ],
)
def test_an_address_is_taken_as_it_is_written(url: str, address: SshAddress) -> None:
    assert SshAddress.parse(url) == address


def test_the_command_asks_nobody_and_takes_nothing_of_the_address_for_an_option() -> None:
    command = SshAddress.parse("ssh://eva@-oProxyCommand=x:2222").command(20.0)

    assert "BatchMode=yes" in command
    assert "ConnectTimeout=10" in command
    assert command[-7:-2] == ["-l", "eva", "-p", "2222", "--"]
    assert command[-2:] == ["-oProxyCommand=x", "docker system dial-stdio"]


@pytest.mark.parametrize(
    ("url", "there"),
    [
        ("ssh://nas", "docker system dial-stdio"),
        ("ssh://nas/run/docker.sock", "docker --host unix:///run/docker.sock system dial-stdio"),
        (
            "ssh://nas/run/podman/podman.sock",
            "podman --url unix:///run/podman/podman.sock system dial-stdio",
        ),
        ("ssh://nas/a;rm", "docker --host 'unix:///a;rm' system dial-stdio"),
    ],
)
def test_a_socket_there_may_be_named(url: str, there: str) -> None:
    assert SshAddress.parse(url).remote_command == there


def test_people_type_it_in_a_shorter_way() -> None:
    assert SshAddress.parse("ssh://eva@nas:2222").by_hand == "-p 2222 eva@nas"
    assert SshAddress.parse("ssh://nas").by_hand == "nas"


def test_the_host_is_what_sshs_configuration_makes_of_it(install_ssh: Install) -> None:
    install_ssh("print('user eva\\nhostname 192.0.2.7\\nport 22', *sys.argv[1:])")

    assert real_host("ssh://eva@nas") == "192.0.2.7"


def test_without_an_answer_of_ssh_the_host_is_what_is_written(
    install_ssh: Install, tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    install_ssh("sys.exit(255)")
    assert real_host("ssh://nas") == "nas"

    monkeypatch.setenv("PATH", str(tmp_path))
    assert real_host("ssh://nas") == "nas"
