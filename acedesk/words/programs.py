"""What is said of the contracts by which other programs use AceDesk."""

from typing import Final

from acedesk.model.access.use import Contract, ProgramUse
from acedesk.words import numbers

CONTRACTS: Final = {
    Contract.STREAMS: "Streams",
    Contract.HLS: "Playlists (HLS)",
    Contract.ENGINE: "As an engine",
    Contract.ORCHESTRATOR: "Orchestrator",
    Contract.METRICS: "Metrics",
    Contract.API: "AceDesk's API",
}


def describe_use(use: ProgramUse) -> str:
    """Return who it was and how often: "192.168.1.30 (Living room) · 3 requests"."""
    address = use.address or "this computer"
    who = f"{address} ({use.device})" if use.device else address
    return f"{who} · {numbers.count(use.count, 'request')}"
