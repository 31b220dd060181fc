"""What `/openapi.json` says holds: no request gets an answer that it does not name, or a 500.

The requests are drawn by schemathesis from the document: right ones, and ones that break it in
each way. What no schema tells of is in `test_bad_input.py`.
"""

import pathlib
import re
import subprocess
import sys
from collections.abc import Iterator
from typing import Final

import pytest

from tests.e2e.program import Server

pytestmark = pytest.mark.xdist_group("contract")

CONFIG: Final = pathlib.Path(__file__).with_name("schemathesis.toml")
RUN: Final = "import sys; from schemathesis.cli import schemathesis; sys.exit(schemathesis())"
# Fewer would mean that the document, or the configuration, lost most of its routes.
LEAST_ROUTES: Final = 35


@pytest.fixture
def server(tmp_path: pathlib.Path) -> Iterator[Server]:
    made = Server(
        *("serve", "--demo", "--port", "0", "--data-dir", str(tmp_path / "data")), home=tmp_path
    )
    try:
        made.ready()
        made.wait_until("/health/ready", lambda answer: answer["ready"], "an engine")
        yield made
    finally:
        made.end()


@pytest.mark.timeout(180)
def test_no_request_gets_an_answer_that_is_not_described(
    server: Server, tmp_path: pathlib.Path
) -> None:
    done = subprocess.run(
        [
            *(sys.executable, "-W", "ignore", "-c", RUN, "--config-file", str(CONFIG), "run"),
            f"{server.base_url}/openapi.json",
        ],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=170,
        cwd=tmp_path,
    )

    told = "\n".join(line[:300] for line in (done.stdout + done.stderr).splitlines())
    assert done.returncode == 0, told
    tested = re.search(r"Tested: (\d+)", told)
    assert tested is not None, told
    assert int(tested[1]) >= LEAST_ROUTES
    assert server.process.poll() is None
    assert "Traceback" not in server.stderr
