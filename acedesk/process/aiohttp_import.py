"""Imports aiohttp without what AceDesk does not use of it: 5 MB, and 50 ms of every start.

Measured with aiohttp 3.14, frozenlist 1.8 on Debian 12, 2026-11:

* the system's authorities, which it loads twice: 3 MB, 40 ms (`acedesk.process.certificates`);
* the C++ library that compiled frozenlist needs, a list of some middlewares: 1.1 MB. The same in
  Python costs a request less than a microsecond;
* the system's table of file types, for files that a server serves: 0.4 MB, 3 ms.
"""

import contextlib
import mimetypes
import ssl
import sys
from collections.abc import Iterator
from typing import Any, Final

MODULE: Final = "aiohttp.connector"
# Methods of a context that load certificates.
_LOADING: Final = ("load_default_certs", "set_default_verify_paths")
_COMPILED_LIST: Final = "frozenlist._frozenlist"


def import_aiohttp() -> None:
    """Import aiohttp, unless it is there already.

    To be called before other threads run: while it imports, no context loads certificates.
    """
    if MODULE in sys.modules:
        return
    with _no_authorities(), _no_file_types(), _hidden(_COMPILED_LIST):
        import aiohttp.web  # noqa: F401 - that it is there is all


@contextlib.contextmanager
def _no_authorities() -> Iterator[None]:
    """Let no TLS context load whom the system trusts.

    WORKAROUND https://github.com/aio-libs/aiohttp: it makes two while it is imported. These trust
    nobody then, so each request that may go over HTTPS passes one of `certificates.context_for`;
    a request that forgets it fails.
    """
    own = vars(ssl.SSLContext)
    before = {name: own[name] for name in _LOADING if name in own}
    for name in _LOADING:
        setattr(ssl.SSLContext, name, _load_nothing)
    try:
        yield
    finally:
        for name in _LOADING:
            delattr(ssl.SSLContext, name)
        for name, method in before.items():
            setattr(ssl.SSLContext, name, method)


def _load_nothing(_context: ssl.SSLContext, *_: object) -> None:
    """Stand in for what loads certificates."""


@contextlib.contextmanager
def _no_file_types() -> Iterator[None]:
    """Let tables of file types that are made now hold what Python itself knows."""
    before, mimetypes.knownfiles = mimetypes.knownfiles, []
    try:
        yield
    finally:
        mimetypes.knownfiles = before
        mimetypes.inited = False  # who asks later has the system's


@contextlib.contextmanager
def _hidden(name: str) -> Iterator[None]:
    """Let a module not be found."""
    modules: dict[str, Any] = sys.modules
    if name in modules:
        yield
        return
    modules[name] = None
    try:
        yield
    finally:
        del modules[name]
