"""What a Gluetun container lacks for engines inside it, and what would be different if it had it.

The ports of a container are fixed when it is made. So what is lacking can only come with another
container, and whoever makes it should know before what it will cost. Pure.
"""

import textwrap
from collections.abc import Sequence
from typing import Final

from acedesk.model.snapshot import ASKS_FOR_KEY, NOT_PUBLISHED, VpnState, VpnView
from acedesk.values import frozen_value
from acedesk.words.numbers import count

# Where the range begins that is proposed; nothing registered is known there that people run.
FIRST_PORT: Final = 19000

# Only of a container that runs it is known what it publishes.
_RUNNING: Final = (VpnState.CONNECTING, VpnState.CONNECTED, VpnState.UNHEALTHY)


@frozen_value(kw_only=False)
class Lack:
    """What is lacking.

    Attributes:
        text: Sentences for people: what is lacking, and what making the container again does.
        change: Lines of a compose file; those that begin with "+" are new.
        blocks: No engine can be made inside.
    """

    text: str
    change: str
    blocks: bool

    @property
    def compose(self) -> str:
        """The lines of `change` as they stand in a compose file, without the marks."""
        return textwrap.dedent(self.change.replace("\n+", "\n "))


def describe_lack(view: VpnView, *, control_port: int, engines: int) -> Lack | None:
    """Return what the container lacks, None when nothing does.

    Args:
        engines: How many engines there may be.
    """
    if view.state not in _RUNNING:
        return None
    name = view.container_name
    said: list[str] = []
    ports: list[str] = []
    variables: list[str] = []
    blocks = not view.engine_ports
    if blocks:
        said.append(
            f"{name} publishes no port that an engine inside could have, so AceDesk could not "
            "reach one there."
        )
        last = FIRST_PORT + engines - 1
        ports.append(f"127.0.0.1:{FIRST_PORT}-{last}:{FIRST_PORT}-{last}")
    if NOT_PUBLISHED in view.control_note:
        said.append(
            f"Its control server cannot be reached, so its forwarded port is not known: port "
            f"{control_port} is not published."
        )
        ports.append(f"127.0.0.1:{control_port}:{control_port}")
    elif ASKS_FOR_KEY in view.control_note:
        said.append("Its control server asks for a key, so its forwarded port is not known.")
        variables.append(
            "HTTP_CONTROL_SERVER_AUTH_DEFAULT_ROLE: "
            '\'{"auth":"apikey","apikey":"the key that you enter in AceDesk"}\''
        )
    if not said:
        return None
    said.append(f"For that {name} has to be made again with the lines marked +.")
    said.append(_cost(view.engines))
    return Lack(" ".join(said), _change(name, ports, variables), blocks)


def _cost(inside: Sequence[str]) -> str:
    if not inside:
        return "AceDesk does not touch it; no engine is inside now."
    return (
        f"AceDesk does not touch it: {count(len(inside), 'engine')} inside would lose the network "
        "for that time and be made anew afterwards."
    )


def _change(name: str, ports: Sequence[str], variables: Sequence[str]) -> str:
    lines = ["  services:", f"    {name}:"]
    if variables:
        lines += ["      environment:", *(f"+       {one}" for one in variables)]
    if ports:
        lines += ["      ports:", *(f"+       - {one}" for one in ports)]
    return "\n".join(lines)
