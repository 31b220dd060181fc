"""What the container runs: the demo engine, started with the arguments a real engine gets.

`--http-port N` is honoured; every other engine argument is accepted and has no effect. The engine
listens on all addresses of its container: the publisher of the port decides who may call.
"""

import logging
import re
import sys

from acedesk.demo import command
from acedesk.errors import AceDeskError

USUAL_PORT = 6878


def http_port(arguments: list[str]) -> int:
    """Return the port of the HTTP API that engine arguments ask for."""
    found = re.search(r"(?:^|\s)--http-port[=\s]+(\d{1,5})(?:\s|$)", " ".join(arguments))
    return int(found[1]) if found else USUAL_PORT


def main() -> int:
    """Serve until SIGTERM."""
    logging.basicConfig(stream=sys.stdout, format="%(message)s")
    logging.getLogger("acedesk.demo").setLevel(logging.DEBUG)
    try:
        return command.run(http_port(sys.argv[1:]), "0.0.0.0", list_only=False)  # noqa: S104 - see above
    except AceDeskError as exc:
        print(f"demo engine: {exc.code}: {exc.detail}", file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())
