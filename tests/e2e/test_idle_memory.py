"""What nobody needs is not in memory: parts that only some people use, the text of the program.

Each of these was measured in `acedesk serve` without streams; together they are a fifth of it.
"""

import os
import pathlib
import re
from collections.abc import Callable

from acedesk.store.lock import find_running
from tests.e2e.program import TOP, Program, Server, wait_until

# A module, and all in it.
NOT_BEFORE_ASKED = (
    "PySide6",
    "acedesk.api.openapi",
    "acedesk.api.orchestrator",
    "acedesk.api.routes",
    "acedesk.api.schema",
    "acedesk.api.v2",
    "acedesk.demo.engine",
    "acedesk.demo.engine_api",
    "acedesk.doctor",
    "acedesk.engines.backends.swarm_backend",
    "acedesk.engines.definitions.compose_file",
    "acedesk.engines.remote.client",
    "acedesk.engines.remote.directory",
    "acedesk.engines.remote.orchestrator_parts",
    "acedesk.engines.remote.remote_backend",
    "acedesk.formats.compose",
    "acedesk.formats.orchestrator",
    "acedesk.proxy.link_test",
    "acedesk.rules.settings_import",
    "acedesk.store.keyring.secret_service",
    "acedesk.store.reports",
    "acedesk.store.settings_import.foreign_files",
    "acedesk.ui",
    "charset_normalizer",
    "docker",
    "jeepney",
    "platformdirs",
    "prometheus_client",
    "redis",
    "requests",
    "urllib3",
    "yaml",
)
_IMPORTED = re.compile(r"^import time:.*\| +(\S+)$", re.MULTILINE)


def unasked(server: Server) -> set[str]:
    """Return which of these modules have been imported."""
    names = set(_IMPORTED.findall(server.stderr))
    assert "acedesk.compose" in names
    return {
        name
        for name in names
        for apart in NOT_BEFORE_ASKED
        if name == apart or name.startswith(f"{apart}.")
    }


def test_a_server_at_rest_holds_nothing_that_nobody_asked_for(
    serve: Callable[..., Server], tmp_path: pathlib.Path
) -> None:
    server = serve(
        *("--engine", "127.0.0.1:1"),
        demo=False,
        environ={"DOCKER_HOST": f"unix://{tmp_path}/none.sock"},
        python=("-Ximporttime",),
    )
    assert server.get("/ace/status") == (200, {"streams": 0})

    assert unasked(server) == set()

    assert server.get("/api/v2/snapshot")[0] == 200
    assert "acedesk.api.routes" in unasked(server)


def test_a_window_keeps_no_source_of_what_it_imported(
    start: Callable[..., Program], data_dir: pathlib.Path, tmp_path: pathlib.Path
) -> None:
    # Python imports it at its start.
    (tmp_path / "sitecustomize.py").write_text(
        "import atexit, linecache; atexit.register(lambda: print(*linecache.cache, sep='\\n'))"
    )
    desktop = start(
        *("--demo", "--port", "0", "--data-dir", str(data_dir)),
        environ={"QT_QPA_PLATFORM": "offscreen", "PYTHONPATH": f"{tmp_path}{os.pathsep}{TOP}"},
    )
    wait_until(lambda: find_running(data_dir), bool, "the window runs")

    assert desktop.stop() == 0

    kept = [name for name in desktop.rest.splitlines() if name.endswith(".py")]
    # Three that Qt itself imports, and those of a traceback.
    assert len(kept) < 10, kept
