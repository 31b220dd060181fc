"""What an engine is told that shares the VPN's network."""

import dataclasses

import pytest

from acedesk.engines.definitions.catalogue import catalogue
from acedesk.engines.definitions.define import define
from acedesk.engines.definitions.definition import EngineDefinition
from acedesk.engines.definitions.inside_vpn import define_inside, mark_inside
from acedesk.model.host import UNKNOWN_MACHINE
from acedesk.rules.engines.vpn_ports import EnginePorts
from acedesk.settings import Settings

FIRST = EnginePorts(http=19000, p2p=51234, forwarded=True)
SECOND = EnginePorts(http=19001, p2p=19011)


def _inside(settings: Settings, ports: EnginePorts = FIRST) -> EngineDefinition:
    return define_inside(settings, catalogue(), UNKNOWN_MACHINE, network="abc", ports=ports)


def _said(made: EngineDefinition) -> str:
    return " ".join((*made.arguments, *made.environment.values()))


@pytest.mark.parametrize("image", ["somebody/engine:1", *(i.reference for i in catalogue().images)])
def test_every_image_is_told_where_to_listen(image: str) -> None:
    known = catalogue().find(image)
    made = _inside(Settings(engine_image=image))

    assert (made.port, made.network, made.forwarded) == (19000, "abc", True)
    if known is None or "--http-port" in known.options.values:
        assert "--http-port=19000" in _said(made)
        assert "--port=51234" in _said(made)
        assert f"--api-port={FIRST.api}" in _said(made)
        assert f"--https-port={FIRST.https}" in _said(made)
    else:
        assert "--http-port" not in _said(made)
        assert made.environment["OUTPACE_BIND"] == "0.0.0.0:19000"


def test_what_the_user_said_of_ports_is_left_out_and_all_else_stays() -> None:
    said = "--port 8621 --bind-all --http-port=6878 --live-buffer 20 --api-port 62062"
    made = _inside(Settings(engine_image="somebody/engine:1", engine_arguments=said))

    assert made.arguments[:3] == ("--bind-all", "--live-buffer", "20")
    for other in ("8621", "6878", "62062"):
        assert other not in _said(made)


def test_all_engines_inside_have_one_hash_and_it_is_not_that_of_those_outside() -> None:
    settings = Settings()
    outside = define(settings, catalogue(), UNKNOWN_MACHINE)

    hashes = {_inside(settings, ports).hash for ports in (FIRST, SECOND)}

    assert hashes == {mark_inside(outside).hash}
    assert outside.hash not in hashes


def test_the_hash_follows_the_settings() -> None:
    first, second = Settings(), dataclasses.replace(Settings(), engine_arguments="--bind-all")

    assert _inside(first).hash != _inside(second).hash
