"""Settings of the page Playback."""

import dataclasses

from acedesk.settings.fields import option_field


@dataclasses.dataclass(frozen=True, kw_only=True)
class PlaybackSettings:
    """Settings of the page Playback."""

    grace: float = option_field(
        15.0,
        page="Playback",
        label="Keep a stream after the last viewer",
        help="A player that comes back within this time goes on at once.",
        unit="s",
        minimum=0,
        maximum=600,
    )
    accept_timeout: float = option_field(
        30.0,
        page="Playback",
        label="Wait for the engine to accept",
        help="How long an engine may take to find a link before the start fails.",
        unit="s",
        minimum=1,
        maximum=300,
        advanced=True,
    )
    start_timeout: float = option_field(
        60.0,
        page="Playback",
        label="Wait for the first picture",
        help="How long a stream may look for its first bytes before the start fails.",
        unit="s",
        minimum=1,
        maximum=600,
    )
    header_wait: float = option_field(
        3.0,
        page="Playback",
        label="Answer the player after",
        help="Until then a failed start is an HTTP error; after it the player is kept waiting "
        "with empty packets.",
        unit="s",
        minimum=0,
        maximum=60,
        advanced=True,
    )
    stall_timeout: float = option_field(
        6.0,
        page="Playback",
        label="Give up a silent engine after",
        help="A running stream without bytes for this long is moved to another engine.",
        unit="s",
        minimum=1,
        maximum=120,
    )
    standby_after: float = option_field(
        1.5,
        page="Playback",
        label="Make another engine ready after",
        help="A running stream that is silent for this long, and longer than is usual for it, is "
        "asked of a second engine before the silent one is given up; one that was steady so far, "
        "after 0.7 s at the latest; 0 waits until the silent one is given up.",
        unit="s",
        minimum=0,
        maximum=60,
        advanced=True,
    )
    switch_timeout: float = option_field(
        45.0,
        page="Playback",
        label="Look for another engine for",
        help="When no engine goes on with a running stream within this time, the stream ends.",
        unit="s",
        minimum=1,
        maximum=600,
        advanced=True,
    )
    splice_wait: float = option_field(
        3.0,
        page="Playback",
        label="Look for the exact place for",
        help="How long a new engine's stream is searched for the very place where the old one "
        "broke off, before the picture goes on at the next keyframe.",
        unit="s",
        minimum=0,
        maximum=60,
        advanced=True,
    )
    splice_window_mib: int = option_field(
        8,
        page="Playback",
        label="Memory for the exact place",
        help="How much of the old stream is compared with the new one; more finds engines that "
        "are further behind.",
        unit="MiB",
        minimum=1,
        maximum=64,
        advanced=True,
    )
    protect_streams: bool = option_field(
        False,
        page="Playback",
        label="Protect every stream",
        help="Two engines play each stream at once, so that the loss of either is not seen; it "
        "takes twice the traffic.",
        advanced=True,
    )
    hedged_start: bool = option_field(
        False,
        page="Playback",
        label="Start on two engines",
        help="Two engines are asked for each new stream and the first with a picture is kept.",
        advanced=True,
    )
    hls_segment: float = option_field(
        2.0,
        page="Playback",
        label="HLS segment",
        help="How long the pieces of a stream are that browsers and phones get; shorter ones start "
        "sooner, longer ones are steadier.",
        unit="s",
        minimum=1,
        maximum=10,
        advanced=True,
    )
    hls_idle: float = option_field(
        20.0,
        page="Playback",
        label="HLS viewer gone after",
        help="A player of the HLS address that asks for nothing for this long has left.",
        unit="s",
        minimum=5,
        maximum=600,
        advanced=True,
    )
    hls_start_wait: float = option_field(
        30.0,
        page="Playback",
        label="HLS start",
        help="How long a player of the HLS address waits for the first piece of the stream.",
        unit="s",
        minimum=1,
        maximum=120,
        advanced=True,
    )
    file_grace: float = option_field(
        10.0,
        page="Playback",
        label="Keep a video file after its player",
        help="A player that jumps to another place within this time goes on with the same session.",
        unit="s",
        minimum=0,
        maximum=600,
        advanced=True,
    )
    ring_seconds: float = option_field(
        30.0,
        page="Playback",
        label="Buffer per stream",
        help="How far a viewer may fall behind before it has to jump ahead.",
        unit="s",
        minimum=2,
        maximum=600,
    )
    rewind_seconds: float = option_field(
        10.0,
        page="Playback",
        label="Rewind",
        help="How much of each stream is always kept, to join at a keyframe or to go back to.",
        unit="s",
        minimum=2,
        maximum=600,
    )
    ring_mib: int = option_field(
        32,
        page="Playback",
        label="Buffer memory per stream",
        help="Upper limit of the buffer of one stream.",
        unit="MiB",
        minimum=2,
        maximum=1024,
        advanced=True,
    )
    memory_mib: int = option_field(
        1024,
        page="Playback",
        label="Buffer memory in all",
        help="Upper limit of all buffers together.",
        unit="MiB",
        minimum=32,
        maximum=65536,
        advanced=True,
    )
    max_streams: int = option_field(
        0,
        page="Playback",
        label="Streams at once",
        help="Further starts are refused until one ends; 0 is no limit.",
        minimum=0,
        maximum=10000,
    )
    loop_threshold: int = option_field(
        3600,
        page="Playback",
        label="A broadcast is not live after",
        help="A live stream whose newest moment is older than this counts as repeating itself.",
        unit="s",
        minimum=60,
        maximum=604800,
        advanced=True,
    )
    stop_looping: bool = option_field(
        False,
        page="Playback",
        label="Stop broadcasts that repeat themselves",
        help="Such a stream is ended and its link is refused for a time.",
        advanced=True,
    )
    blacklist_minutes: int = option_field(
        0,
        page="Playback",
        label="Refuse repeating broadcasts for",
        help="How long a stopped link is refused; 0 is for ever.",
        unit="min",
        minimum=0,
        maximum=525600,
        advanced=True,
    )
