"""What AceDesk.exe and acedesk.com run.

They are Python with AceDesk in it: no module and no script is named on their command line. So what
AceDesk starts itself with (after a restart, with the computer) is the program and its arguments.
"""

import sys

sys.frozen = True  # type: ignore[attr-defined]  # as other such programs say it
sys.orig_argv[:] = [sys.executable, *sys.argv[1:]]
sys.argv[0] = sys.executable

from acedesk.cli import main  # noqa: E402 - it asks for the above

sys.exit(main())
