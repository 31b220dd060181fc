"""Hosts as they are written, in one place: alike or not, local or not, in a URL; machines."""

import ipaddress
from typing import Final

from acedesk.values import frozen_value

_LOOPBACK_NAMES: Final = frozenset(
    {"localhost", "localhost.localdomain", "ip6-localhost", "ip6-loopback"}
)
# What programs listen on to be reached under every address of the computer.
_UNSPECIFIED: Final = frozenset({"0.0.0.0", "::"})  # noqa: S104 - compared, not bound


Address = ipaddress.IPv4Address | ipaddress.IPv6Address


def read_address(host: str) -> Address | None:
    """Return the IP address that `host` is, None where it is a name or neither."""
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None


def normal_host(host: str) -> str:
    """Return the one way to write `host`: case, brackets, a final dot, long forms of IPv6."""
    bare = host.strip().lower().removeprefix("[").removesuffix("]").removesuffix(".")
    address = read_address(bare)
    return bare if address is None else str(address)


def is_loopback(host: str) -> bool:
    """Tell whether only this computer reaches `host`, a name or an address.

    All of 127.0.0.0/8 and ::1, also as a system writes IPv4 clients of an IPv6 socket
    ("::ffff:127.0.0.1"), and the names that always mean them (RFC 6761, 6.3).
    """
    bare = normal_host(host)
    address = read_address(bare)
    if address is None:
        return bare in _LOOPBACK_NAMES or bare.endswith(".localhost")
    # Python 3.11 and 3.12 do not look into mapped addresses.
    mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    return (mapped or address).is_loopback


def is_unspecified(host: str) -> bool:
    """Tell whether who listens on `host` is reached under every address of the computer."""
    return host in _UNSPECIFIED


def join_port(host: str, port: int) -> str:
    """Return "host:port", an IPv6 address in brackets (RFC 3986, 3.2.2)."""
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def http_url(host: str, port: int) -> str:
    """Return "http://host:port", an IPv6 address in brackets."""
    return f"http://{join_port(host, port)}"


AMD64: Final = "linux/amd64"
ARM64: Final = "linux/arm64"
ARM_V7: Final = "linux/arm/v7"

# By the words for processors of Docker, Podman and kernels.
_PLATFORMS: Final = {
    "amd64": AMD64,
    "x86_64": AMD64,
    "arm64": ARM64,
    "aarch64": ARM64,
    "arm": ARM_V7,
    "armv7l": ARM_V7,
    "armhf": ARM_V7,
}
# Kernels with pages of 16 KiB: that of the Raspberry Pi 5, and those that say so.
_LARGE_PAGES: Final = ("rpi-2712", "-2712", "16k")


@frozen_value
class Machine:
    """The computer that containers run on.

    Attributes:
        architecture: Its processor, as Docker names it: "amd64"; "" when it is not known.
        kernel: The version of its kernel, "" when it is not known.
    """

    architecture: str = ""
    kernel: str = ""

    @property
    def platform(self) -> str:
        """What Docker calls it in an image: "linux/arm64"; "" when it is not known."""
        return _PLATFORMS.get(self.architecture.lower(), "")

    @property
    def has_large_pages(self) -> bool:
        """Whether its memory has pages of 16 KiB, on which some programs crash."""
        kernel = self.kernel.lower()
        return self.platform == ARM64 and any(sign in kernel for sign in _LARGE_PAGES)


UNKNOWN_MACHINE: Final = Machine()
