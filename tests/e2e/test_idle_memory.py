"""What only some people use is not in memory before somebody asks for it.

Each of these was measured in `acedesk serve` without streams; together they are a fifth of it.
"""

import pathlib
import re
from collections.abc import Callable

from tests.e2e.program import Server

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
