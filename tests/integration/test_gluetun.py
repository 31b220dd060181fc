"""Reading control servers of every version and mood."""

import socket
from collections.abc import AsyncIterator

import pytest

from acedesk.vpn import gluetun
from acedesk.vpn.gluetun import ControlReport, GluetunControl
from tests.fakes.gluetun import FakeGluetun


@pytest.fixture
async def server() -> AsyncIterator[FakeGluetun]:
    made = FakeGluetun()
    await made.start()
    yield made
    await made.stop()


@pytest.fixture
async def control() -> AsyncIterator[GluetunControl]:
    made = GluetunControl()
    yield made
    await made.close()


async def test_an_open_server_tells_everything(
    server: FakeGluetun, control: GluetunControl
) -> None:
    assert await control.read(server.url, "") == ControlReport(
        public_ip="185.1.2.3",
        country="Netherlands",
        city="Delft",
        forwarded_port=51234,
        status="running",
    )
    assert set(server.keys_seen) == {None}


async def test_a_server_with_a_key_asks_for_it(
    server: FakeGluetun, control: GluetunControl
) -> None:
    server.key = "right"

    assert (await control.read(server.url, "")).note == "asks for a key"
    assert (await control.read(server.url, "wrong")).note == "refuses the key"
    assert (await control.read(server.url, "right")).note == ""


async def test_an_old_server_has_the_port_elsewhere(
    server: FakeGluetun, control: GluetunControl
) -> None:
    del server.bodies["/v1/portforward"]
    server.bodies["/v1/openvpn/portforwarded"] = '{"port": 5914}'

    report = await control.read(server.url, "")

    assert (report.forwarded_port, report.note) == (5914, "")


async def test_a_server_that_refuses_routes_it_does_not_know_is_asked_the_old_way(
    server: FakeGluetun, control: GluetunControl
) -> None:
    server.refused = {"/v1/portforward"}
    server.bodies["/v1/openvpn/portforwarded"] = '{"port": 5914}'

    assert (await control.read(server.url, "")).forwarded_port == 5914


async def test_what_is_not_refused_is_told_all_the_same(
    server: FakeGluetun, control: GluetunControl
) -> None:
    server.refused = {"/v1/portforward", "/v1/openvpn/portforwarded"}

    report = await control.read(server.url, "")

    assert (report.public_ip, report.forwarded_port) == ("185.1.2.3", None)
    assert report.note == "asks for a key to tell everything"


async def test_no_forwarded_port_is_no_error(server: FakeGluetun, control: GluetunControl) -> None:
    server.bodies["/v1/portforward"] = '{"port": 0, "ports": null}'

    report = await control.read(server.url, "")

    assert (report.forwarded_port, report.note) == (None, "")


@pytest.mark.parametrize("body", ["", "<html>", '{"public_ip": "not an address"}', "x" * 200_000])
async def test_nonsense_is_told(server: FakeGluetun, control: GluetunControl, body: str) -> None:
    server.bodies["/v1/publicip/ip"] = body

    report = await control.read(server.url, "")

    assert (report.public_ip, report.status) == ("", "running")
    assert report.note == "gave an answer that makes no sense"


async def test_a_server_that_is_not_there_is_told(control: GluetunControl) -> None:
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))  # bound but not listening: connections are refused
        address = f"127.0.0.1:{holder.getsockname()[1]}"

        report = await control.read(f"http://{address}", "")

    assert report == ControlReport(note=f"does not answer at {address}")


async def test_a_silent_server_has_a_deadline(
    server: FakeGluetun, control: GluetunControl, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gluetun, "TIMEOUT", 0.1)
    server.silent = True

    report = await control.read(server.url, "")

    assert report.note == f"does not answer at 127.0.0.1:{server.port}"
