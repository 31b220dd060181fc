"""What the program brings beside its code: test cards, TLS, docker-py, a clean environment."""

import importlib
import os
import ssl
import subprocess
import sys
from collections.abc import Callable, Mapping
from typing import Final

from acedesk.containers.docker_runtime import load_library
from acedesk.demo.broadcast_clock import load_card
from acedesk.demo.channels import channels
from acedesk.demo.testcard import TestCard
from acedesk.doctor.finding import Finding, Level
from acedesk.process.child_environment import child_environment

# It starts in milliseconds; a hung one must not hang us.
CHILD_SECONDS: Final = 5.0
# What a program of ours may have been given and nobody else may see, with a value that must not
# come through. Library paths are those of a frozen program; see `child_environment`.
PLANTED: Final[Mapping[str, str]] = {
    "QT_PLUGIN_PATH": "/acedesk/self-test",
    "QT_QPA_PLATFORM": "offscreen",
    "QT_QPA_PLATFORM_PLUGIN_PATH": "/acedesk/self-test",
    "QML_IMPORT_PATH": "/acedesk/self-test",
    "QML2_IMPORT_PATH": "/acedesk/self-test",
    "_PYI_APPLICATION_HOME_DIR": "/acedesk/self-test",
    "_PYI_PARENT_PROCESS_LEVEL": "1",
}
PLANTED_BUNDLE: Final = "/acedesk/self-test-bundle"


def check_test_cards(load: Callable[[str], TestCard] = load_card) -> Finding:
    """Read every test card that a demo channel shows."""
    name = "Test cards"
    found = []
    for picture in sorted({channel.picture for channel in channels()}):
        try:
            found.append(f"{picture} ({load(picture).seconds:.1f} s)")
        except (OSError, ValueError) as exc:
            return Finding(name, Level.FAIL, f"{picture}.ts cannot be read: {exc}")
    return Finding(name, Level.PASS, ", ".join(found))


def check_tls() -> Finding:
    """Make a TLS context and begin to talk with it."""
    name = "TLS"
    try:
        context = ssl.create_default_context()
        answers, hello = ssl.MemoryBIO(), ssl.MemoryBIO()
        client = context.wrap_bio(answers, hello, server_hostname="self-test.invalid")
        try:
            client.do_handshake()
        except ssl.SSLWantReadError:
            # It waits for an answer to its first message, as it should.
            return Finding(name, Level.PASS, f"{ssl.OPENSSL_VERSION}, {len(hello.read())} bytes.")
    except (OSError, ValueError) as exc:
        return Finding(name, Level.FAIL, f"There is no TLS: {exc}")
    return Finding(name, Level.FAIL, "A connection was taken for secure before it was one.")


def check_docker_library() -> Finding:
    """Import what speaks with Docker; no Docker has to be there."""
    name = "Docker library"
    try:
        load_library()
    except ImportError as exc:
        return Finding(name, Level.FAIL, f"It cannot be imported: {exc}")
    return Finding(name, Level.PASS, "It can be imported.")


def check_keyring_library(platform: str = sys.platform) -> Finding:
    """Import what speaks with the keyring; none has to be there."""
    name = "Keyring library"
    by_system = platform in ("win32", "darwin")
    module = "credential_stores" if by_system else "secret_service"
    try:
        importlib.import_module(f"acedesk.store.keyring.{module}")
    except ImportError as exc:
        return Finding(name, Level.FAIL, f"It cannot be imported: {exc}")
    return Finding(name, Level.PASS, "It can be imported.")


def check_child_environment(
    environ: Mapping[str, str] | None = None, *, platform: str = sys.platform
) -> Finding:
    """Start a program with variables of ours about, and look at what it sees."""
    name = "Programs we start"
    bundle = getattr(sys, "_MEIPASS", PLANTED_BUNDLE)
    given = {**(os.environ if environ is None else environ), **PLANTED}
    own = given.get("LD_LIBRARY_PATH", "")
    if bundle == PLANTED_BUNDLE:  # a frozen program has this from its bootloader
        given["LD_LIBRARY_PATH"] = f"{bundle}{os.pathsep}{own}" if own else bundle
    argv = ["cmd", "/d", "/c", "set"] if platform == "win32" else ["/usr/bin/env"]
    try:
        done = subprocess.run(  # noqa: S603 - a fixed argv without a shell
            argv,
            env=child_environment(given, bundle=bundle),
            capture_output=True,
            timeout=CHILD_SECONDS,
            check=True,
        )
    except (OSError, subprocess.SubprocessError) as exc:
        return Finding(name, Level.FAIL, f"{argv[0]} could not be started: {exc}")
    seen = leaked(done.stdout.decode(errors="replace"), bundle)
    if seen:
        return Finding(name, Level.FAIL, f"They would see what is meant for us: {', '.join(seen)}")
    return Finding(name, Level.PASS, "They see the user's own variables only.")


def leaked(printed: str, bundle: str) -> list[str]:
    """Return the names of variables of ours among those that a program printed.

    Args:
        bundle: The folder of our libraries.
    """
    found = []
    for line in printed.splitlines():
        name, _, value = line.partition("=")
        ours = name in PLANTED or name.startswith(("_PYI_", "QML"))
        if ours or (name.endswith("LIBRARY_PATH") and bundle in value):
            found.append(name)
    return sorted(found)
