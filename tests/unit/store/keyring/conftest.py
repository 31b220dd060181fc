"""A keyring that does what tests want, and a settings file beside it."""

import pathlib

import pytest

from tests.fakes.keyring import FakeKeyring


@pytest.fixture
def fake() -> FakeKeyring:
    """Return a keyring that is open and empty."""
    return FakeKeyring()


@pytest.fixture
def path(tmp_path: pathlib.Path) -> pathlib.Path:
    """Return where the settings are; there is no file yet."""
    return tmp_path / "settings.toml"
