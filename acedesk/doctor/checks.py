"""All checks in the order in which they are read: the computer first, then what AceDesk needs."""

import asyncio
import pathlib
from collections.abc import Collection, Mapping

from acedesk.containers.runtime import ContainerRuntime
from acedesk.doctor import docker, network, players, screen, secrets, system
from acedesk.doctor.finding import Finding
from acedesk.model.player import Player
from acedesk.settings import Settings
from acedesk.store.keyring.settings_keeper import SettingsKeeper
from acedesk.store.lock import find_running
from acedesk.store.paths import Paths
from acedesk.values import frozen_value


@frozen_value
class CheckSubject:
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


async def examine(subject: CheckSubject) -> tuple[Finding, ...]:
    """Run every check; none of them changes anything."""
    running = find_running(subject.paths.data_dir)
    return (
        system.check_program(),
        system.check_python(),
        screen.check_qt(),
        screen.check_screen(subject.environ),
        system.check_data_dir(subject.paths.data_dir),
        system.check_settings(subject.paths.config_file, subject.notes),
        await _check_secrets(subject.paths.config_file),
        system.check_running(running),
        network.check_port(subject.settings.host, subject.settings.port, running),
        await docker.check_docker(subject.runtime, timeout=subject.settings.docker_timeout),
        players.check_players(subject.players),
    )


async def _check_secrets(config_file: pathlib.Path) -> Finding:
    keeper = SettingsKeeper(config_file)
    keeper.look()
    return await asyncio.to_thread(secrets.check_secrets, keeper.plain, keeper.kept)
