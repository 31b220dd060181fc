"""What libraries remember of the addresses of requests, and how they forget it.

WORKAROUND https://github.com/aio-libs/yarl: its public `cache_clear` leaves the addresses that
aiohttp's server handed it in caches of the private module `yarl._url`. Until it has a public way to
empty those, they are found by their method here, and nowhere else. `pyproject.toml` bounds the
version of yarl; tests/unit/process/test_address_caches.py notices when the module goes.
"""

import sys
from typing import Final

# aiohttp hands every request's address to yarl, which keeps the last ones; we ask engines by URL.
MODULES: Final = ("yarl._url", "urllib.parse")


def forget_addresses() -> None:
    """Empty the caches: small things all over the heap hold it up."""
    for module in filter(None, map(sys.modules.get, MODULES)):
        for function in tuple(vars(module).values()):
            if hasattr(function, "cache_clear"):
                function.cache_clear()
