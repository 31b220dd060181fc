"""aiohttp is imported without what AceDesk does not use, and nobody else has to do without."""

import os
import pathlib
import ssl
import subprocess
import sys

from acedesk.process.aiohttp_import import import_aiohttp
from tests.needs import need_program

_TELL = """\
import ssl
from acedesk.process.aiohttp_import import import_aiohttp
before = dict(vars(ssl.SSLContext))
import_aiohttp()
assert dict(vars(ssl.SSLContext)) == before
import aiohttp.connector as connector
for context in (connector._SSL_CONTEXT_VERIFIED, connector._SSL_CONTEXT_UNVERIFIED):
    print(context.cert_store_stats()["x509"], end=" ")
print(ssl.create_default_context().cert_store_stats()["x509"])
"""


def test_aiohttp_loads_no_certificates_and_others_do(tmp_path: pathlib.Path) -> None:
    known = tmp_path / "known.pem"
    need_program("openssl")
    command = "openssl req -x509 -newkey ed25519 -nodes -keyout key -out known.pem -subj /CN=x"
    subprocess.run(command.split(), cwd=tmp_path, check=True, capture_output=True, timeout=30)

    done = subprocess.run(
        [sys.executable, "-c", _TELL],
        env={**os.environ, "SSL_CERT_FILE": str(known), "SSL_CERT_DIR": str(tmp_path / "none")},
        cwd=pathlib.Path(__file__).parents[3],
        capture_output=True,
        text=True,
        timeout=60,
    )

    assert (done.stdout, done.stderr) == ("0 0 1\n", "")


def test_where_aiohttp_is_there_already_nothing_changes() -> None:
    before = dict(vars(ssl.SSLContext))

    import_aiohttp()

    assert dict(vars(ssl.SSLContext)) == before


_TELL_REST = """\
import mimetypes
import sys
from acedesk.process.aiohttp_import import import_aiohttp
known = mimetypes.knownfiles
import_aiohttp()
import frozenlist
print(frozenlist.FrozenList is frozenlist.PyFrozenList, "frozenlist._frozenlist" in sys.modules)
from aiohttp.web_fileresponse import CONTENT_TYPES
print(".html" in CONTENT_TYPES.types_map[1], len(CONTENT_TYPES.types_map[1]) < 300)
print(mimetypes.knownfiles is known, mimetypes.inited)
"""


def test_aiohttp_takes_no_file_types_and_no_compiled_list() -> None:
    done = subprocess.run(
        [sys.executable, "-c", _TELL_REST],
        cwd=pathlib.Path(__file__).parents[3],
        capture_output=True,
        text=True,
        timeout=60,
    )

    assert (done.stdout, done.stderr) == ("True False\nTrue True\nTrue False\n", "")
