"""Viewers that are gone."""

import datetime

import pytest

from acedesk.model.history import LeftReason
from acedesk.proxy.delivery.client import Client, EndReason
from acedesk.proxy.delivery.client_history import KEPT, KEPT_SECONDS, ClientsThatLeft

NOW = datetime.datetime(2026, 3, 1, 12, 0, tzinfo=datetime.UTC)


def _client(agent: str = "VLC/3.0.21 LibVLC/3.0.21") -> Client:
    return Client(address="192.168.1.31", user_agent=agent, now=100.0, time=NOW)


def test_a_viewer_is_remembered_with_what_it_got() -> None:
    client = _client()
    client.sent_bytes, client.skips, client.first_at = 5000, 2, 100.25
    client.reason = EndReason.STUCK
    clients_that_left = ClientsThatLeft()

    clients_that_left.add(client, 160.0, NOW)

    (view,) = clients_that_left.views(161.0)
    assert (view.id, view.player, view.address) == (client.id, "VLC 3.0.21", "192.168.1.31")
    assert (view.reason, view.duration, view.first_byte) == (LeftReason.STUCK, 60.0, 0.25)
    assert (view.sent_bytes, view.skips) == (5000, 2)


@pytest.mark.parametrize("reason", list(EndReason))
def test_every_reason_is_told(reason: EndReason) -> None:
    client = _client()
    client.reason = reason
    clients_that_left = ClientsThatLeft()

    clients_that_left.add(client, 160.0, NOW)

    assert clients_that_left.views(160.0)[0].reason.name == reason.name


def test_only_the_last_are_kept() -> None:
    clients = [_client() for _ in range(KEPT + 5)]
    clients_that_left = ClientsThatLeft()
    for client in clients:
        clients_that_left.add(client, 160.0, NOW)

    assert [view.id for view in clients_that_left.views(160.0)] == [c.id for c in clients[5:]]


def test_after_an_hour_they_are_forgotten() -> None:
    clients_that_left = ClientsThatLeft()
    clients_that_left.add(_client(), 160.0, NOW)
    late = _client()
    clients_that_left.add(late, 1000.0, NOW)

    assert [view.id for view in clients_that_left.views(160.1 + KEPT_SECONDS)] == [late.id]
