"""What docker-py starts; `tests/docker/test_docker_runtime.py` tells what it asks a daemon."""

import json
import os
import pathlib
import subprocess
import sys

import pytest

OPEN = (
    "from acedesk.containers import docker\n"
    "from acedesk.containers.endpoint import Endpoint\n"
    "class Finder:\n"
    "    def find(self): return Endpoint(url='ssh://eva@nas:2222', named_by='DOCKER_HOST')\n"
    "try:\n"
    "    docker.DockerDaemon(Finder(), lambda: 5.0).version()\n"
    "except Exception as exc:\n"
    "    print(type(exc).__name__)\n"
)
TELL = (
    "import json, os, sys\nopen({out!r}, 'w').write(json.dumps([sys.argv[1:], dict(os.environ)]))"
)


@pytest.mark.skipif(
    sys.platform == "win32",
    reason="programs that can be found by their name alone are no texts there",
)
def test_the_ssh_to_a_docker_elsewhere_gets_the_users_own_environment(
    tmp_path: pathlib.Path,
) -> None:
    out = tmp_path / "told.json"
    ssh = tmp_path / "ssh"
    ssh.write_text(f"#!{sys.executable}\n{TELL.format(out=str(out))}\n")
    ssh.chmod(0o755)
    environ = {
        **os.environ,
        "PATH": str(tmp_path),
        "PYTHONPATH": f"{tmp_path}{os.pathsep}{os.pathsep.join(sys.path)}",
        "LD_LIBRARY_PATH": "/opt/acedesk/_internal",
        "LD_LIBRARY_PATH_ORIG": "/home/eva/lib",
        "QT_PLUGIN_PATH": "/opt/acedesk/_internal/PySide6/Qt/plugins",
    }

    done = subprocess.run(
        [sys.executable, "-c", OPEN], env=environ, capture_output=True, text=True, timeout=50
    )

    assert done.stdout == "RuntimeUnavailable\n", done.stderr  # the fake ssh ends at once
    arguments, seen = json.loads(out.read_text())
    assert arguments[-7:-2] == ["-l", "eva", "-p", "2222", "--"]
    assert seen["LD_LIBRARY_PATH"] == "/home/eva/lib"
    assert not {"QT_PLUGIN_PATH", "LD_LIBRARY_PATH_ORIG"} & set(seen)
