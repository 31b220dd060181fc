"""`python -m acedesk` is the same as `acedesk`."""

import sys

from acedesk.cli import main

if __name__ == "__main__":
    sys.exit(main())
