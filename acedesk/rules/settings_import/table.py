"""Every variable of acexy and acestream-orchestrator: the setting it is here, or why it is none.

acexy: the original and the fork, with all variables either reads or names. The orchestrator: the
Python era, whose variables changed between 1.2 and 1.7. Where two are for one setting, the first
in the table counts.
"""

from collections.abc import Mapping
from typing import Final

from acedesk.rules.settings_import import counterparts as to
from acedesk.rules.settings_import.counterparts import Counterpart, none

_ONE_PROGRAM: Final = "AceDesk is proxy and orchestrator in one."
_DEBUG_FILES: Final = "AceDesk writes its log into its data folder; the Logs page exports it."
_PORTS: Final = "AceDesk takes free ports for its engines by itself."
_OWN_TIMES: Final = "AceDesk looks when something changes, and as often as it needs to."
_OWN_REDIS: Final = (
    "That Redis is inside the orchestrator. One AceDesk needs none; several that are to work as "
    "one need one outside: write its address into Redis (redis_url)."
)
_ONE_VPN: Final = "AceDesk uses one VPN container."

ACEXY: Final[Mapping[str, Counterpart]] = {
    "ACEXY_LISTEN_ADDR": Counterpart(read=to.listen),
    "ACEXY_ADDR": Counterpart(read=to.listen),
    # Together they are one address: see `judging`.
    "ACEXY_HOST": Counterpart(),
    "ACEXY_PORT": Counterpart(),
    "ACEXY_SCHEME": Counterpart(read=to.scheme),
    "ACEXY_M3U8": none(
        "Every stream has both addresses: /ace/getstream gives MPEG-TS, /ace/manifest.m3u8 gives "
        "HLS."
    ),
    "ACEXY_M3U8_STREAM_TIMEOUT": to.seconds("hls_idle"),
    "ACEXY_EMPTY_TIMEOUT": to.seconds("switch_timeout"),
    "ACEXY_BUFFER_SIZE": Counterpart(read=to.buffer_size),
    "ACEXY_BUFFER": Counterpart(read=to.buffer_size),
    "ACEXY_NO_RESPONSE_TIMEOUT": to.seconds("accept_timeout"),
    "ACEXY_CLIENT_EVICTION_TIMEOUT": to.seconds("slow_client_timeout"),
    "ACEXY_STREAM_GRACE_PERIOD": to.seconds("grace"),
    "ACEXY_MAX_STREAMS_PER_ENGINE": to.number("max_streams_per_engine", least=1),
    "ACEXY_TIMEOUT": none("acexy itself does nothing with it."),
    "ACEXY_LOG_LEVEL": Counterpart(read=to.log_level),
    # Settings of ours only where the orchestrator itself is not imported: see `judging`.
    "ACEXY_ORCH_URL": none(_ONE_PROGRAM),
    "ACEXY_ORCH_APIKEY": none(_ONE_PROGRAM, secret=True),
    "ACEXY_CONTAINER_ID": none("AceDesk finds out by itself which container it runs in."),
    "DEBUG_MODE": Counterpart(read=to.debug_mode),
    "DEBUG_LOG_DIR": none(_DEBUG_FILES),
}

# Options of acexy's command line, of the original and of the fork, by the variable for the same.
ACEXY_OPTIONS: Final[Mapping[str, str]] = {
    "-addr": "ACEXY_LISTEN_ADDR",
    "-scheme": "ACEXY_SCHEME",
    "-acestream-host": "ACEXY_HOST",
    "-acestream-port": "ACEXY_PORT",
    "-host": "ACEXY_HOST",
    "-port": "ACEXY_PORT",
    "-m3u8-stream-timeout": "ACEXY_M3U8_STREAM_TIMEOUT",
    "-m3u8": "ACEXY_M3U8",
    "-empty-timeout": "ACEXY_EMPTY_TIMEOUT",
    "-emptyTimeout": "ACEXY_EMPTY_TIMEOUT",
    "-buffer-size": "ACEXY_BUFFER_SIZE",
    "-buffer": "ACEXY_BUFFER",
    "-no-response-timeout": "ACEXY_NO_RESPONSE_TIMEOUT",
    "-noResponseTimeout": "ACEXY_NO_RESPONSE_TIMEOUT",
    "-timeout": "ACEXY_TIMEOUT",
    "-maxStreamsPerEngine": "ACEXY_MAX_STREAMS_PER_ENGINE",
    "-debugMode": "DEBUG_MODE",
    "-debugLogDir": "DEBUG_LOG_DIR",
}

ORCHESTRATOR: Final[Mapping[str, Counterpart]] = {
    "APP_PORT": none("The orchestrator itself does not read it; its published port counts."),
    "DOCKER_NETWORK": none("AceDesk reaches its engines on ports of Docker's own computer."),
    "ENGINE_VARIANT": Counterpart(read=to.engine_image),
    "ENGINE_ARM32_VERSION": none("The image's variant for the processor is taken by itself."),
    "ENGINE_ARM64_VERSION": none("The image's variant for the processor is taken by itself."),
    "MIN_REPLICAS": to.number("min_engines"),
    "MIN_FREE_REPLICAS": to.number("min_free_engines"),
    "MAX_REPLICAS": to.number("max_engines"),
    # Counts in the VPN only; here one limit is for all.
    "MAX_ACTIVE_REPLICAS": to.number("max_engines"),
    "MAX_STREAMS_PER_ENGINE": to.number("max_streams_per_engine", least=1),
    "ACEXY_MAX_STREAMS_PER_ENGINE": to.number("max_streams_per_engine", least=1),
    "CONTAINER_LABEL": none("AceDesk labels its engines in its own way."),
    "STARTUP_TIMEOUT_S": to.seconds("engine_start_timeout"),
    "ENGINE_GRACE_PERIOD_S": to.seconds("idle_grace"),
    "IDLE_TTL_S": none("The orchestrator itself does nothing with it."),
    "COLLECT_INTERVAL_S": none("AceDesk asks each engine as often as its state needs it."),
    "STATS_HISTORY_MAX": none("AceDesk keeps a day of each engine in its history."),
    "MONITOR_INTERVAL_S": none(_OWN_TIMES),
    "AUTOSCALE_INTERVAL_S": none(_OWN_TIMES),
    "HEALTH_CHECK_INTERVAL_S": to.seconds("health_interval"),
    "HEALTH_FAILURE_THRESHOLD": none("An engine counts as unhealthy after three failed checks."),
    "HEALTH_UNHEALTHY_GRACE_PERIOD_S": none(
        "A hung engine is replaced when another one is ready, however long that takes."
    ),
    "HEALTH_REPLACEMENT_COOLDOWN_S": none(
        "Replacements stop for a while when several in a row failed (Stop replacing engines)."
    ),
    "CIRCUIT_BREAKER_FAILURE_THRESHOLD": to.number("growth_failures"),
    "CIRCUIT_BREAKER_RECOVERY_TIMEOUT_S": to.seconds("growth_recovery"),
    "CIRCUIT_BREAKER_REPLACEMENT_THRESHOLD": to.number("replacement_failures"),
    "CIRCUIT_BREAKER_REPLACEMENT_TIMEOUT_S": to.seconds("replacement_recovery"),
    "GLUETUN_CONTAINER_NAME": Counterpart(read=to.gluetun_container),
    "GLUETUN_CONTAINER_NAME_2": none(_ONE_VPN),
    "VPN_MODE": Counterpart(read=to.redundant_vpn),
    "GLUETUN_API_PORT": to.number("gluetun_control_port"),
    "GLUETUN_HEALTH_CHECK_INTERVAL_S": none("The VPN is looked at every 5 seconds."),
    "GLUETUN_PORT_CACHE_TTL_S": none("The forwarded port is asked for whenever the VPN changes."),
    "VPN_RESTART_ENGINES_ON_RECONNECT": none(
        "Engines that lost the VPN's network are always made anew."
    ),
    "VPN_UNHEALTHY_RESTART_TIMEOUT_S": none(
        "AceDesk does not restart the VPN's container; it waits and says what is wrong."
    ),
    "GLUETUN_PORT_RANGE_1": none(_PORTS),
    "GLUETUN_PORT_RANGE_2": none(_PORTS),
    "MAX_CONCURRENT_PROVISIONS": to.number("max_concurrent_provisions"),
    "MIN_PROVISION_INTERVAL_S": to.seconds("min_provision_interval"),
    "PORT_RANGE_HOST": none(_PORTS),
    "ACE_HTTP_RANGE": none(_PORTS),
    "ACE_HTTPS_RANGE": none(_PORTS),
    "ACE_MAP_HTTPS": none("Engines are asked over HTTP only."),
    "ENGINE_MEMORY_LIMIT": Counterpart(read=to.memory_limit),
    "API_KEY": none("It is not copied: make a token for each device that needs one.", secret=True),
    "DB_URL": none("AceDesk keeps its history in its data folder.", secret=True),
    "AUTO_DELETE": none(
        "Idle engines that are not needed are removed (Remove idle engines after)."
    ),
    "DEBUG_MODE": Counterpart(read=to.debug_mode),
    "DEBUG_LOG_DIR": none(_DEBUG_FILES),
    "ACEXY_ENABLED": none(_ONE_PROGRAM),
    "ACEXY_URL": none(_ONE_PROGRAM),
    "ACEXY_SYNC_INTERVAL_S": none(_ONE_PROGRAM),
    "STREAM_LOOP_DETECTION_ENABLED": to.switch("stop_looping"),
    "STREAM_LOOP_DETECTION_THRESHOLD_S": to.seconds("loop_threshold"),
    "STREAM_LOOP_CHECK_INTERVAL_S": none("Streams are watched all the time."),
    "STREAM_LOOP_RETENTION_MINUTES": to.number("blacklist_minutes"),
    "M3U_TIMEOUT": none("Who asks for a list says how long it may take."),
    "ACE_LIVE_EDGE_DELAY": none(
        "Viewers join where a picture can begin, in what is kept (Rewind)."
    ),
    "DOCKER_HOST": none("AceDesk finds Docker as Docker's own command does."),
    # Settings of ours where they lead out of its container: see `judging`.
    "REDIS_HOST": none(_OWN_REDIS),
    "REDIS_PORT": none(_OWN_REDIS),
    "REDIS_DB": none(_OWN_REDIS),
}

# Families of variables that no version of AceDesk needs.
FAMILIES: Final[Mapping[str, str]] = {
    "PROXY_": "The orchestrator's own proxy had them; AceDesk's page Playback has its own.",
    "HLS_": "The orchestrator's own proxy had them; AceDesk's page Playback has its own.",
    "REDIS_": "AceDesk keeps no media in Redis. Where several are to work as one, write its "
    "address with its password, redis://:password@host:6379/0, into Redis (redis_url).",
    "DASHBOARD_": "AceDesk's window shows what it has in memory.",
}

# An environment that has none of these is for another program: the other names are too common.
ONLY_ORCHESTRATOR: Final = frozenset(
    name
    for name in ORCHESTRATOR
    if name not in ACEXY
    and not name.startswith("REDIS_")
    and name
    not in ("APP_PORT", "DOCKER_NETWORK", "CONTAINER_LABEL", "API_KEY", "DB_URL", "DOCKER_HOST")
)
