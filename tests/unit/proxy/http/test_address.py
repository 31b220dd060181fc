"""The addresses players reach us under."""

import asyncio
import os
import subprocess
import sys
import threading

import pytest

from acedesk.model.host import is_loopback
from acedesk.proxy.http.address import REFRESH, LanAddress, ask_lan_address, read_interfaces
from tests.fakes.loop_steps import until
from tests.needs import need, need_program


class Kernel:
    """Counts how often it is asked."""

    def __init__(self) -> None:
        self.address: str | None = "192.168.1.20"
        self.asked = 0

    def __call__(self, *, ipv6: bool = False) -> str | None:
        self.asked += 1
        return "fd00::5" if ipv6 else self.address


@pytest.mark.parametrize("address", ["192.168.1.20", None])
def test_the_kernel_is_asked_once_in_a_while(address: str | None) -> None:
    kernel = Kernel()
    kernel.address = address
    known = LanAddress(kernel)

    found = {known.at(100.0 + REFRESH * part / 10) for part in range(10)}

    assert found == {address}
    assert kernel.asked == 1


async def test_another_address_is_known_after_a_while() -> None:
    kernel = Kernel()
    known = LanAddress(kernel)
    known.at(100.0)
    kernel.address = "10.0.0.5"

    told = known.at(100.0 + REFRESH)
    await until(lambda: known.at(100.0 + REFRESH) != told)

    assert (told, known.at(100.0 + REFRESH)) == ("192.168.1.20", "10.0.0.5")
    assert kernel.asked == 2


async def test_the_loop_does_not_wait_for_the_kernel_again() -> None:
    threads: list[int] = []

    def ask(*, ipv6: bool = False) -> str:
        threads.append(threading.get_ident())
        return "fd00::5" if ipv6 else "192.168.1.20"

    known = LanAddress(ask)
    known.at(100.0)
    known.at(100.0 + REFRESH)
    await until(lambda: len(threads) == 2)

    assert threads[1] != threading.get_ident()


async def test_an_answer_that_comes_after_another_question_is_not_taken() -> None:
    known = LanAddress(Kernel())
    known.at(100.0)
    known.at(100.0 + REFRESH)
    known.at(100.0 + REFRESH, ipv6=True)

    others = asyncio.all_tasks() - {asyncio.current_task()}
    await asyncio.gather(*filter(None, others))

    assert known.at(100.0 + REFRESH, ipv6=True) == "fd00::5"


def test_who_listens_on_ipv6_too_asks_for_something_else() -> None:
    known = LanAddress(Kernel())

    assert (known.at(100.0), known.at(100.1, ipv6=True)) == ("192.168.1.20", "fd00::5")


def test_the_interfaces_of_this_computer_can_be_read() -> None:
    interfaces = {one.name: one for one in read_interfaces()}

    loopbacks = [one for one in interfaces.values() if "127.0.0.1" in one.addresses]
    assert loopbacks
    assert not any(one.physical for one in loopbacks)
    assert not is_loopback(ask_lan_address() or "192.0.2.1")


# In a network of its own, with a network card ("lan0") and what comes and goes beside it.
_NETWORKS = """
set -e
mount -t sysfs sysfs /sys
ip link set lo up
ip tuntap add lan0 mode tap && ip addr add 192.168.77.5/24 dev lan0 && ip link set lan0 up
ip route add default via 192.168.77.1 dev lan0
ask() { "$PYTHON" -c "import sys
from acedesk.proxy.http.address import ask_lan_address
print(ask_lan_address(ipv6=len(sys.argv) > 1))" "$@"; }
ask
ip tuntap add tun0 mode tun && ip addr add 10.8.0.2/32 dev tun0 && ip link set tun0 up
ip route add 0.0.0.0/1 dev tun0 && ip route add 128.0.0.0/1 dev tun0
ask
ip link add shop type bridge && ip addr add 172.18.0.1/16 dev shop && ip link set shop up
ip route del default
ask
ip addr del 192.168.77.5/24 dev lan0
ask
ip addr add fd00::5/64 dev lan0 nodad
ask
ask 6
ip addr add 192.168.88.9/24 dev lan0
ask
"""


@pytest.mark.skipif(sys.platform != "linux", reason="networks of one's own are Linux's")
def test_the_address_follows_what_happens_to_the_networks() -> None:
    ip = need_program("ip")
    environ = {**os.environ, "PYTHON": sys.executable, "PATH": f"{os.environ['PATH']}:/usr/sbin"}
    started = subprocess.run(
        ["unshare", "-rn", "sh", "-c", "ip tuntap add x0 mode tap"], check=False, env=environ
    )
    need(ip and started.returncode == 0, "no network namespaces for users")

    told = subprocess.run(
        ["unshare", "-rnm", "sh", "-c", _NETWORKS],
        capture_output=True,
        text=True,
        timeout=100,
        env=environ,
    )

    assert told.stdout.split() == [
        "192.168.77.5",
        "192.168.77.5",
        "192.168.77.5",
        "None",
        "None",
        "fd00::5",
        "192.168.88.9",
    ]
