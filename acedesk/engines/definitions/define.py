"""From the settings to what an engine is made from, for the machine it is to run on. Pure."""

import dataclasses
import shlex
from collections.abc import Mapping
from typing import Final

from acedesk.engines.definitions.catalogue import Catalogue, CatalogueImage, Variant
from acedesk.engines.definitions.definition import EngineDefinition
from acedesk.engines.definitions.engine_options import option_name, warn_of_arguments
from acedesk.errors import BadRequest
from acedesk.model.host import ARM64, ARM_V7, UNKNOWN_MACHINE, Machine
from acedesk.settings import MIB, Settings, default

# The engine answers callers of its own subnet only unless this is on; a port published by Docker
# may come from elsewhere (ghcr.io/martinbjeldbak/acestream-http-proxy). Who gets in by it is
# decided in `acedesk.containers.reach`: nobody but this computer where Docker runs on it.
ENVIRONMENT: Final = {"ALLOW_REMOTE_ACCESS": "yes"}

# Engines look for a hardware id there and fail where newer Docker Desktops lack the folder
# (acestream-http-proxy#22).
TMPFS: Final = {"/dev/disk/by-id": "noexec,rw,size=4k"}

# For images whose engine keeps its files nobody knows where: it is told to use this folder.
CACHE_DIR: Final = "/acestream-cache"

_PROCESSORS: Final = {ARM64: "ARM", ARM_V7: "32-bit ARM"}

_LARGE_PAGES: Final = (
    "The kernel of Docker's machine has memory pages of 16 KiB, as that of a Raspberry Pi 5. This "
    "engine is built for 4 KiB and may crash. The line kernel=kernel8.img in "
    "/boot/firmware/config.txt and a restart of the machine change that."
)


def define(
    settings: Settings, catalogue: Catalogue, machine: Machine = UNKNOWN_MACHINE
) -> EngineDefinition:
    """Return what engines are made from.

    The default image stands for what is best on the machine; any other is taken as it is.

    Raises:
        BadRequest: The engine arguments cannot be split.
    """
    known = catalogue.find(settings.engine_image)
    wanted = settings.engine_platform or machine.platform
    if known is None:
        return _of_other_image(settings)
    if settings.engine_image == default("engine_image") and known.variant(wanted) is None:
        known = catalogue.named(catalogue.default_for.get(wanted, "")) or known
        settings = dataclasses.replace(settings, engine_image=known.reference)
    return _of_known_image(settings, known, wanted, machine)


def _of_other_image(settings: Settings) -> EngineDefinition:
    arguments = split_arguments(settings.engine_arguments)
    tmpfs, more = _cache(settings, None)
    return EngineDefinition(
        image=settings.engine_image,
        arguments=arguments + more,
        environment={**ENVIRONMENT, **_variables(settings)},
        port=settings.engine_port,
        platform=settings.engine_platform,
        memory=settings.engine_memory * MIB,
        cpus=settings.engine_cpus,
        tmpfs={**TMPFS, **tmpfs},
    )


def _of_known_image(
    settings: Settings, image: CatalogueImage, wanted: str, machine: Machine
) -> EngineDefinition:
    variant = image.variant(wanted)
    emulated = variant is None and bool(wanted)
    chosen = variant or image.variants[0]
    tmpfs, more = _cache(settings, image)
    said = split_arguments(settings.engine_arguments)
    arguments = _with_needed(image, said + more)
    environment = {**ENVIRONMENT, **image.environment, **_variables(settings)}
    if chosen.variable and arguments and arguments[0].startswith("-"):
        earlier = environment.get(chosen.variable, "")
        environment[chosen.variable] = f"{earlier} {shlex.join(arguments)}".strip()
        arguments = ()
    platform = settings.engine_platform or (chosen.platform if emulated else "")
    return EngineDefinition(
        image=_reference(settings.engine_image, image, chosen),
        arguments=arguments,
        environment=environment,
        port=settings.engine_port if _has_own_port(settings) else image.port,
        platform=platform,
        memory=settings.engine_memory * MIB,
        cpus=settings.engine_cpus,
        tmpfs={**TMPFS, **tmpfs},
        warnings=_warnings(image, chosen, said, machine),
    )


def _reference(written: str, image: CatalogueImage, chosen: Variant) -> str:
    """Return what is pulled; the name of one variant stands for all, another tag for itself."""
    if written in {image.reference, *(one.reference for one in image.variants)}:
        return chosen.pulled
    if written in image.also and chosen.reference != image.reference:
        return chosen.pulled
    return written


def _has_own_port(settings: Settings) -> bool:
    return bool(settings.engine_port != default("engine_port"))


def _with_needed(image: CatalogueImage, said: tuple[str, ...]) -> tuple[str, ...]:
    """Return the arguments with those that the image needs and nobody has said."""
    if said and not said[0].startswith("-"):  # a whole command
        return said
    given = {option_name(word) for word in said}
    needed: list[str] = []
    taken = False
    for word in split_arguments(image.arguments):
        taken = option_name(word) not in given if word.startswith("-") else taken
        needed += [word] if taken else []
    return (*split_arguments(image.command), *needed, *said)


def _cache(
    settings: Settings, image: CatalogueImage | None
) -> tuple[Mapping[str, str], tuple[str, ...]]:
    """Return the folder in memory for what the engine writes, and what it must be told of it."""
    if not settings.engine_cache:
        return {}, ()
    size = f"size={settings.engine_cache}m"
    if image is None or not image.state_dir:
        return {CACHE_DIR: f"rw,mode=1777,{size}"}, (f"--cache-dir={CACHE_DIR}",)
    user = image.state_user
    return {image.state_dir: f"rw,mode=0755,uid={user},gid={user},{size}"}, ()


def _variables(settings: Settings) -> Mapping[str, str]:
    pairs = (text.partition("=") for text in settings.engine_environment)
    return {name.strip(): value for name, _, value in pairs}


def _warnings(
    image: CatalogueImage, chosen: Variant, said: tuple[str, ...], machine: Machine
) -> tuple[str, ...]:
    found = list(warn_of_arguments(said, image.options))
    if machine.platform and chosen.platform != machine.platform:
        processor = _PROCESSORS.get(machine.platform, "Intel and AMD")
        found.append(
            f"This image has no engine for the {processor} processor of Docker's machine. It is "
            "emulated there, which is slow, or does not start."
        )
    if chosen.small_pages and machine.has_large_pages:
        found.append(_LARGE_PAGES)
    return tuple(found)


def split_arguments(text: str) -> tuple[str, ...]:
    """Return the single arguments.

    Raises:
        BadRequest: They cannot be split.
    """
    try:
        return tuple(shlex.split(text))
    except ValueError as exc:
        raise BadRequest(f"The engine arguments have an unfinished quote: {text}") from exc
