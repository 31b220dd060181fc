import pytest
from hypothesis import given
from hypothesis import strategies as st

from acedesk.formats.user_agent import player_name


@pytest.mark.parametrize(
    ("agent", "name"),
    [
        ("VLC/3.0.24 LibVLC/3.0.24", "VLC 3.0.24"),
        ("VLC/3.0.11.1 LibVLC/3.0.11.1", "VLC 3.0.11"),
        ("LibVLC/3.0.18 (LIVE555 Streaming Media v2016.11.28)", "VLC 3.0.18"),
        ("mpv 0.35.1", "mpv 0.35.1"),
        ("mpv/0.38", "mpv 0.38"),
        ("libmpv", "mpv"),
        ("Kodi/21.0 (X11; Linux x86_64) Ubuntu/24.04 App_Bitness/64 Version/21.0", "Kodi 21.0"),
        ("Lavf/59.27.100", "ffmpeg"),
        ("ExoPlayerDemo/2.18.1 (Linux; Android 12) ExoPlayerLib/2.18.1", "ExoPlayer"),
        ("App/1 (Linux;Android 14) AndroidXMedia3/1.3.1", "ExoPlayer"),
        ("Jellyfin-Server/10.9.11", "Jellyfin"),
        ("Jellyfin/10.9", "Jellyfin 10.9"),
        ("TVHeadend/4.3-2180~g1", "TVHeadend 4.3"),
        ("curl/7.88.1", "curl 7.88.1"),
        ("curl/7.88", "curl 7.88"),
        ("Wget/1.21.3", "Wget 1.21.3"),
        ("GStreamer souphttpsrc 1.22.0 libsoup/3.2.2", "GStreamer"),
        (
            "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0",
            "Browser (Firefox)",
        ),
        ("Mozilla/5.0 (X11) AppleWebKit/537.36 Chrome/126.0.0.0 Safari/537.36", "Browser (Chrome)"),
        ("Mozilla/5.0 AppleWebKit/537.36 Chrome/126.0 Safari/537.36 Edg/126.0", "Browser (Edge)"),
        (
            "Mozilla/5.0 (Macintosh) AppleWebKit/605.1.15 Version/17.5 Safari/605.1.15",
            "Browser (Safari)",
        ),
        ("SomeBox/1.0 (thing)", "SomeBox"),
        ("x" * 100, "x" * 40),
        ("", "Unknown player"),
        (" \x00\x1b ", "Unknown player"),
    ],
)
def test_a_player_has_the_name_people_know(agent: str, name: str) -> None:
    assert player_name(agent) == name


@given(agent=st.text())
def test_any_agent_gives_a_short_printable_name(agent: str) -> None:
    name = player_name(agent)

    assert 0 < len(name) <= 40
    assert "\n" not in name
