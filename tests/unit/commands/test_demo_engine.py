"""`acedesk demo-engine` lists the demo ids or serves them; a port that is taken is told."""

import socket

import pytest

from acedesk.commands import demo_engine
from acedesk.commands.arguments import read
from acedesk.demo.channels import channels
from acedesk.errors import PortInUse


def test_the_demo_ids_are_listed(capsys: pytest.CaptureFixture[str]) -> None:
    assert demo_engine.run(read(["demo-engine", "--list"])) == 0

    listed = capsys.readouterr().out
    assert all(channel.id in listed for channel in channels())


@pytest.mark.usefixtures("own_logging")
def test_a_taken_port_is_an_error() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken, pytest.raises(PortInUse):
        demo_engine.run(read(["demo-engine", "--port", str(taken.getsockname()[1])]))
