"""Settings of the page Engines."""

import dataclasses

from acedesk.settings.fields import option_field


@dataclasses.dataclass(frozen=True, kw_only=True)
class EngineSettings:
    """Settings of the page Engines."""

    engines: tuple[str, ...] = option_field(
        (),
        page="Engines",
        label="Engines on other addresses",
        help="Engines you run yourself, as host:port or http://host:port, separated by commas; "
        "without a port it is 6878.",
        example="192.168.1.5:6878",
    )
    orchestrator_url: str = option_field(
        "",
        page="Engines",
        label="Orchestrator",
        help="Address of another AceDesk, or of an acestream-orchestrator of the Python era. "
        "Engines come from there and AceDesk makes none itself; those on other addresses stand in "
        "while it is down.",
        example="http://192.168.1.5:8000",
        restart=True,
    )
    orchestrator_api_key: str = option_field(
        "",
        page="Engines",
        label="Key of the orchestrator",
        help="Its API key or token, sent with every request; empty when it asks for none.",
        restart=True,
        secret=True,
    )
    max_streams_per_engine: int = option_field(
        0,
        page="Engines",
        label="Streams per engine",
        help="0 is automatic: four on engines AceDesk made, no limit on your own.",
        minimum=0,
        maximum=1000,
    )
    starts_per_engine: int = option_field(
        4,
        page="Engines",
        label="Starts at once per engine",
        help="Further streams wait until the engine has found the ones before; 0 is no limit.",
        minimum=0,
        maximum=1000,
        advanced=True,
    )
    engine_image: str = option_field(
        "ghcr.io/martinbjeldbak/acestream-http-proxy",
        page="Engines",
        label="Docker image",
        help="The image Add engine starts; the name may carry a tag or a digest.",
    )
    engine_arguments: str = option_field(
        "",
        page="Engines",
        label="Engine arguments",
        help="Added behind what the image starts, separated by blanks. A text that begins with a "
        "program instead of an option is the whole command.",
        example="--live-cache-type memory",
        advanced=True,
    )
    engine_port: int = option_field(
        6878,
        page="Engines",
        label="Engine port in the container",
        help="The port the image's HTTP API listens on.",
        minimum=1,
        maximum=65535,
        advanced=True,
    )
    engine_environment: tuple[str, ...] = option_field(
        (),
        page="Engines",
        label="Engine environment",
        help="Variables for the engine's container as NAME=value, separated by commas.",
        example="TZ=Europe/Paris",
        advanced=True,
    )
    engine_platform: str = option_field(
        "",
        page="Engines",
        label="Processor of the image",
        help="Automatic takes the image's variant for the processor of Docker's machine. Another "
        "one is emulated there, which is slow, or does not start.",
        choices=(
            ("", "Automatic"),
            ("linux/amd64", "Intel or AMD (amd64)"),
            ("linux/arm64", "ARM, 64 bit (arm64)"),
            ("linux/arm/v7", "ARM, 32 bit (armv7)"),
        ),
        advanced=True,
    )
    engine_memory: int = option_field(
        0,
        page="Engines",
        label="Memory limit of an engine",
        help="An engine that wants more is ended by the system; 0 is no limit. A cache in memory "
        "counts too.",
        unit="MiB",
        minimum=0,
        maximum=999999,
        advanced=True,
    )
    engine_cpus: float = option_field(
        0.0,
        page="Engines",
        label="Processor limit of an engine",
        help="How many processors an engine may keep busy, such as 1.5; 0 is no limit.",
        minimum=0,
        maximum=1024,
        advanced=True,
    )
    engine_cache: int = option_field(
        0,
        page="Engines",
        label="Engine cache in memory",
        help="A folder in memory of this size for what the engine would write to the disk; empty "
        "after each start. 0 leaves it on the disk.",
        unit="MiB",
        minimum=0,
        maximum=999999,
        advanced=True,
    )
    engine_templates: tuple[str, ...] = option_field(
        (),
        page="Engines",
        label="Engine templates",
        help="Definitions of engines under names, separated by semicolons; the Engines page makes "
        "and uses them.",
        example="Small: image=owner/name memory=512",
        separator=";",
        advanced=True,
    )
    engine_source: str = option_field(
        "",
        page="Engines",
        label="New engines are",
        help="Automatic takes Docker, and where Docker cannot be used an engine program that is "
        "installed on this computer.",
        choices=(
            ("", "Automatic"),
            ("docker", "Containers in Docker"),
            ("native", "Programs of this computer"),
            ("swarm", "Services in Docker Swarm"),
        ),
    )
    engine_hosts: tuple[str, ...] = option_field(
        (),
        page="Engines",
        label="Docker on other computers",
        help="NAME=address, separated by commas: ssh://user@host, tcp://host:2376, context:NAME or "
        "podman; behind it max=4 limits the engines there, tls=FOLDER names certificates, swarm "
        "makes the engines services of the swarm that it manages.",
        example="nas=ssh://eva@nas max=4",
        restart=True,
        advanced=True,
    )
    native_command: str = option_field(
        "",
        page="Engines",
        label="Engine program",
        help="Started instead of a container where there is no Docker, with its arguments; empty "
        "finds the official engine and Outpace. {port}, {p2p_port}, {api_port}, {https_port} and "
        "{state_dir} stand for what each engine has of its own.",
        example="acestreamengine",
        advanced=True,
    )
    engine_start_timeout: float = option_field(
        60.0,
        page="Engines",
        label="Wait for a new engine",
        help="How long a new engine may take until its API answers.",
        unit="s",
        minimum=1,
        maximum=600,
        advanced=True,
    )
    docker_timeout: float = option_field(
        20.0,
        page="Engines",
        label="Docker answers within",
        help="How long one call to Docker may take (pulling an image has no such limit).",
        unit="s",
        minimum=1,
        maximum=300,
        advanced=True,
    )
    health_interval: float = option_field(
        10.0,
        page="Engines",
        label="Check engines every",
        help="How often each engine is asked whether it is well.",
        unit="s",
        minimum=1,
        maximum=600,
        advanced=True,
    )
