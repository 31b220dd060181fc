"""Settings of the pages General and Network."""

import dataclasses

from acedesk.settings.fields import option_field


@dataclasses.dataclass(frozen=True, kw_only=True)
class GeneralSettings:
    """Settings of the pages General and Network."""

    theme: str = option_field(
        "system",
        page="General",
        label="Appearance",
        help="Light or dark; System follows the desktop.",
        choices=(("system", "System"), ("light", "Light"), ("dark", "Dark")),
    )
    close_action: str = option_field(
        "ask",
        page="General",
        label="Closing the window",
        help="What happens when the window is closed.",
        choices=(("ask", "Ask"), ("tray", "Keep running in the tray"), ("quit", "Quit AceDesk")),
    )
    offer_links: bool = option_field(
        True,
        page="General",
        label="Offer to open links",
        help="AceDesk offers once to open acestream: links, after you have played one.",
        advanced=True,
    )
    log_level: str = option_field(
        "info",
        page="General",
        label="Log level",
        help="How much is written to the log.",
        choices=(
            ("debug", "Debug"),
            ("info", "Info"),
            ("warning", "Warning"),
            ("error", "Error"),
        ),
    )
    host: str = option_field(
        "127.0.0.1",
        page="Network",
        label="Listen on",
        help="127.0.0.1 serves this computer only; 0.0.0.0 every device on your network that has a "
        "token.",
    )
    port: int = option_field(
        8080,
        page="Network",
        label="Port",
        help="TCP port players connect to; 0 takes any free one.",
        minimum=0,
        maximum=65535,
    )
    engine_port_too: bool = option_field(
        False,
        page="Network",
        label="Also at an engine's port",
        help="AceDesk answers at port 6878, too, where programs look for an engine by themselves; "
        "not while an engine of this computer has that port.",
        advanced=True,
    )
    open_network: bool = option_field(
        False,
        page="Network",
        label="Let every device in without a token",
        help="Everybody on your network may then play, stop streams and remove engines. Without "
        "it, devices need a token, which addresses copied in AceDesk have.",
    )
    allowed_networks: tuple[str, ...] = option_field(
        (),
        page="Network",
        label="Devices that play without a token",
        help="Addresses or networks of TVs and tuners that cannot have one, separated by commas; "
        "they may play and nothing else.",
        example="192.168.1.20, 192.168.2.0/24",
        advanced=True,
    )
    trusted_proxies: tuple[str, ...] = option_field(
        (),
        page="Network",
        label="Reverse proxies",
        help="Addresses of your reverse proxies (nginx, Caddy), separated by commas. What they say "
        "of who asks is believed, and those need a token.",
        example="127.0.0.1",
        advanced=True,
    )
    host_names: tuple[str, ...] = option_field(
        (),
        page="Network",
        label="Names of this AceDesk",
        help="Names from the Internet's DNS by which you reach this AceDesk, separated by commas; "
        "others are refused, because a web page may have made them up.",
        example="tv.example.org",
        advanced=True,
    )
    redis_url: str = option_field(
        "",
        page="Network",
        label="Redis",
        help="Address of a Redis over which several AceDesks work as one: a content is played once "
        "on their engines, whichever of them is asked. Needs the extra acedesk[redis].",
        example="redis://:password@192.168.1.5:6379",
        restart=True,
        secret=True,
        advanced=True,
    )
    proxy_address: str = option_field(
        "",
        page="Network",
        label="Address for other AceDesks",
        help="Where those that share the Redis reach this one; empty: it is found out.",
        example="192.168.1.5:8080",
        restart=True,
        advanced=True,
    )
    allowed_sites: tuple[str, ...] = option_field(
        (),
        page="Network",
        label="Sites that may start streams",
        help="Addresses of web pages whose players may start a stream, separated by commas; other "
        "sites may only join what plays.",
        example="https://tv.example.org",
        advanced=True,
    )
    allow_private_urls: bool = option_field(
        False,
        page="Network",
        label="Allow links to your own network",
        help="Engines may fetch transport files from private addresses, such as those of your "
        "router or this computer.",
        advanced=True,
    )
