"""Every option once; what other parts need of `acedesk.settings.table` is named here."""

from acedesk.settings.engine_address import parse_address
from acedesk.settings.fields import MIB, Option
from acedesk.settings.table import (
    ENVIRONMENT_PREFIX,
    Settings,
    check,
    default,
    names,
    option,
    parse,
)

__all__ = [
    "ENVIRONMENT_PREFIX",
    "MIB",
    "Option",
    "Settings",
    "check",
    "default",
    "names",
    "option",
    "parse",
    "parse_address",
]
