"""What Gluetun's control server answers, as values (gluetun v3.38 to master, `/v1` routes).

Fields that are empty are left out by it; before its first look-up the address is empty too.
"""

from typing import Any

from acedesk.errors import VpnAnswerInvalid
from acedesk.formats.loose_json import load_json, read_count, read_word
from acedesk.model.host import read_address
from acedesk.values import frozen_value

# Its largest answer, the settings, has some 20 KB; we never ask for those.
LONGEST_ANSWER = 64 * 1024
_LAST_PORT = 65535


@frozen_value
class PublicIp:
    """Where the tunnel comes out; "" for everything that is not known."""

    ip: str
    country: str = ""
    city: str = ""


def parse_public_ip(data: bytes) -> PublicIp:
    """Return the answer to `/v1/publicip/ip`; `ip` is "" while the tunnel is not up.

    Raises:
        VpnAnswerInvalid: It is no such answer.
    """
    reply = _mapping(data)
    ip = read_word(reply.get("public_ip"))
    if ip:
        address = read_address(ip)
        if address is None:
            raise VpnAnswerInvalid("the public address is no IP address")
        ip = str(address)
    return PublicIp(
        ip=ip,
        country=read_word(reply.get("country")),
        city=read_word(reply.get("city")),
    )


def parse_forwarded_port(data: bytes) -> int | None:
    """Return the answer to `/v1/portforward` or the older route; None when no port is forwarded.

    Raises:
        VpnAnswerInvalid: It is no such answer.
    """
    reply = _mapping(data)
    if "port" not in reply and "ports" not in reply:
        raise VpnAnswerInvalid("the answer has no port")
    ports = reply.get("ports")
    given = [reply.get("port"), *(ports if isinstance(ports, list) else [])]
    for value in given:
        port = read_count(value)
        if port is not None and 1 <= port <= _LAST_PORT:
            return port
    return None


def parse_vpn_status(data: bytes) -> str:
    """Return the answer to `/v1/vpn/status`: "running", "starting", "stopped", "crashed" ...

    Raises:
        VpnAnswerInvalid: It is no such answer.
    """
    status = read_word(_mapping(data).get("status"))
    if not status:
        raise VpnAnswerInvalid("the answer has no status")
    return status


def _mapping(data: bytes) -> dict[str, Any]:
    if len(data) > LONGEST_ANSWER:
        raise VpnAnswerInvalid("the answer is longer than 64 KiB")
    try:
        reply = load_json(data)
    except ValueError as exc:
        raise VpnAnswerInvalid("the answer is no JSON") from exc
    if not isinstance(reply, dict):
        raise VpnAnswerInvalid("the answer is no JSON object")
    return reply
