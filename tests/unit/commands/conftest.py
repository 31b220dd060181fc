"""What commands are tried with: an environment that holds nothing of whoever runs the tests."""

import os
import pathlib
from collections.abc import Iterator, MutableMapping
from unittest import mock

import pytest


@pytest.fixture
def environ(tmp_path: pathlib.Path) -> Iterator[MutableMapping[str, str]]:
    """Give the only variables a command sees; a test may add some."""
    home = str(tmp_path / "home")
    variables = {"PATH": "/usr/bin:/bin", "HOME": home, "USERPROFILE": home}
    with mock.patch.dict(os.environ, variables, clear=True):
        yield os.environ
