"""Small images for tests, imported from a scratch tree: a static busybox and a few files."""

import io
import pathlib
import subprocess
import tarfile
from collections.abc import Mapping, Sequence

from tests.needs import need, need_program

_ENGINE = """#!/bin/sh
echo "engine starts with:"
for argument in "$@"; do echo "  [$argument]"; done
port=6878
for argument in "$@"; do
  case "$argument" in --http-port=*) port="${argument#--http-port=}" ;; esac
done
case "$*" in
  *--wrong*) echo "unknown option --wrong" >&2; sleep 0.1; exit 3 ;;
  *--mute*) exec sleep 1000 ;;
esac
exec httpd -f -p "$port" -h /www
"""

_STATUS = (
    '{"result": {"playlist_loaded": false, "version": {"version": "3.2.11", "code": 3021100}}}'
)
_VERSION = '{"result": {"version": "3.2.11", "code": 3021100, "platform": "linux"}, "error": null}'

ENGINE_FILES = {
    "bin/engine": _ENGINE,
    "www/server/api": _STATUS,
    "www/webui/api/service": _VERSION,
}
ENGINE_CHANGES = ('ENTRYPOINT ["/bin/engine"]', 'CMD ["--usual"]')

_GLUETUN = """#!/bin/sh
echo "control server listens"
exec httpd -f -p 8000 -h /www
"""

GLUETUN_FILES = {
    "bin/gluetun": _GLUETUN,
    "healthy": "",
    "www/v1/publicip/ip": '{"public_ip": "185.1.2.3", "country": "Netherlands", "city": "Delft"}',
    "www/v1/portforward": '{"port": 51234, "ports": [51234]}',
    "www/v1/vpn/status": '{"status": "running"}',
}
GLUETUN_CHANGES = (
    'ENTRYPOINT ["/bin/gluetun"]',
    "ENV VPN_SERVICE_PROVIDER=mullvad",
    "ENV WIREGUARD_PRIVATE_KEY=secret-secret",
    "HEALTHCHECK --interval=1s --timeout=2s --retries=1 CMD test -e /healthy",
)

_APPLETS = ("sh", "echo", "sleep", "httpd", "test", "rm", "touch", "cat")


def docker(*arguments: str, data: bytes | None = None) -> str:
    """Run the docker command and return what it printed."""
    done = subprocess.run(
        ["docker", *arguments], input=data, capture_output=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout.decode().strip()


def need_docker() -> None:
    """Need a daemon that answers."""
    need_program("docker")
    done = subprocess.run(["docker", "version"], capture_output=True, timeout=60, check=False)
    need(done.returncode == 0, "no Docker daemon answers")


def import_image(tag: str, files: Mapping[str, str], changes: Sequence[str]) -> None:
    """Make an image of busybox and `files`; files in bin/ are executable."""
    busybox = pathlib.Path(need_program("busybox"))
    linked = subprocess.run(["ldd", busybox], capture_output=True, timeout=10, check=False)
    need(linked.returncode != 0, "busybox is not static (Debian: busybox-static)")
    options = [part for change in changes for part in ("--change", change)]
    docker("import", *options, "-", tag, data=_pack(busybox.read_bytes(), files))


def _pack(busybox: bytes, files: Mapping[str, str]) -> bytes:
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as archive:
        _add(archive, "bin/busybox", busybox, 0o755)
        for applet in _APPLETS:
            link = tarfile.TarInfo(f"bin/{applet}")
            link.type, link.linkname = tarfile.SYMTYPE, "busybox"
            archive.addfile(link)
        for name, text in files.items():
            _add(archive, name, text.encode(), 0o755 if name.startswith("bin/") else 0o644)
    return packed.getvalue()


def _add(archive: tarfile.TarFile, name: str, data: bytes, mode: int) -> None:
    entry = tarfile.TarInfo(name)
    entry.size, entry.mode = len(data), mode
    archive.addfile(entry, io.BytesIO(data))
