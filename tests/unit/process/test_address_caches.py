"""Libraries forget the addresses of requests; and still keep them where we look."""

import sys
import urllib.parse

import pytest
import yarl

from acedesk.process.address_caches import MODULES, forget_addresses


def remembered(module: str) -> int:
    """Return how many answers the caches of a module hold."""
    functions = vars(sys.modules[module]).values()
    return sum(f.cache_info().currsize for f in functions if hasattr(f, "cache_clear"))


@pytest.mark.parametrize("module", MODULES)
def test_each_module_is_there_and_remembers_until_it_is_told_to_forget(module: str) -> None:
    yarl.URL("http://127.0.0.1/ace/getstream?id=1")
    yarl.URL.build(path="/ace/getstream", query_string="id=1", encoded=True)
    urllib.parse.urlsplit("http://127.0.0.1/ace/r/1")
    assert remembered(module) > 0, "it keeps addresses elsewhere now: see address_caches.py"

    forget_addresses()

    assert remembered(module) == 0
