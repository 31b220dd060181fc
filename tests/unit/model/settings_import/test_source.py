"""Services are found by every name they have."""

from acedesk.model.settings_import.source import ForeignSettings, Service, SourceKind


def test_a_service_is_found_by_any_of_its_names() -> None:
    vpn = Service(name="vpn", names=frozenset({"vpn", "gluetun"}))
    foreign = ForeignSettings(kind=SourceKind.COMPOSE, services=(Service(name="x"), vpn))

    assert foreign.find("gluetun") is vpn
    assert foreign.find("x") is None
