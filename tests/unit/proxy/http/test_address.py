"""The addresses players reach us under."""

import pytest

from acedesk.model.host import is_loopback
from acedesk.proxy.http.address import REFRESH, LanAddress, ask_lan_address


class Kernel:
    """Counts how often it is asked."""

    def __init__(self) -> None:
        self.address: str | None = "192.168.1.20"
        self.asked = 0

    def __call__(self) -> str | None:
        self.asked += 1
        return self.address


@pytest.mark.parametrize("address", ["192.168.1.20", None])
def test_the_kernel_is_asked_once_in_a_while(address: str | None) -> None:
    kernel = Kernel()
    kernel.address = address
    known = LanAddress(kernel)

    found = {known.at(100.0 + second) for second in range(int(REFRESH))}

    assert found == {address}
    assert kernel.asked == 1


def test_another_address_is_known_after_a_while() -> None:
    kernel = Kernel()
    known = LanAddress(kernel)
    known.at(100.0)
    kernel.address = "10.0.0.5"

    assert known.at(100.0 + REFRESH) == "10.0.0.5"


def test_the_kernel_answers_without_a_packet() -> None:
    assert ask_lan_address() is None or not is_loopback(ask_lan_address() or "")
