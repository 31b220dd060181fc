"""Whom to trust over TLS: the system's authorities, loaded when somebody is asked, not before.

WORKAROUND https://github.com/aio-libs/aiohttp: it loads them twice while it is imported. That took
40 ms of every start and 3 MB that hardly any run uses (aiohttp 3.14, 144 authorities, 2026-11).
After `import_aiohttp` its own contexts trust nobody, so each request that may go over HTTPS passes
the context of this module; a request that forgets it fails.
"""

import asyncio
import functools
import ssl
import sys
from typing import Final

MODULE: Final = "aiohttp.connector"
# Methods of a context that load certificates.
_LOADING: Final = ("load_default_certs", "set_default_verify_paths")


def import_aiohttp() -> None:
    """Import aiohttp without certificates, unless it is there already.

    To be called before other threads run: while it imports, no context loads any.
    """
    if MODULE in sys.modules:
        return
    own = vars(ssl.SSLContext)
    before = {name: own[name] for name in _LOADING if name in own}
    try:
        for name in _LOADING:
            setattr(ssl.SSLContext, name, _load_nothing)
        import aiohttp.connector  # noqa: F401 - that it is there is all
    finally:
        for name in _LOADING:
            delattr(ssl.SSLContext, name)
        for name, method in before.items():
            setattr(ssl.SSLContext, name, method)


def _load_nothing(_context: ssl.SSLContext, *_: object) -> None:
    """Stand in for what loads certificates."""


async def context_for(url: str) -> ssl.SSLContext | bool:
    """Return what aiohttp shall trust for a request; it reads files, so not on the loop."""
    if not url.lower().startswith("https:"):
        return True  # it is not asked
    return await asyncio.to_thread(_context)


@functools.cache
def _context() -> ssl.SSLContext:
    return ssl.create_default_context()
