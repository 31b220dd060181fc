"""What `acedesk.containers.docker_runtime` asks of Docker; everything in it blocks.

`acedesk.containers.docker.DockerDaemon` is it. Importing that one costs 0.2 s, so it is named
here by what it does.
"""

from collections.abc import Callable, Collection, Generator, Mapping
from typing import Any, Protocol, TypeVar

from acedesk.containers.runtime import (
    ContainerCounters,
    ContainerEvent,
    ContainerInfo,
    ContainerSpec,
    DockerLocation,
)
from acedesk.containers.threads import StreamReader
from acedesk.model.host import Machine

T = TypeVar("T")


class BlockingDaemon(Protocol):
    """One daemon; every operation raises `RuntimeUnavailable` or `ContainerError`.

    Attributes:
        version_text: Its version, "" before it was reached.
        known_location: From where it was looked at, None before.
        machine: The computer that it runs containers on, as far as it has told.
    """

    version_text: str
    machine: Machine
    known_location: DockerLocation | None

    def version(self) -> str:
        """Ask for the daemon's version."""

    def ask(self, operation: str, job: Callable[[Any], T]) -> T:
        """Let `job` ask with the client of the library."""

    def location(self) -> DockerLocation:
        """Tell from where we look at Docker."""

    def has_image(self, image: str, platform: str) -> bool:
        """Tell whether `image` is there, for this platform if one is named."""

    def pull(
        self, reader: StreamReader[Mapping[str, Any]], image: str, platform: str
    ) -> Generator[Mapping[str, Any]]:
        """Yield what the daemon tells while it downloads."""

    def create(self, spec: ContainerSpec) -> str:
        """Make a container and return its id."""

    def start(self, container: str) -> None:
        """Start the container."""

    def restart(self, container: str, grace: int) -> None:
        """Stop the container, at most `grace` seconds politely, and start it again."""

    def remove(self, container: str, grace: int) -> None:
        """Stop the container and delete it with its anonymous volumes."""

    def inspect(self, container: str, keep: Collection[str]) -> ContainerInfo | None:
        """Return the container as it is, None when there is none."""

    def list_states(self, labels: list[str]) -> dict[str, str]:
        """Return the states of all containers that carry all `labels` ("name=value"), by id."""

    def find_by_image(self, name: str) -> tuple[str, ...]:
        """Return the ids of containers made from an image of this name, running ones first."""

    def network_owners(self) -> dict[str, str]:
        """Return whose network all containers share, "" for none, by id; see `network_owner`."""

    def log(self, container: str, lines: int) -> str:
        """Return the last lines of both outputs."""

    def events(
        self, reader: StreamReader[ContainerEvent], labels: Mapping[str, str]
    ) -> Generator[ContainerEvent]:
        """Yield what happens to containers until the connection ends; `labels` are wanted."""

    def stats(
        self, reader: StreamReader[ContainerCounters], container: str
    ) -> Generator[ContainerCounters]:
        """Yield what the container has used so far, until it is gone."""

    def close(self) -> None:
        """Close the connections."""
