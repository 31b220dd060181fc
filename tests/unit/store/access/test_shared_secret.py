"""The secret of copied addresses."""

import pathlib
import secrets
import stat
import sys

import pytest

from acedesk.rules.access.secret import make_secret
from acedesk.store.access.shared_secret import FILE_NAME, SharedSecret


def test_what_was_kept_is_told_again(tmp_path: pathlib.Path) -> None:
    secret = make_secret(secrets.choice)
    assert SharedSecret(tmp_path).load() == ""

    SharedSecret(tmp_path).save(secret)

    assert SharedSecret(tmp_path).load() == secret
    if sys.platform != "win32":
        assert stat.S_IMODE((tmp_path / FILE_NAME).stat().st_mode) == 0o600


@pytest.mark.parametrize("raw", [b"", b"\xff\xfe", b"ad", b"../../etc", b"ad" + b"x" * 27])
def test_what_is_no_secret_is_none(tmp_path: pathlib.Path, raw: bytes) -> None:
    (tmp_path / FILE_NAME).write_bytes(raw)

    assert SharedSecret(tmp_path).load() == ""


def test_a_folder_that_cannot_be_written_is_only_a_warning(
    tmp_path: pathlib.Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "file").write_text("")

    SharedSecret(tmp_path / "file").save(make_secret(secrets.choice))

    assert "could not be kept" in caplog.text
