"""`acedesk compose-file`: what starts the engine in Docker without AceDesk."""

import os
import platform
import sys

from acedesk.commands.arguments import Arguments
from acedesk.commands.start import prepare
from acedesk.engines.definitions.catalogue import catalogue
from acedesk.engines.definitions.compose_file import compose_file
from acedesk.engines.definitions.define import define
from acedesk.engines.definitions.templates import with_template
from acedesk.model.host import Machine


def run(wanted: Arguments) -> int:
    """Print the file for the engine of the settings, or of a template.

    Raises:
        NotFound: There is no such template.
        BadRequest: The engine arguments cannot be split.
    """
    settings = prepare(wanted, os.environ, looking=True).settings
    if wanted.template:
        settings = with_template(settings, wanted.template)
    machine = Machine(architecture=platform.machine(), kernel=platform.release())
    definition = define(settings, catalogue(), machine)
    for warning in definition.warnings:
        print(f"acedesk: {warning}", file=sys.stderr)
    print(compose_file(definition), end="")
    return 0
