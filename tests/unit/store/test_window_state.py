"""The file with what is remembered of the window: a broken one is as good as none."""

import json
import pathlib

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from acedesk.store import window_state


def test_what_was_saved_is_loaded(tmp_path: pathlib.Path) -> None:
    values = {"page": "Logs", "tables": {"Streams": {"hidden": ["Peers"], "widths": {"Name": 300}}}}

    window_state.save(tmp_path / "new folder", values)

    assert window_state.load(tmp_path / "new folder") == values


def test_without_a_file_nothing_is_remembered(tmp_path: pathlib.Path) -> None:
    assert window_state.load(tmp_path) == {}


@pytest.mark.parametrize(
    "data", [b"", b"{", b"\xff\xfe\x00", b"[1, 2]", b'"text"', b"null", b"[" * 100_000]
)
def test_a_broken_file_is_as_good_as_none(tmp_path: pathlib.Path, data: bytes) -> None:
    (tmp_path / window_state.FILE_NAME).write_bytes(data)

    assert window_state.load(tmp_path) == {}


def test_a_huge_file_is_not_read(tmp_path: pathlib.Path) -> None:
    text = json.dumps({"page": "x" * window_state.LARGEST_FILE})
    (tmp_path / window_state.FILE_NAME).write_text(text)

    assert window_state.load(tmp_path) == {}


@given(data=st.binary(max_size=200))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_content_raises(tmp_path: pathlib.Path, data: bytes) -> None:
    (tmp_path / window_state.FILE_NAME).write_bytes(data)

    assert isinstance(window_state.load(tmp_path), dict)


def test_a_disk_that_takes_nothing_is_no_error(tmp_path: pathlib.Path) -> None:
    (tmp_path / "file").write_text("in the way")

    window_state.save(tmp_path / "file", {"page": "Logs"})

    assert window_state.load(tmp_path / "file") == {}
