"""Whom to trust over TLS: the system's authorities, loaded when somebody is asked, not before.

aiohttp is imported without them (`acedesk.process.aiohttp_import`), so each request that may go
over HTTPS passes the context of this module.
"""

import asyncio
import functools
import ssl


async def context_for(url: str) -> ssl.SSLContext | bool:
    """Return what aiohttp shall trust for a request; it reads files, so not on the loop."""
    if not url.lower().startswith("https:"):
        return True  # it is not asked
    return await asyncio.to_thread(_context)


@functools.cache
def _context() -> ssl.SSLContext:
    return ssl.create_default_context()
