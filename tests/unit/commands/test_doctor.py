"""How the findings are printed, and what the exit code says."""

import json
import pathlib
import socket
from collections.abc import MutableMapping

import hypothesis
import hypothesis.strategies as st
import pytest

from acedesk.commands import arguments, doctor
from acedesk.commands.doctor import format_findings
from acedesk.doctor.finding import Finding, Level

TEXT = st.text(st.characters(codec="ascii", exclude_categories=["Cc"]), min_size=1, max_size=20)
FINDINGS = st.builds(Finding, TEXT, st.sampled_from(Level), TEXT, st.just("") | TEXT)


def test_findings_stand_in_columns_and_below_each_what_to_do() -> None:
    findings = [
        Finding("Python", Level.PASS, "Python 3.11"),
        Finding("Data folder", Level.WARN, "almost full", "Make room."),
        Finding("Port 8080", Level.FAIL, "taken", "Use another."),
    ]

    assert format_findings(findings) == [
        "[ ok ] Python       Python 3.11",
        "[warn] Data folder  almost full",
        "                    Make room.",
        "[FAIL] Port 8080    taken",
        "                    Use another.",
    ]


@hypothesis.given(findings=st.lists(FINDINGS, min_size=1, max_size=8))
def test_every_text_and_every_advice_begins_in_the_same_column(findings: list[Finding]) -> None:
    lines = format_findings(findings)

    column = len("[ ok ] ") + max(len(one.name) for one in findings) + 2
    wanted = [text for one in findings for text in (one.text, one.fix) if text]
    assert [line[column:] for line in lines] == wanted


def _run(folder: pathlib.Path, *options: str) -> int:
    return doctor.run(arguments.read(["doctor", "--data-dir", str(folder), *options]))


@pytest.fixture
def no_docker(environ: MutableMapping[str, str], tmp_path: pathlib.Path) -> None:
    """Let there be no Docker, which is a warning only."""
    environ["DOCKER_HOST"] = f"unix://{tmp_path}/no.sock"


@pytest.mark.usefixtures("no_docker")
def test_a_computer_that_has_what_it_takes_is_0_although_docker_is_missing(
    tmp_path: pathlib.Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code = _run(tmp_path, "--port", "0", "--json")

    findings = {one["name"]: one for one in json.loads(capsys.readouterr().out)}
    assert findings["Docker"]["level"] == "warn"
    assert findings["Docker"]["fix"]
    assert findings["Port"] == {
        "name": "Port",
        "level": "pass",
        "text": "Any free one is taken when AceDesk starts.",
        "fix": "",
    }
    assert code == 0


@pytest.mark.usefixtures("no_docker")
def test_a_taken_port_is_1_and_shown_as_a_failure(
    tmp_path: pathlib.Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        code = _run(tmp_path, "--port", port)

    printed = capsys.readouterr().out
    assert code == 1
    assert f"[FAIL] Port {port}" in printed
    assert "[warn] Docker" in printed


@pytest.mark.usefixtures("no_docker")
def test_a_broken_settings_file_is_told_and_left_where_it_is(
    tmp_path: pathlib.Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "settings.toml").write_text("Ünsinn")

    code = _run(tmp_path, "--port", "0", "--json")

    printed = capsys.readouterr().out
    finding = next(one for one in json.loads(printed) if one["name"] == "Settings")
    assert (code, finding["level"]) == (0, "warn")
    assert str(tmp_path / "settings.toml") in finding["text"]
    assert [path.name for path in tmp_path.iterdir()] == ["settings.toml"]


@pytest.mark.usefixtures("no_docker")
def test_people_of_any_language_can_read_the_json(
    tmp_path: pathlib.Path, capsys: pytest.CaptureFixture[str]
) -> None:
    _run(tmp_path / "Möbel", "--port", "0", "--json")

    assert "Möbel" in capsys.readouterr().out
