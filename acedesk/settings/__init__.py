"""Every option once; what other parts need of `acedesk.settings.table` is named here."""

from acedesk.settings.engine_address import parse_address
from acedesk.settings.engine_template import EngineTemplate, format_template, parse_template
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
    "EngineTemplate",
    "Option",
    "Settings",
    "check",
    "default",
    "format_template",
    "names",
    "option",
    "parse",
    "parse_address",
    "parse_template",
]
