"""What a test needs of this computer: there, or the test is left out; in CI, or it fails.

`CI=true ./packaging/test` promises that nothing was left out.
"""

import os
import shutil

import pytest


def need(there: object, what: str) -> None:
    """Leave the test out when `there` is false; with CI=true let it fail."""
    if there:
        return
    if os.environ.get("CI", "").lower() in ("", "0", "false"):
        pytest.skip(f"left out: {what}")
    pytest.fail(f"CI needs this: {what}")


def need_program(name: str) -> str:
    """Return the path of the program `name`."""
    path = shutil.which(name)
    need(path, f"{name} is not installed")
    assert path is not None
    return path


def need_screen() -> None:
    """Need an X screen."""
    need(os.environ.get("DISPLAY"), "there is no X screen (DISPLAY)")
