"""What an engine in a container is made from."""

import dataclasses
import hashlib
import json
from collections.abc import Mapping
from typing import Final

from acedesk.values import frozen_value

# Digits of a definition's hash: only definitions of one host are compared.
HASH_DIGITS: Final = 16


@frozen_value
class EngineDefinition:
    """All that makes engines of one kind: two with equal definitions work alike.

    Attributes:
        image: Reference with tag or digest.
        arguments: Added behind what the image starts.
        environment: Variables by name.
        port: TCP port of the HTTP API inside.
        platform: "linux/amd64"; "" leaves it to Docker.
        memory: Bytes it may use, 0 for no limit.
        cpus: Processors it may use, 0 for no limit.
        tmpfs: Folders in memory: options by path inside.
        warnings: Sentences about what may go wrong with it.
        network: Id of the container whose network it shares, "" for one of its own.
        forwarded: It is told to listen on the port that the VPN forwards.
        common_hash: The hash of what it has in common with others of its kind, where it is told
            something besides that it alone is told; "" where it is told nothing.
    """

    image: str
    arguments: tuple[str, ...] = ()
    environment: Mapping[str, str] = dataclasses.field(default_factory=dict)
    port: int
    platform: str = ""
    memory: int = 0
    cpus: float = 0.0
    tmpfs: Mapping[str, str] = dataclasses.field(default_factory=dict)
    warnings: tuple[str, ...] = ()
    network: str = ""
    forwarded: bool = False
    common_hash: str = ""

    @property
    def hash(self) -> str:
        """A hash of everything that makes engines work differently, 16 hex digits.

        What is not set adds nothing, so that engines of earlier versions keep their hash.
        """
        if self.common_hash:
            return self.common_hash
        parts: list[object] = [
            self.image,
            list(self.arguments),
            sorted(self.environment.items()),
            self.port,
            sorted(self.tmpfs.items()),
        ]
        further = {
            "platform": self.platform,
            "memory": self.memory,
            "cpus": self.cpus,
            "network": self.network,
        }
        parts += [[name, value] for name, value in further.items() if value]
        return hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:HASH_DIGITS]
