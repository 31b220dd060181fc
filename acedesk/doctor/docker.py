"""How Docker stands."""

import asyncio
from typing import Final

from acedesk.containers.runtime import ContainerRuntime
from acedesk.doctor.finding import Finding, Level
from acedesk.errors import RuntimeUnavailable
from acedesk.words.errors import explain

NAME: Final = "Docker"


async def check_docker(runtime: ContainerRuntime, *, timeout: float) -> Finding:
    """Ask Docker for its version; without Docker AceDesk works with other engines.

    Args:
        timeout: Seconds after which a silent Docker counts as not answering.
    """
    try:
        async with asyncio.timeout(timeout):
            version = await runtime.version()
    except RuntimeUnavailable as exc:
        words = explain(exc)
        text = " ".join(part for part in (words.what, words.why) if part)
        return Finding(NAME, Level.WARN, text, words.advice)
    except TimeoutError:
        return Finding(
            NAME, Level.WARN, f"Docker did not answer in {timeout:g} s.", "Restart Docker."
        )
    return Finding(NAME, Level.PASS, f"Docker {version} answers.")
