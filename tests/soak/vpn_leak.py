"""A real tunnel is cut for a minute under five viewers; packets past it are counted. By hand.

    python -m tests.soak.vpn_leak --seconds 60

Needs root, Docker, openvpn, nftables and the image of `packaging/demo-image/build`. A container
that looks like Gluetun gets a tunnel of OpenVPN over /dev/net/tun to a second container, and rules
that let nothing else out, as Gluetun's own do. AceDesk makes engines in its network, and five
viewers watch. A sender in the same network stands for the peers of real engines, which demo engines
do not have. What leaves the container past the tunnel is counted where it arrives, outside of it;
the counter is tried first. Then the container is started anew, and all viewers must go on.
"""

import argparse
import contextlib
import http.client
import json
import os
import pathlib
import re
import signal
import subprocess
import sys
import tempfile
import threading
import time
import urllib.parse
from collections.abc import Iterator
from typing import Any, Final

from acedesk.demo.channels import channels
from tests.docker import images
from tests.docker.own_engines import remove_own_engines

IMAGE: Final = "acedesk-demo-engine"
NODE, SERVER = "acedesk-leak-gluetun", "acedesk-leak-server"
TABLE: Final = "acedesk_leak"
# Addresses for documentation (RFC 5737): nobody is there.
PEERS: Final = "198.51.100.0/24"
PORTS: Final = range(19000, 19010)
# Of the demo's channels; the third never starts.
WATCHED: Final = (0, 1, 3, 4, 0)
# What is promised from the moment when the tunnel works again: the wait until nothing changes any
# more, the engines one after the other, the start of the slowest channel, on a busy machine.
REOPEN_SECONDS: Final = 120.0

# As many bytes are a picture that plays.
ENOUGH: Final = 300_000

# Sends what peers would be sent, twenty times a second.
SENDER: Final = """
import socket, time
out = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
while True:
    try:
        out.sendto(b"peer", ("198.51.100.7", 8621))
    except OSError:
        pass
    time.sleep(0.05)
"""


def run(*command: str, data: str = "") -> str:
    """Run a command that must succeed and return what it printed."""
    done = subprocess.run(command, input=data, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"{' '.join(command[:4])}: {done.stderr.strip()}")
    return done.stdout.strip()


def start_container(name: str, image: str, *options: str) -> tuple[str, str]:
    """Start a container; return the id of its process and its address."""
    subprocess.run(["docker", "rm", "-fv", name], capture_output=True, check=False)
    run("docker", "run", "-d", "--name", name, *options, image)
    return find_container(name)


def find_container(name: str) -> tuple[str, str]:
    """Return the id of a container's process and its address."""
    facts = json.loads(run("docker", "inspect", name))[0]
    network = facts["NetworkSettings"]["Networks"]["bridge"]
    return str(facts["State"]["Pid"]), str(network["IPAddress"])


class Tunnel:
    """OpenVPN between the network of two containers; `cut` ends the far side."""

    def __init__(
        self, folder: pathlib.Path, server: tuple[str, str], node: tuple[str, str]
    ) -> None:
        self._folder, self._server, self._node = folder, server, node
        run("openvpn", "--genkey", "secret", str(folder / "key"))
        self._far = self._open(server[0], "10.99.0.1", "10.99.0.2")
        self._near = self._open(
            node[0], "10.99.0.2", "10.99.0.1", "--remote", server[1], "--route", "198.51.100.0",
            "255.255.255.0",
        )  # fmt: skip

    def _open(self, process: str, own: str, other: str, *more: str) -> "subprocess.Popen[bytes]":
        key = str(self._folder / "key")
        command = ["nsenter", "-t", process, "-n", "openvpn", "--dev", "tun", "--secret", key]
        command += [
            "--ifconfig",
            own,
            other,
            "--cipher",
            "AES-256-CBC",
            "--ping",
            "2",
            "--verb",
            "3",
        ]
        command += more
        log = (self._folder / f"openvpn-{own}").open("ab")
        return subprocess.Popen(command, stdout=log, stderr=log)

    def works(self) -> bool:
        """Tell whether the far end answers."""
        command = [
            "nsenter",
            "-t",
            self._node[0],
            "-n",
            "busybox",
            "ping",
            "-c1",
            "-W1",
            "10.99.0.1",
        ]
        return subprocess.run(command, capture_output=True, check=False).returncode == 0

    def wait(self) -> None:
        """Wait until the far end answers."""
        until = time.monotonic() + 30
        while not self.works():
            if time.monotonic() > until:
                raise SystemExit("there is no tunnel")
            time.sleep(0.5)

    def cut(self, *, both: bool) -> None:
        """End the far side; with `both` the device inside goes, too, and its routes with it."""
        for process in (self._far, self._near) if both else (self._far,):
            process.terminate()
            process.wait()

    def close(self) -> None:
        """End both sides."""
        for process in (self._far, self._near):
            if process.poll() is None:
                process.terminate()
                process.wait()


def lock(node: tuple[str, str], server: tuple[str, str]) -> None:
    """Let nothing out of the container but the tunnel, and answers to AceDesk."""
    rules = f"""table ip kill_switch {{ chain out {{
        type filter hook output priority 0; policy drop;
        oif lo accept
        oifname "tun*" accept
        ip daddr {server[1]} udp dport 1194 accept
        ct state established,related accept
    }}
    }}"""
    run("nsenter", "-t", node[0], "-n", "nft", "-f", "-", data=rules)


@contextlib.contextmanager
def counting(node: tuple[str, str]) -> Iterator[None]:
    """Count outside of the container what comes from it past the tunnel."""
    subprocess.run(["nft", "delete", "table", "ip", TABLE], capture_output=True, check=False)
    rules = f"""table ip {TABLE} {{ chain from_node {{
        type filter hook prerouting priority -300;
        ip saddr {node[1]} ip daddr {PEERS} counter
    }}
    }}"""
    run("nft", "-f", "-", data=rules)
    try:
        yield
    finally:
        run("nft", "delete", "table", "ip", TABLE)


def counted() -> int:
    """Return how many packets came past the tunnel so far."""
    found = re.search(r"counter packets (\d+)", run("nft", "list", "table", "ip", TABLE))
    return int(found[1]) if found else -1


class Desk:
    """One `acedesk serve` whose engines must use the VPN."""

    def __init__(self, folder: pathlib.Path) -> None:
        self._folder = folder
        settings = {
            "ACEDESK_ENGINE_IMAGE": IMAGE,
            "ACEDESK_REQUIRE_VPN": "on",
            "ACEDESK_GLUETUN_CONTAINER": NODE,
            "ACEDESK_MIN_ENGINES": "2",
        }
        command = [
            sys.executable,
            "-m",
            "acedesk",
            "serve",
            "--port",
            "0",
            "--data-dir",
            str(folder),
        ]
        self.process = subprocess.Popen(
            command,
            stdout=subprocess.PIPE,
            stderr=(folder / "stderr").open("ab"),
            env={**os.environ, **settings},
            text=True,
        )
        assert self.process.stdout is not None
        self._base = self.process.stdout.readline().split()[-1]
        self.received = [0] * len(WATCHED)
        self.ended = [False] * len(WATCHED)

    def ask(self, path: str, method: str = "GET") -> tuple[int, Any]:
        """Return status and JSON of one answer."""
        with contextlib.closing(self._connect()) as asked:
            asked.request(method, path)
            answer = asked.getresponse()
            return answer.status, json.loads(answer.read())

    def _connect(self) -> http.client.HTTPConnection:
        address = urllib.parse.urlsplit(self._base)
        return http.client.HTTPConnection(address.hostname or "", address.port, timeout=120)

    def until_ready(self, number: int) -> None:
        """Wait until so many engines are ready."""
        until = time.monotonic() + 120
        while True:
            engines = self.ask("/api/v2/snapshot")[1]["engines"]
            if sum(one["health"] == "ready" for one in engines) >= number:
                return
            if time.monotonic() > until:
                raise SystemExit(f"no {number} engines: {engines}")
            time.sleep(0.5)

    def watch(self, number: int) -> None:
        """Read one stream for ever."""
        asked = self._connect()
        asked.request("GET", f"/ace/getstream?id={channels()[WATCHED[number]].id}")
        answer = asked.getresponse()
        if answer.status != http.client.OK:
            print(f"viewer {number}: {answer.status} {answer.read()!r}")
        with contextlib.suppress(OSError):
            while data := answer.read1(65536):
                self.received[number] += len(data)
        self.ended[number] = True

    def close(self) -> None:
        """End it and remove its engines."""
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(30)
        remove_own_engines(self._folder)


def cut_for(seconds: float, desk: Desk, tunnel: Tunnel) -> None:
    """Cut the tunnel, and see that nothing comes out and nothing is started."""
    before, at = counted(), list(desk.received)
    tunnel.cut(both=False)
    run("docker", "exec", NODE, "rm", "/healthy")  # as Gluetun's own check of the tunnel says
    time.sleep(seconds / 2)
    tunnel.cut(both=True)
    status, words = desk.ask(f"/ace/getstream?id={'c' * 40}")
    print(f"a start while it is cut: {status} {words}")
    provision = desk.ask("/provision/acestream", "POST")
    print(f"an engine while it is cut: {provision[0]} {provision[1]}")
    time.sleep(seconds / 2)
    leaked = counted() - before
    moved = [now - then for now, then in zip(desk.received, at, strict=True)]
    print(f"{leaked} packets past the tunnel in {seconds:g} s; bytes of the viewers: {moved}")
    if leaked or (status, provision[0]) != (503, 503):
        raise SystemExit("it leaks")


def start_anew(folder: pathlib.Path, desk: Desk, server: tuple[str, str]) -> Tunnel:
    """Start the VPN's container again, with a tunnel, and see that all viewers go on."""
    run("docker", "restart", "-t", "0", NODE)
    node = find_container(NODE)
    tunnel = Tunnel(folder, server, node)
    lock(node, server)
    tunnel.wait()
    run("docker", "exec", NODE, "touch", "/healthy")
    began, at = time.monotonic(), list(desk.received)
    while not all(now - then > ENOUGH for now, then in zip(desk.received, at, strict=True)):
        if any(desk.ended) or time.monotonic() - began > REOPEN_SECONDS:
            moved = [now - then for now, then in zip(desk.received, at, strict=True)]
            print(f"bytes since: {moved}, ended: {desk.ended}, {desk.ask('/api/v2/snapshot')[1]}")
            raise SystemExit("not all viewers go on")
        time.sleep(0.2)
    print(f"all viewers go on {time.monotonic() - began:.1f} s after the tunnel works again")
    return tunnel


def main() -> None:
    """Set everything up, cut, count."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=60.0)
    seconds = parser.parse_args().seconds
    tag = "acedesk-test/gluetun:leak"
    images.import_image(tag, images.GLUETUN_FILES, images.GLUETUN_CHANGES)
    server = start_container(SERVER, tag)
    ports = [part for port in (8000, *PORTS) for part in ("-p", f"127.0.0.1::{port}")]
    node = start_container(NODE, tag, *ports)
    with tempfile.TemporaryDirectory() as folder, contextlib.ExitStack() as at_end:
        for name in (NODE, SERVER):
            at_end.callback(run, "docker", "rm", "-fv", name)
        at_end.enter_context(counting(node))
        enter = ["nsenter", "-t", node[0], "-n", sys.executable, "-c", SENDER]
        sender = subprocess.Popen(enter)
        at_end.callback(sender.kill)
        time.sleep(2)
        print(f"the counter counts: {counted()} packets without tunnel and rules")
        if not counted():
            raise SystemExit("it does not count")
        tunnel = Tunnel(pathlib.Path(folder), server, node)
        at_end.callback(tunnel.close)
        lock(node, server)
        tunnel.wait()
        data_dir = pathlib.Path(folder) / "data"
        data_dir.mkdir()
        desk = Desk(data_dir)
        at_end.callback(desk.close)
        desk.until_ready(2)
        for number in range(len(WATCHED)):
            threading.Thread(target=desk.watch, args=[number], daemon=True).start()
        time.sleep(20)  # one channel starts late
        print(f"viewers see: {desk.received}")
        cut_for(seconds, desk, tunnel)
        at_end.callback(start_anew(pathlib.Path(folder), desk, server).close)


if __name__ == "__main__":
    main()
