"""Where in a running stream a viewer wants to begin."""

from typing import Final

from acedesk.values import frozen_value

# How far behind the live edge a viewer begins when nothing else is asked for: players start at
# once when they get about a second in one burst (measured with mpv, VLC and ffmpeg).
KEYFRAME_BACK: Final = 1.0


@frozen_value(kw_only=False)
class JoinPoint:
    """A place to begin.

    Attributes:
        back: At the newest keyframe that is at least so many seconds old, or the oldest there is;
            None: at the live edge, without waiting for a keyframe.
    """

    back: float | None = KEYFRAME_BACK


KEYFRAME: Final = JoinPoint()
LIVE: Final = JoinPoint(None)
