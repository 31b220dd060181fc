"""What it means that Docker refuses something, in plain words; nothing is asked here.

Docker, Podman and the proxies that people put before them say why in free text, and a fault of the
host reads much like a fault of the image. The texts are those of Docker 20.10 to 29, Podman 3 to 5,
runc, crun, containerd and the usual socket proxies.
"""

import html
import json
import re
from pathlib import PurePosixPath
from typing import Final

from acedesk.containers.runtime import ContainerOption
from acedesk.values import frozen_value

_LONGEST_DETAIL: Final = 300
_LONGEST_PROGRAM: Final = 100

NAME_TAKEN: Final = "a container of that name exists already"
PORT_TAKEN: Final = "the port is taken"
NO_INIT: Final = "Docker's host has no init program for containers"


@frozen_value
class Refusal:
    """Why Docker did not do what it was asked.

    Attributes:
        detail: In plain words, one line without a full stop.
        option: The option of the container that its host does not know or cannot give, None when
            it is something else. Without the option it may work.
    """

    detail: str
    option: ContainerOption | None = None


# What Docker's texts mean, first hit wins: what is certain stands before what is likely.
_PLAIN: Final = (
    ("image operating system", "this Docker runs programs for Windows only, not for Linux"),
    (
        "no matching manifest for windows",
        "this Docker runs programs for Windows only, not for Linux",
    ),
    ("no matching manifest", "the image does not exist for this computer's processor"),
    ("does not match the specified platform", "the image is made for another processor"),
    ("no space left on device", "the disk is full"),
    ("disk quota exceeded", "the disk is full"),
    ("manifest unknown", "the image was not found"),
    ("manifest for", "the image was not found"),
    ("pull access denied", "the image was not found, or it needs a login"),
    ("access to the resource is denied", "the image was not found, or it needs a login"),
    ("short-name", "the image's name has to begin with its registry here"),
    ("repository name must be lowercase", "the image name is not valid"),
    ("invalid reference format", "the image name is not valid"),
    ("unauthorized", "the registry asks for a login"),
    ("toomanyrequests", "the registry allows no more downloads for now"),
    ("rate limit", "the registry allows no more downloads for now"),
    ("x509:", "the registry's certificate is not trusted"),
    ("http response to https client", "the registry does not encrypt, which Docker does not allow"),
    ("proxyconnect", "the registry cannot be reached"),
    ("no such host", "the registry cannot be reached"),
    ("i/o timeout", "the registry cannot be reached"),
    ("tls handshake timeout", "the registry cannot be reached"),
    ("network is unreachable", "the registry cannot be reached"),
    ("client.timeout exceeded", "the registry cannot be reached"),
    ("connection refused", "the registry cannot be reached"),
    ("no such image", "the image is not on this computer"),
    ("no such container", "the container does not exist"),
    ("is already in use by", NAME_TAKEN),
    ("name is already in use", NAME_TAKEN),
    ("port is already allocated", PORT_TAKEN),
    ("address already in use", PORT_TAKEN),
    ("page not found", "this Docker does not know the request"),
    ("no command specified", "the image names no program to start"),
)

# Not where Docker speaks of a connection to a part of its own.
_OF_REGISTRY: Final = frozenset({"the registry cannot be reached"})

# Faults of Docker's host. Docker's own words are added: they are for who looks after the host.
_OF_HOST: Final = tuple(
    (plain, option, re.compile("|".join(signs)))
    for plain, option, *signs in (
        (
            NO_INIT,
            ContainerOption.INIT,
            r"docker-init",
            r"podman-init",
            r"/dev/init\b",
            r"init binary",
            r"container-init",
            r"libexec/podman/catatonit",
            r"could not find \W?catatonit",
        ),
        (
            "Docker's host does not keep logs of containers in the way it was asked to",
            ContainerOption.LOG_LIMITS,
            r"log(ging)?[ -]driver",
            r"unknown log opt",
            r"invalid log",
        ),
        (
            "Docker's host does not restart containers by itself",
            ContainerOption.RESTART,
            r"restart[ -]policy",
        ),
        (
            "Docker's host does not know the address that the engine is to be reached at",
            None,
            r"cannot assign requested address",
        ),
        (
            "Docker's host cannot publish the port of a container",
            ContainerOption.PUBLISH,
            r"programming external connectivity",
            r"userland[ -]proxy",
            r"docker-proxy",
            r"direct access",
            r"rootlesskit",
            r"expose (privileged )?port",
            r"port[ -](forward|mapping|publish|binding)",
            r"publish\w* (a |the |of )?ports?",
            r"hostfwd",
            r"netavark.*(iptables|nft)",
        ),
        (
            "Docker's host has no network for the container",
            None,
            r"network \S+ not found",
            r"network[ -]?mode",
            r"container networking",
            r"address pool",
            r"\b(ip6?tables|nftables|netavark|slirp4netns|pasta|cni)\b",
            r"failed to (create|attach|join) .*network",
            r"no such network",
            r"created? endpoint",
        ),
        (
            "Docker's host cannot give the container users of its own",
            None,
            r"user ?namespace",
            r"userns",
            r"[ug]id_map",
            r"new[ug]idmap",
            r"sub[ug]id",
            r"insufficient uids",
            r"lchown",
        ),
        (
            "the security rules of Docker's host forbid the container",
            None,
            r"apparmor",
            r"seccomp",
            r"selinux",
            r"no new privileges",
        ),
        (
            "the kernel of Docker's host cannot limit containers (cgroups)",
            None,
            r"cgroup",
            r"(memory|swap|pids) limit",
            r"kernel memory",
            r"cpu (cfs|shares|quota)",
            r"\boom[ _-]",
        ),
        (
            "Docker's host gives the container no folder in memory",
            ContainerOption.TMPFS,
            r"tmpfs",
            r"/dev/disk/by-id",
        ),
        ("a disk of Docker's host is read-only", None, r"read[ -]?only"),
        (
            "Docker's host has no memory left",
            None,
            r"cannot allocate memory",
            r"out of memory",
        ),
        (
            "Docker's host is at one of its limits",
            None,
            r"too many open files",
            r"resource temporarily unavailable",
        ),
        (
            "a program that Docker itself needs is missing on its host, or fails",
            None,
            r"runtime name",
            r"failed to start shim",
            r"containerd",
            r"\.sock\b",
            r"retrieve oci runtime error",
            r"fork/exec",
            r"\bhooks?\b",
        ),
    )
)

# runc, crun, gVisor, the init programs and old versions of Docker tell so which program of the
# container could not be executed; some do not name it.
_PROGRAMS: Final = tuple(
    re.compile(pattern, re.IGNORECASE | re.MULTILINE)
    for pattern in (
        r"\bexec:? (?:container process )?(?:\([^)]*\) )?[\"'`“]([^\"'`”]+)[\"'`”]",
        r"executable (?:file )?[\"'`“]([^\"'`”]+)[\"'`”]",
        r"container command [\"'`“]([^\"'`”]+)",
        r"\bexec ([\w./+-]+)(?: failed)?:",
        r"failed to load (\S+):",
        r"\b(exec) user process caused",
        r"\b(open executable)\b",
        r"failed to exec (pid1)",
        # An init program lets a shell try what the kernel does not know.
        r"^(\S+): (?:line )?[0-9]+: \W?ELF",
    )
)
_NAMELESS: Final = frozenset({"exec", "open executable", "pid1"})
_MISSING: Final = re.compile(
    r"executable (file )?.*not found|error finding executable|no such file"
    r"|not found or does not exist|file does not exist",
    re.IGNORECASE,
)
_FORBIDDEN: Final = re.compile(
    r"permission denied|operation not permitted|is a directory|could not be invoked", re.IGNORECASE
)
_FOREIGN: Final = re.compile(r"exec ?format error|: \W?ELF", re.IGNORECASE)
# Programs of Docker's host, and words that stand before them.
_HOST_PROGRAM: Final = re.compile(
    r"^(docker.*|podman.*|containerd.*|runc|crun|runsc|youki|kata.*|nvidia.*|conmon.*|ip6?tables.*"
    r"|nft|modprobe|new[ug]idmap|slirp4netns|pasta|netavark|aardvark.*|rootlesskit.*|vpnkit"
    r"|fuse-overlayfs|apparmor_parser|mount.*|git|unpigz|xz|iptables.*)$"
)
_OF_HOST_CONTEXT: Final = re.compile(
    r"start shim|retrieve oci runtime error|hook|fork/exec|userland[ -]proxy|log(ging)?[ -]driver"
    r"|plugin|storage driver",
    re.IGNORECASE,
)


# HTTP statuses of an address that wants something of us before it answers.
NOT_ALLOWED: Final = frozenset({401, 403, 405, 407})


def judge(text: str) -> Refusal:
    """Return what a text of Docker means; where we do not know it, its own first line."""
    lowered = text.lower()
    if (plain := judge_exec(text)) is not None:
        return Refusal(detail=plain)
    for sign, plain in _PLAIN:
        if sign in lowered and not (plain in _OF_REGISTRY and ".sock" in lowered):
            return Refusal(detail=plain)
    for plain, option, pattern in _OF_HOST:
        if pattern.search(lowered):
            return Refusal(detail=f"{plain} (Docker said: “{first_line(text)}”)", option=option)
    return Refusal(detail=first_line(text) or "Docker did not say why")


def judge_exec(text: str) -> str | None:
    """Return why the image's program could not be executed, None when that is not the fault."""
    found = next(filter(None, (pattern.search(text) for pattern in _PROGRAMS)), None)
    if found is None or _OF_HOST_CONTEXT.search(text):
        return None
    program = found[1].strip()
    if _is_of_host(program):
        return None
    named = "" if program in _NAMELESS else f": “{program[:_LONGEST_PROGRAM]}”"
    if _FOREIGN.search(text):
        return f"the image is made for another processor, its program cannot run here{named}"
    if _MISSING.search(text):
        return f"the image has no such program{named}"
    if _FORBIDDEN.search(text):
        return f"the image's program may not be run{named}"
    return None


def _is_of_host(program: str) -> bool:
    """Tell whether a program belongs to Docker's host, not to the image."""
    name = PurePosixPath(program).name.lower()
    return program == "/dev/init" or bool(_HOST_PROGRAM.search(name))


def judge_answer(status: int, body: str) -> Refusal:
    """Return what an answer of Docker, or of a proxy before it, means that is no success.

    Args:
        status: Its HTTP status.
        body: Its text: JSON of Docker or Podman, a page of a proxy, or nothing.
    """
    is_page = looks_like_page(body)
    said = first_line(strip_page(body) if is_page else message_of(body))
    quoted = f" (it said: “{said}”)" if said else ""
    if status in NOT_ALLOWED and (is_page or not _is_of_registry(said)):
        return Refusal(detail=f"this is forbidden by Docker or a proxy before it{quoted}")
    if "http request to an https server" in said.lower():
        return Refusal(detail="Docker wants an encrypted connection there (DOCKER_TLS_VERIFY)")
    if is_page or not said:
        reason = quoted or " and gave no reason"
        return Refusal(detail=f"Docker or a proxy before it answered with HTTP {status}{reason}")
    return judge(message_of(body))


def _is_of_registry(said: str) -> bool:
    """Tell whether a registry's answer was handed on by Docker."""
    return "pull access" in said or "unauthorized" in said.lower()


def message_of(body: str) -> str:
    """Return the sentence in an answer of Docker's API, the whole text where it is no JSON."""
    try:
        found = json.loads(body)
    except ValueError:
        return body
    if isinstance(found, dict):
        told = (found.get(name) for name in ("message", "cause", "error", "detail"))
        return next((text for text in told if isinstance(text, str) and text.strip()), "")
    return found if isinstance(found, str) else ""


_SILENT_PARTS: Final = re.compile(r"<(script|style|head)\b.*?</\1\s*>", re.IGNORECASE | re.DOTALL)
_PAGE: Final = re.compile(r"<(!doctype|html|body|h1|title|center|\?xml)\b|</\w+>", re.IGNORECASE)
_PAGE_HEAD: Final = 4000
_TAG: Final = re.compile(r"<[^<>]*>")


def looks_like_page(text: str) -> bool:
    """Tell whether `text` is HTML (or XML), as proxies answer."""
    return _PAGE.search(text[:_PAGE_HEAD]) is not None


def strip_page(page: str) -> str:
    """Return the words of an HTML page in one line, its title where it has no other words."""
    words = html.unescape(_TAG.sub(" ", _SILENT_PARTS.sub(" ", page)))
    return " ".join(words.split()) or " ".join(html.unescape(_TAG.sub(" ", page)).split())


def first_line(text: str) -> str:
    """Return the first line that says something, cut to what fits into a window."""
    lines = ("".join(filter(str.isprintable, line)).strip() for line in text.splitlines())
    return next((line for line in lines if line), "")[:_LONGEST_DETAIL]
