"""`acedesk serve` from outside: its line, its signals, its exit codes."""

import pathlib
import re
import signal
import socket
from collections.abc import Callable

import pytest

from tests.e2e.program import Program, Server, run, wait_until


def test_it_prints_one_line_and_is_ready(serve: Callable[..., Server]) -> None:
    server = serve()

    assert re.fullmatch(r"http://127\.0\.0\.1:[1-9]\d*", server.base_url)
    status, facts = server.get("/health/ready")
    assert status == 200
    assert set(facts) == {"ready", "engines", "provisioning"}
    assert [type(facts[name]) for name in ("ready", "engines", "provisioning")] == [bool, int, int]
    server.wait_until("/health/ready", lambda facts: facts["ready"], "an engine")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_stops_it_cleanly(server: Server, number: signal.Signals) -> None:
    code = server.stop(number)

    assert code == 0
    assert server.rest == ""
    assert "Traceback" not in server.stderr


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
@pytest.mark.parametrize("module", ["acedesk.commands.arguments", "aiohttp", "acedesk.compose"])
def test_a_signal_while_it_starts_ends_it_cleanly(
    start: Callable[..., Program], data_dir: pathlib.Path, module: str, number: signal.Signals
) -> None:
    # Python tells on stderr what it has imported: the moment of the signal is certain.
    program = start(
        *("serve", "--demo", "--port", "0", "--data-dir", str(data_dir)), python=("-Ximporttime",)
    )
    imported = re.compile(rf"\| +{re.escape(module)}$", re.MULTILINE)
    wait_until(lambda: program.stderr, lambda text: bool(imported.search(text)), module)

    code = program.stop(number)

    assert code == 0
    assert "Traceback" not in program.stderr


def test_a_taken_port_is_told_with_its_holder_and_the_next_free_one(
    tmp_path: pathlib.Path, data_dir: pathlib.Path
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        result = run(
            *("serve", "--demo", "--port", port, "--data-dir", str(data_dir)),
            home=tmp_path / "home",
        )

    last = result.stderr.splitlines()[-1]
    assert result.returncode == 1
    assert result.stdout == ""
    assert "Traceback" not in result.stderr
    assert re.search(rf"Port {port} on 127\.0\.0\.1 is in use by .+ \(pid \d+\)", last), last
    assert re.search(r"Port \d+ is free\. Use --port \d+\.", last), last


def test_two_on_one_data_folder_are_refused(
    server: Server, tmp_path: pathlib.Path, data_dir: pathlib.Path
) -> None:
    result = run(
        *("serve", "--demo", "--port", "0", "--data-dir", str(data_dir)), home=tmp_path / "other"
    )

    last = result.stderr.splitlines()[-1]
    assert result.returncode == 1
    assert "same data folder" in last
    assert str(server.process.pid) in last
    assert server.get("/health/ready")[0] == 200


def test_after_a_crash_the_data_folder_is_free_again(
    serve: Callable[..., Server], data_dir: pathlib.Path
) -> None:
    serve().stop(signal.SIGKILL)
    assert (data_dir / "running.json").exists()

    assert serve().stop() == 0


@pytest.mark.parametrize(
    ("arguments", "environ", "word"),
    [
        (("serve", "--port", "many"), {}, "--port"),
        (("serve", "--nonsense"), {}, "--nonsense"),
        (("serve", "--engine", "no where"), {}, "host:port"),
        (("serve",), {"ACEDESK_RING_MIB": "much"}, "ACEDESK_RING_MIB"),
        (("serve",), {"ACEDESK_DEMO": "perhaps"}, "ACEDESK_DEMO"),
    ],
)
def test_bad_arguments_are_one_line_and_2(
    tmp_path: pathlib.Path, arguments: tuple[str, ...], environ: dict[str, str], word: str
) -> None:
    result = run(*arguments, home=tmp_path / "home", environ=environ)

    assert result.returncode == 2
    assert result.stdout == ""
    assert result.stderr.count("\n") == 1
    assert word in result.stderr


def test_a_broken_settings_file_is_kept_and_told(
    serve: Callable[..., Server], data_dir: pathlib.Path
) -> None:
    data_dir.mkdir()
    (data_dir / "settings.toml").write_text("grace = = 3\n")

    server = serve()

    assert (data_dir / "settings.toml.bad").read_text() == "grace = = 3\n"
    assert "settings.toml.bad" in server.stderr
    assert server.stop() == 0


def test_settings_come_from_the_environment(serve: Callable[..., Server]) -> None:
    server = serve(environ={"ACEDESK_MAX_STREAMS_PER_ENGINE": "3"})

    snapshot = server.wait_until(
        "/api/v2/snapshot", lambda snapshot: snapshot["engines"], "an engine"
    )
    assert snapshot["engines"][0]["max_streams"] == 3


def test_a_data_folder_that_cannot_be_made_is_one_line(tmp_path: pathlib.Path) -> None:
    result = run(
        *("serve", "--demo", "--port", "0", "--data-dir", "/proc/nowhere"), home=tmp_path / "home"
    )

    assert result.returncode == 1
    assert "/proc/nowhere" in result.stderr.splitlines()[-1]
    assert "Traceback" not in result.stderr


def test_qt_is_never_imported(serve: Callable[..., Server]) -> None:
    server = serve(python=("-Ximporttime",))
    assert server.stop() == 0

    modules = set(re.findall(r"\| +([\w.]+)$", server.stderr, re.MULTILINE))

    assert "acedesk.compose" in modules
    assert {name.split(".")[0] for name in modules} & {"PySide6", "qasync", "shiboken6"} == set()
    assert not any(name.startswith("acedesk.ui") for name in modules)
