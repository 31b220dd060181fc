"""The Dockers of other computers that the settings name, and of this one under other addresses.

Each has a runtime of its own: one that hangs or is gone keeps no other from its engines. How its
engines are reached follows from its address (`acedesk.containers.reach`).
"""

import os
import pathlib
from collections.abc import Iterable, Mapping

from acedesk.settings.engine_host import EngineHost, parse_host

# What would lead Docker's own address elsewhere.
_OTHERS = ("DOCKER_HOST", "DOCKER_CONTEXT", "DOCKER_TLS_VERIFY", "DOCKER_CERT_PATH")


def hosts(texts: Iterable[str]) -> tuple[EngineHost, ...]:
    """Return the hosts of the setting `engine_hosts`."""
    return tuple(map(parse_host, texts))


def host_environment(
    host: EngineHost,
    environ: Mapping[str, str] | None = None,
    root: pathlib.Path = pathlib.Path("/"),
) -> dict[str, str]:
    """Return the environment in which Docker's command would use this host."""
    given = os.environ if environ is None else environ
    made = {name: value for name, value in given.items() if name not in _OTHERS}
    if host.context:
        return {**made, "DOCKER_CONTEXT": host.context}
    made["DOCKER_HOST"] = host.address or f"unix://{_podman_socket(given, root)}"
    if host.tls_dir:
        folder = str(pathlib.Path(host.tls_dir).expanduser())
        made |= {"DOCKER_TLS_VERIFY": "1", "DOCKER_CERT_PATH": folder}
    return made


def _podman_socket(environ: Mapping[str, str], root: pathlib.Path) -> pathlib.Path:
    """Return the socket of the user's Podman; of the system's where only that can be used."""
    named = environ.get("XDG_RUNTIME_DIR", "").strip()
    user = os.getuid() if hasattr(os, "getuid") else 0
    own = (pathlib.Path(named) if named else root / f"run/user/{user}") / "podman/podman.sock"
    system = root / "run/podman/podman.sock"
    # Not `exists`: that fails where the folder may not be looked into.
    return system if os.access(system, os.R_OK | os.W_OK) and not own.exists() else own
