"""Test cards, TLS, docker-py and the environment of children: whole, and damaged."""

import pathlib
import ssl
import sys

import pytest

from acedesk.commands.self_test import libraries
from acedesk.commands.self_test.libraries import (
    PLANTED,
    PLANTED_BUNDLE,
    check_child_environment,
    check_docker_library,
    check_keyring_library,
    check_test_cards,
    check_tls,
    leaked,
)
from acedesk.demo.testcard import TestCard
from acedesk.doctor.finding import Level


def test_both_test_cards_are_read() -> None:
    finding = check_test_cards()

    assert finding.level is Level.PASS
    assert "bars (3.8 s), second (3.8 s)" in finding.text


@pytest.mark.parametrize("data", [b"", b"half a packet"])
def test_a_damaged_test_card_is_named(data: bytes) -> None:
    finding = check_test_cards(lambda _picture: TestCard(data))

    assert finding.level is Level.FAIL
    assert "bars.ts" in finding.text


def test_a_missing_test_card_is_named(tmp_path: pathlib.Path) -> None:
    finding = check_test_cards(lambda name: TestCard((tmp_path / name).read_bytes()))

    assert finding.level is Level.FAIL
    assert "No such file" in finding.text


def test_a_tls_client_says_hello() -> None:
    finding = check_tls()

    assert finding.level is Level.PASS
    assert ssl.OPENSSL_VERSION in finding.text


def test_a_tls_that_cannot_be_set_up_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse() -> ssl.SSLContext:
        raise ssl.SSLError("no library")

    monkeypatch.setattr(ssl, "create_default_context", refuse)

    finding = check_tls()

    assert finding.level is Level.FAIL
    assert "no library" in finding.text


def test_the_docker_library_is_imported_without_a_docker() -> None:
    assert check_docker_library().level is Level.PASS


def test_a_docker_library_with_a_part_missing_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "acedesk.containers.docker", raising=False)
    monkeypatch.delattr("acedesk.containers.docker", raising=False)
    monkeypatch.setitem(sys.modules, "docker", None)

    finding = check_docker_library()

    assert finding.level is Level.FAIL
    assert "docker" in finding.text


@pytest.mark.parametrize(
    "environ",
    [
        {"PATH": "/usr/bin:/bin"},
        {"PATH": "/usr/bin:/bin", "LD_LIBRARY_PATH": "/opt/own", "QT_QPA_PLATFORMTHEME": "gtk3"},
        {"PATH": "/usr/bin:/bin", "QML_IMPORT_PATH": "/x", "_PYI_ARCHIVE_FILE": "/a"},
    ],
)
def test_a_program_that_is_started_sees_nothing_of_ours(environ: dict[str, str]) -> None:
    assert check_child_environment(environ).level is Level.PASS


def test_what_comes_through_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(libraries, "child_environment", lambda given, **_facts: dict(given))

    finding = check_child_environment({"PATH": "/usr/bin"})

    assert finding.level is Level.FAIL
    assert all(name in finding.text for name in (*PLANTED, "LD_LIBRARY_PATH"))


@pytest.mark.skipif(sys.platform == "win32", reason="there a program of the system is always found")
def test_a_program_that_does_not_start_is_told() -> None:
    finding = check_child_environment({"PATH": ""}, platform="win32")

    assert finding.level is Level.FAIL
    assert "cmd could not be started" in finding.text


def test_the_users_own_variables_are_no_leak() -> None:
    printed = f"HOME=/home/u\nLD_LIBRARY_PATH=/opt/own\nQT_SCALE_FACTOR=2\nX={PLANTED_BUNDLE}\n"

    assert leaked(printed, PLANTED_BUNDLE) == []
    assert leaked("_PYI_NEW=1\nLD_LIBRARY_PATH=/b/lib:/c\n", "/b") == [
        "LD_LIBRARY_PATH",
        "_PYI_NEW",
    ]


def test_the_library_of_this_systems_keyring_can_be_imported() -> None:
    assert check_keyring_library().level is Level.PASS


def test_a_keyring_library_that_is_missing_is_a_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("keyring", "keyring.backend", "jeepney", "jeepney.io.blocking"):
        monkeypatch.setitem(sys.modules, name, None)
    for name in ("secret_service", "credential_stores"):
        monkeypatch.delitem(sys.modules, f"acedesk.store.keyring.{name}", raising=False)

    assert check_keyring_library().level is Level.FAIL
