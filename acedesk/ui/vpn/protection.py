"""What can be said about the VPN in words, from a snapshot. Pure.

The first line is always a sentence about protection, never only a coloured dot.
"""

import enum

from acedesk.model.engine import BackendKind, host_name
from acedesk.model.snapshot import EngineView, Snapshot, VpnState, VpnView
from acedesk.values import frozen_value
from acedesk.words.errors import RUNTIME


class Mood(enum.Enum):
    """How good the news is; decides colour and shape."""

    GOOD = "good"
    WORKING = "working"
    WARN = "warn"
    BAD = "bad"
    IDLE = "idle"


@frozen_value(kw_only=False)
class ProtectionSentence:
    """The state of the VPN for people.

    Attributes:
        title: A few words: "Protected".
        text: One or two sentences that say what it means.
    """

    mood: Mood
    title: str
    text: str


@frozen_value(kw_only=False)
class Route:
    """The way one engine takes to the internet.

    Attributes:
        inside: Its traffic goes through the VPN or nowhere; None when AceDesk cannot see it.
        mood: How good that is now.
        text: The same in words.
    """

    name: str
    inside: bool | None
    mood: Mood
    text: str


def describe(snapshot: Snapshot) -> ProtectionSentence:
    """Return what is true about protection now."""
    name = snapshot.vpn.container_name or "Gluetun"
    # Else it is somebody else's, and whether it works is no news.
    used = bool(snapshot.vpn.wanted or snapshot.vpn.engines or _vpn_of(snapshot))
    match snapshot.vpn.state:
        case VpnState.UNKNOWN:
            return ProtectionSentence(
                Mood.WORKING, "Looking for a VPN", "AceDesk is looking for a Gluetun container."
            )
        case VpnState.NO_RUNTIME:
            return _unseen_vpn(snapshot, used=used)
        case VpnState.ABSENT:
            return _absent(snapshot, used=used)
        case VpnState.STOPPED | VpnState.CONNECTING | VpnState.UNHEALTHY if not used:
            return ProtectionSentence(
                Mood.IDLE,
                "VPN not used",
                f"The container {name} {_UNUSED[snapshot.vpn.state]}. No engine uses it.",
            )
        case VpnState.STOPPED:
            what = f"The container {name} is there but not running."
            return _down(snapshot, "Not protected", what)
        case VpnState.CONNECTING:
            return ProtectionSentence(
                Mood.WORKING,
                "Connecting",
                f"The container {name} runs and is building the tunnel. "
                "Engines inside it wait until it stands.",
            )
        case VpnState.UNHEALTHY:
            what = f"The container {name} reports a problem."
            return _down(snapshot, "VPN is not working", what)
        case VpnState.CONNECTED:
            return _connected(snapshot)


def _unseen_vpn(snapshot: Snapshot, *, used: bool) -> ProtectionSentence:
    why = RUNTIME[snapshot.runtime.state].what if snapshot.runtime.state in RUNTIME else ""
    # Whoever uses neither Docker nor a VPN is not to be alarmed.
    return ProtectionSentence(
        Mood.WARN if used else Mood.IDLE,
        "VPN not seen" if used else "No VPN seen",
        f"Without Docker, AceDesk cannot see a VPN. {why}".strip(),
    )


def _absent(snapshot: Snapshot, *, used: bool) -> ProtectionSentence:
    if used:
        gone = _vpn_of(snapshot)
        what = f"The container {gone} is gone." if gone else "There is no Gluetun container."
        return _down(snapshot, "Not protected" if gone else "No VPN found", what)
    return ProtectionSentence(
        Mood.IDLE,
        "No VPN used",
        "Engines use this computer’s own internet address. "
        "AceDesk works without a VPN, or watches one you already run.",
    )


def _vpn_of(snapshot: Snapshot) -> str:
    """Return the VPN container that some engine depends on, "" when none does."""
    return next((one.vpn_container for one in snapshot.own_engines if one.vpn_container), "")


def _down(snapshot: Snapshot, title: str, what: str) -> ProtectionSentence:
    inside = _named(routes(snapshot), inside=True)
    if not inside:
        return ProtectionSentence(Mood.BAD, title, f"{what} No engine is inside now.")
    return ProtectionSentence(
        Mood.BAD,
        "Blocked" if title == "Not protected" else title,
        f"{what} {listed(inside)} cannot reach the internet until it is back; "
        "nothing leaves past the VPN.",
    )


def _connected(snapshot: Snapshot) -> ProtectionSentence:
    found = routes(snapshot)
    inside, outside = _named(found, inside=True), _named(found, inside=False)
    if outside and not inside:
        return ProtectionSentence(
            Mood.WARN,
            "Not protected",
            f"The VPN is connected, but {listed(outside)} "
            f"{'uses' if len(outside) == 1 else 'use'} this computer’s own address.",
        )
    way = f"through {exit_words(snapshot.vpn)}"
    if outside:
        return ProtectionSentence(
            Mood.WARN,
            "Partly protected",
            f"{listed(inside)} {_leaves(inside)} {way}; {listed(outside)} "
            f"{'does' if len(outside) == 1 else 'do'} not.",
        )
    if inside:
        return ProtectionSentence(
            Mood.GOOD, "Protected", f"{listed(inside)} {_leaves(inside)} {way}."
        )
    return ProtectionSentence(
        Mood.GOOD, "VPN connected", f"No engine uses it yet. Engines inside would leave {way}."
    )


def exit_words(vpn: VpnView) -> str:
    """Return where traffic comes out: "the Netherlands (185.107.56.12), port 51234"."""
    place = _THE.get(vpn.country, vpn.country)
    where = f"{place} ({vpn.public_ip})" if place and vpn.public_ip else place or vpn.public_ip
    port = f", port {vpn.forwarded_port}" if vpn.forwarded_port else ""
    return f"{where or 'the VPN'}{port}"


def routes(snapshot: Snapshot) -> tuple[Route, ...]:
    """Return how each engine reaches the internet, in the order of the engines."""
    return tuple(_route(engine, snapshot.vpn) for engine in snapshot.own_engines)


def _named(found: tuple[Route, ...], *, inside: bool) -> tuple[str, ...]:
    return tuple(route.name for route in found if route.inside is inside)


def listed(names: tuple[str, ...]) -> str:
    """Return "engine-1", "engine-1 and engine-2" or "engine-1, engine-2 and engine-3"."""
    if len(names) < 2:
        return "".join(names)
    return f"{', '.join(names[:-1])} and {names[-1]}"


def _leaves(names: tuple[str, ...]) -> str:
    return "leaves" if len(names) == 1 else "leave"


def _route(engine: EngineView, vpn: VpnView) -> Route:
    unseen = vpn.state in (VpnState.UNKNOWN, VpnState.NO_RUNTIME)
    if engine.vpn_container and not unseen:
        return _inside(engine, vpn)
    match engine.backend:
        case BackendKind.DEMO:
            return _unseen(engine, "built in: nothing leaves this computer")
        case BackendKind.STATIC:
            return _unseen(engine, "on another address: AceDesk cannot see its way out")
        case BackendKind.REMOTE:
            return _unseen(engine, "of an orchestrator: AceDesk cannot see its way out")
        case BackendKind.SWARM:
            why = "a service of Docker Swarm, which no VPN container can take in"
            return Route(engine.name, False, Mood.WARN, why)
        case BackendKind.NATIVE:
            return Route(engine.name, False, Mood.WARN, "runs outside of Docker, on this computer")
        case BackendKind.DOCKER:
            if unseen:
                return _unseen(engine, "not known while Docker cannot be seen")
            host = host_name(engine.backend_id)
            whose = f"{host}’s" if host else "this computer’s"
            return Route(engine.name, False, Mood.WARN, f"uses {whose} own address")


def _unseen(engine: EngineView, why: str) -> Route:
    return Route(engine.name, None, Mood.IDLE, why)


def _inside(engine: EngineView, vpn: VpnView) -> Route:
    where = engine.vpn_container
    if vpn.state is VpnState.CONNECTED:
        port = " and has its forwarded port" if engine.forwarded else ""
        return Route(engine.name, True, Mood.GOOD, f"goes through {where}{port}")
    if vpn.state is VpnState.CONNECTING:
        return Route(engine.name, True, Mood.WORKING, f"waits for {where}")
    return Route(engine.name, True, Mood.BAD, f"inside {where}: nothing gets out until it is back")


_UNUSED = {
    VpnState.STOPPED: "is there but not running",
    VpnState.CONNECTING: "is building its tunnel",
    VpnState.UNHEALTHY: "reports a problem",
}

# English puts an article before these; Gluetun tells the bare name.
_THE = {
    "Netherlands": "the Netherlands",
    "United Kingdom": "the United Kingdom",
    "United States": "the United States",
    "Philippines": "the Philippines",
    "United Arab Emirates": "the United Arab Emirates",
    "Czech Republic": "the Czech Republic",
}
