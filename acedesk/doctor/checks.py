"""All checks in the order in which they are read: the computer first, then what AceDesk needs."""

import dataclasses
from collections.abc import Collection, Mapping

from acedesk.containers.runtime import ContainerRuntime
from acedesk.doctor import docker, network, players, screen, system
from acedesk.doctor.finding import Finding
from acedesk.model.player import Player
from acedesk.settings import Settings
from acedesk.store.lock import find_running
from acedesk.store.paths import Paths


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Patient:
    """What is looked at.

    Attributes:
        notes: What loading the settings file told.
        players: Those found on this computer.
    """

    settings: Settings
    paths: Paths
    environ: Mapping[str, str]
    notes: tuple[str, ...]
    players: Collection[Player]
    runtime: ContainerRuntime


async def examine(patient: Patient) -> tuple[Finding, ...]:
    """Run every check; none of them changes anything."""
    running = find_running(patient.paths.data_dir)
    return (
        system.check_python(),
        screen.check_qt(),
        screen.check_screen(patient.environ),
        system.check_data_dir(patient.paths.data_dir),
        system.check_settings(patient.paths.config_file, patient.notes),
        system.check_running(running),
        network.check_port(patient.settings.host, patient.settings.port, running),
        await docker.check_docker(patient.runtime, timeout=patient.settings.docker_timeout),
        players.check_players(patient.players),
    )
