import asyncio
import json
import subprocess
import sys

import aiohttp
import pytest

from acedesk.demo import command
from acedesk.demo.channels import channels
from acedesk.demo.engine import DemoEngine
from acedesk.errors import PortInUse


def test_the_list_has_one_object_per_line_and_the_normal_channel_first() -> None:
    rows = [json.loads(line) for line in command.list_channels().splitlines()]

    assert [set(row) for row in rows] == [{"id", "name", "what"}] * len(channels())
    assert rows[0]["id"] == channels()[0].id


def test_listing_needs_no_server(capsys: pytest.CaptureFixture[str]) -> None:
    assert command.run(0, "127.0.0.1", list_only=True) == 0
    assert capsys.readouterr().out == command.list_channels()


def test_the_command_is_light_to_import() -> None:
    code = (
        "import sys; import acedesk.demo.command;"
        "print(sorted({'aiohttp', 'PySide6', 'docker', 'psutil'} & set(sys.modules)))"
    )

    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=30)

    assert done.stdout.strip() == "[]"


def test_the_engine_needs_nothing_heavy() -> None:
    code = (
        "import sys; import acedesk.demo.engine, acedesk.demo.demo_backend;"
        "print(sorted({'PySide6', 'docker', 'psutil'} & set(sys.modules)))"
    )

    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=30)

    assert done.stdout.strip() == "[]"


async def test_it_says_where_it_listens_and_serves_until_told() -> None:
    said: asyncio.Future[str] = asyncio.get_running_loop().create_future()
    stopping = asyncio.Event()
    async with asyncio.timeout(10), asyncio.TaskGroup() as group:
        group.create_task(command.serve("127.0.0.1", 0, stopping=stopping, tell=said.set_result))
        line = await said
        assert line.startswith("Demo engine listening on http://127.0.0.1:")
        async with (
            aiohttp.ClientSession() as http,
            http.get(line.split()[-1] + "/webui/api/service?method=get_version") as answer,
        ):
            assert answer.status == 200
        stopping.set()


async def test_a_taken_port_is_told() -> None:
    engine = DemoEngine()
    port = await engine.start()

    with pytest.raises(PortInUse):
        await command.serve("127.0.0.1", port)
    await engine.close()


@pytest.mark.skipif(sys.platform == "win32", reason="there programs are ended without being asked")
def test_a_signal_ends_it_cleanly() -> None:
    code = (
        "from acedesk.demo.command import run;"
        "raise SystemExit(run(0, '127.0.0.1', list_only=False))"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        line = process.stdout.readline()
        process.terminate()

        assert line.startswith("Demo engine listening on ")
        assert process.wait(10) == 0
        assert process.stderr.read() == ""
