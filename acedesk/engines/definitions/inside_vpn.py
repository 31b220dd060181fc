"""What an engine is made from that shares the network of the VPN's container. Pure.

It is told where to listen, because all who share a network share its ports.
"""

import dataclasses
import shlex
from collections.abc import Collection, Iterator, Sequence
from typing import Final

from acedesk.engines.definitions.catalogue import Catalogue
from acedesk.engines.definitions.define import define, split_arguments
from acedesk.engines.definitions.definition import EngineDefinition
from acedesk.engines.definitions.engine_options import option_name
from acedesk.model.host import Machine
from acedesk.rules.engines.vpn_ports import EnginePorts
from acedesk.settings import Settings

# Stands in the hash of engines inside for whichever container has the network: they are made anew
# when they are to be inside and are not, not when that container is another one.
ANY_NETWORK: Final = "vpn"

_HTTP: Final = "--http-port"
_P2P: Final = "--port"


def mark_inside(definition: EngineDefinition) -> EngineDefinition:
    """Return the definition that all engines inside have in common; only its hash is of use."""
    return dataclasses.replace(definition, network=ANY_NETWORK)


def define_inside(
    settings: Settings,
    catalogue: Catalogue,
    machine: Machine,
    *,
    network: str,
    ports: EnginePorts,
) -> EngineDefinition:
    """Return what an engine is made from that shares the network of a container.

    Ports that the user's arguments name are left out: they could be somebody else's there.

    Args:
        network: Id of that container.

    Raises:
        BadRequest: The engine arguments cannot be split.
    """
    told = {
        _HTTP: ports.http,
        _P2P: ports.p2p,
        "--api-port": ports.api,
        "--https-port": ports.https,
    }
    image = catalogue.find(settings.engine_image)
    own = tuple(_without(split_arguments(settings.engine_arguments), told.keys()))
    further = (
        f"{name}={port}"
        for name, port in told.items()
        if image is None or name in image.options.values
    )
    words = shlex.join((*own, *further))
    made = define(dataclasses.replace(settings, engine_arguments=words), catalogue, machine)
    return dataclasses.replace(
        made,
        environment=_listening(made, ports.http),
        port=ports.http,
        network=network,
        forwarded=ports.forwarded,
        common_hash=mark_inside(define(settings, catalogue, machine)).hash,
    )


def _listening(made: EngineDefinition, port: int) -> dict[str, str]:
    """Return the variables, with the new port in those that say "address:port" (Outpace)."""
    end = f":{made.port}"
    return {
        name: f"{value.removesuffix(end)}:{port}" if value.endswith(end) else value
        for name, value in made.environment.items()
    }


def _without(words: Sequence[str], names: Collection[str]) -> Iterator[str]:
    """Yield the arguments without these options and their values."""
    drop_value = False
    for word in words:
        name = option_name(word)
        if drop_value and not name:
            drop_value = False
            continue
        drop_value = name in names and "=" not in word
        if name not in names:
            yield word
