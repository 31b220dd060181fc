"""The texts of Docker, Podman and proxies, as people say it."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from acedesk.containers.refusals import (
    NAME_TAKEN,
    NO_INIT,
    PORT_TAKEN,
    first_line,
    judge,
    judge_answer,
    judge_exec,
    strip_page,
)
from acedesk.containers.runtime import ContainerOption

RUNC = (
    "failed to create task for container: failed to create shim task: OCI runtime create failed: "
    "runc create failed: unable to start container process: "
)
NO_PROGRAM = "the image has no such program"
FORBIDDEN = "the image's program may not be run"
FOREIGN = "the image is made for another processor"


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("No such image: x:latest", "the image is not on this computer"),
        (
            'Conflict. The container name "/x" is already in use by container "ab". You have to …',
            NAME_TAKEN,
        ),
        ('the container name "x" is already in use by ab. You have to remove that', NAME_TAKEN),
        ("driver failed …: Bind for 127.0.0.1:80 failed: port is already allocated", PORT_TAKEN),
        (
            (
                "driver failed programming external connectivity on endpoint a (b): Error starting "
                "userland proxy: listen tcp4 127.0.0.1:80: bind: address already in use"
            ),
            PORT_TAKEN,
        ),
        ("rootlessport listen tcp 0.0.0.0:80: bind: address already in use", PORT_TAKEN),
        (
            "no matching manifest for linux/arm64/v8 in the manifest list entries",
            "the image does not exist for this computer's processor",
        ),
        (
            'image operating system "linux" cannot be used on this platform',
            "this Docker runs programs for Windows only, not for Linux",
        ),
        ("write /var/lib/docker/x: no space left on device", "the disk is full"),
        (
            "failed to register layer: write /usr/lib/x.so: no space left on device",
            "the disk is full",
        ),
        ("write /x: disk quota exceeded", "the disk is full"),
        (
            "Get https://reg/v2/: dial tcp: lookup reg: no such host",
            "the registry cannot be reached",
        ),
        ("Head https://reg/v2/: x509: unknown", "the registry's certificate is not trusted"),
        ("No command specified", "the image names no program to start"),
        ("first line\nsecond line", "first line"),
        (" \n", "Docker did not say why"),
    ],
)
def test_dockers_texts_become_plain(text: str, plain: str) -> None:
    assert judge(text).detail == plain
    assert judge(text).option is None


@pytest.mark.parametrize(
    ("text", "plain", "program"),
    [
        (RUNC + 'exec: "foo": executable file not found in $PATH: unknown', NO_PROGRAM, "foo"),
        (
            RUNC + 'exec: "/a b": stat /a b: no such file or directory: unknown',
            NO_PROGRAM,
            "/a b",
        ),
        (
            RUNC + 'error during container init: exec: "/init": no such file or directory',
            NO_PROGRAM,
            "/init",
        ),
        (RUNC + 'exec: "catatonit": executable file not found in $PATH', NO_PROGRAM, "catatonit"),
        (
            (
                "crun: executable file `foo` not found in $PATH: No such file or directory: OCI "
                "runtime attempted to invoke a command that was not found"
            ),
            NO_PROGRAM,
            "foo",
        ),
        ("Container command 'foo' not found or does not exist.", NO_PROGRAM, "foo"),
        ("[FATAL tini (7)] exec foo failed: No such file or directory", NO_PROGRAM, "foo"),
        ("exec /start.sh: no such file or directory", NO_PROGRAM, "/start.sh"),
        ("ERROR (catatonit:2): failed to exec pid1: No such file or directory", NO_PROGRAM, ""),
        (
            'standard_init_linux.go:211: exec user process caused "no such file or directory"',
            NO_PROGRAM,
            "",
        ),
        (RUNC + 'exec: "/start.sh": permission denied: unknown', FORBIDDEN, "/start.sh"),
        (RUNC + 'exec: "/opt": is a directory: unknown', FORBIDDEN, "/opt"),
        ("crun: open executable: Permission denied: OCI permission denied", FORBIDDEN, ""),
        ("[FATAL tini (7)] exec /x failed: Permission denied", FORBIDDEN, "/x"),
        ("exec /start.sh: exec format error", FOREIGN, "/start.sh"),
        ("standard_init_linux.go:228: exec user process caused: exec format error", FOREIGN, ""),
        (
            "crun: exec container process `/x`: Exec format error: OCI runtime error",
            FOREIGN,
            "/x",
        ),
        (
            (
                "crun: exec container process (missing dynamic library?) `/x`: No such file or "
                "directory: OCI runtime attempted to invoke a command that was not found"
            ),
            NO_PROGRAM,
            "/x",
        ),
        ("[FATAL tini (7)] exec /x failed: Exec format error", FOREIGN, "/x"),
        ("starting\n/bin/x: line 1: \x7fELF\x02: not found\n", FOREIGN, "/bin/x"),
    ],
)
def test_a_program_of_the_image_that_does_not_start_is_told(
    text: str, plain: str, program: str
) -> None:
    found = judge(text)

    assert found.detail.startswith(plain)
    assert found.detail.endswith(f": “{program}”" if program else ("here", "program", "run"))
    assert found.option is None
    assert judge_exec(text) == found.detail


@pytest.mark.parametrize(
    ("text", "option"),
    [
        (
            (
                "failed to create task for container: failed to start shim: exec: "
                '"docker-init": executable file not found in $PATH: unknown'
            ),
            ContainerOption.INIT,
        ),
        (RUNC + 'exec: "/sbin/docker-init": permission denied', ContainerOption.INIT),
        (RUNC + 'exec: "/dev/init": stat /dev/init: no such file', ContainerOption.INIT),
        (
            RUNC
            + 'error during container init: error mounting "/usr/bin/docker-init" to rootfs at '
            '"/sbin/docker-init": not a directory',
            ContainerOption.INIT,
        ),
        (
            (
                "container-init binary not found on the host: stat /usr/libexec/podman/catatonit: "
                "no such file or directory"
            ),
            ContainerOption.INIT,
        ),
        (
            'lookup init binary: could not find "catatonit" in one of [/usr/libexec/podman]',
            ContainerOption.INIT,
        ),
        (
            "logger: no log driver named 'json-file' is registered",
            ContainerOption.LOG_LIMITS,
        ),
        ("unknown log opt 'max-file' for journald log driver", ContainerOption.LOG_LIMITS),
        ("failed to initialize logging driver: exec: x: no", ContainerOption.LOG_LIMITS),
        (
            RUNC + 'error during container init: error mounting "tmpfs" to rootfs at '
            '"/dev/disk/by-id": mkdir /dev/disk: read-only file system: unknown',
            ContainerOption.TMPFS,
        ),
        ("invalid restart policy 'unless-stopped'", ContainerOption.RESTART),
        (
            (
                "driver failed programming external connectivity on endpoint a (b): Unable to "
                "enable DIRECT ACCESS FILTERING - DROP rule:  (iptables failed: iptables …)"
            ),
            ContainerOption.PUBLISH,
        ),
        (
            (
                "failed to set up container networking: driver failed programming external "
                "connectivity on endpoint a: iptables: No chain/target/match by that name"
            ),
            ContainerOption.PUBLISH,
        ),
        (
            (
                'error while starting userland proxy: exec: "docker-proxy": executable file '
                "not found in $PATH"
            ),
            ContainerOption.PUBLISH,
        ),
    ],
)
def test_an_option_that_the_host_lacks_is_told_with_its_words(
    text: str, option: ContainerOption
) -> None:
    found = judge(text)

    assert found.option is option
    assert "Docker's host" in found.detail
    assert f"(Docker said: “{text[:60]}" in found.detail
    assert "image" not in found.detail.partition("(Docker said")[0]


@pytest.mark.parametrize(
    ("text", "sign"),
    [
        ("OCI runtime create failed: cgroups: cgroup mountpoint does not exist", "cgroups"),
        ("Your kernel does not support memory limit capabilities", "cgroups"),
        ("network bridge not found", "network"),
        (
            "listen tcp4 10.0.0.9:0: bind: cannot assign requested address",
            "does not know the address",
        ),
        ("could not find an available, non-overlapping IPv4 address pool", "network"),
        ("netavark: unable to append rule to table", "network"),
        (
            (
                "potentially insufficient UIDs or GIDs available in user namespace "
                "(requested 0:42 for /etc/gshadow): lchown /etc/gshadow: invalid argument"
            ),
            "users",
        ),
        ('newuidmap: write to uid_map failed: exec: "newuidmap"', "users"),
        ("AppArmor enabled on system but the docker-default profile could not be …", "security"),
        (RUNC + "error creating device nodes: read-only file system", "read-only"),
        ("fork/exec /usr/bin/runc: cannot allocate memory", "no memory"),
        ("unknown or invalid runtime name: nvidia", "Docker itself"),
        (
            (
                "failed to create shim task: OCI runtime create failed: unable to retrieve OCI "
                "runtime error (open /run/log.json: no such file or directory): exec: "
                '"nvidia-container-runtime"'
                ": executable file not found in $PATH: : unknown"
            ),
            "Docker itself",
        ),
        (
            'failed to start shim: exec: "containerd-shim-runc-v2": file does not exist: unknown',
            "Docker itself",
        ),
        (RUNC + "error running createRuntime hook #0: exit status 1", "Docker itself"),
        (
            (
                'connection error: desc = "transport: dial unix /run/containerd/containerd.sock: '
                'connect: connection refused"'
            ),
            "Docker itself",
        ),
    ],
)
def test_other_faults_of_the_host_are_told_with_its_words(text: str, sign: str) -> None:
    found = judge(text)

    assert found.option is None
    assert sign in found.detail.partition(" (Docker said")[0]
    assert text[:60] in found.detail
    assert NO_PROGRAM not in found.detail


def test_a_missing_init_program_has_its_own_words() -> None:
    assert judge('exec: "docker-init": executable file not found').detail.startswith(NO_INIT)


@given(st.text())
def test_a_detail_is_one_short_line(text: str) -> None:
    detail = judge(text).detail
    assert detail
    assert len(detail) <= 420
    assert len(detail.splitlines()) == 1


PAGE = (
    "<html><head><title>403</title><style>h1 {}</style></head><body><h1>403 Forbidden</h1>\n"
    "Request forbidden by administrative rules.\n</body></html>"
)


@pytest.mark.parametrize(
    ("status", "body", "detail"),
    [
        (
            403,
            PAGE,
            (
                "this is forbidden by Docker or a proxy before it "
                "(it said: “403 Forbidden Request forbidden by administrative rules.”)"
            ),
        ),
        (
            403,
            '{"message": "authorization denied by plugin opa: no"}',
            (
                "this is forbidden by Docker or a proxy before it "
                "(it said: “authorization denied by plugin opa: no”)"
            ),
        ),
        (401, "", "this is forbidden by Docker or a proxy before it"),
        (500, "", "Docker or a proxy before it answered with HTTP 500 and gave no reason"),
        (
            500,
            '{"message": ""}',
            "Docker or a proxy before it answered with HTTP 500 and gave no reason",
        ),
        (
            500,
            '{"message": null}',
            "Docker or a proxy before it answered with HTTP 500 and gave no reason",
        ),
        (500, "[]", "Docker or a proxy before it answered with HTTP 500 and gave no reason"),
        (
            502,
            "<center><h1>502 Bad Gateway</h1></center>",
            "Docker or a proxy before it answered with HTTP 502 (it said: “502 Bad Gateway”)",
        ),
        (500, '{"message": "No space left on device"}', "the disk is full"),
        (500, '{"cause": "a", "error": "b"}', "a"),
        (500, '"just text"', "just text"),
        (404, "page not found\n", "this Docker does not know the request"),
        (
            400,
            "Client sent an HTTP request to an HTTPS server.\n",
            "Docker wants an encrypted connection there (DOCKER_TLS_VERIFY)",
        ),
    ],
)
def test_an_answer_is_told_without_its_markup(status: int, body: str, detail: str) -> None:
    assert judge_answer(status, body).detail == detail


_answers = st.one_of(
    st.text(),
    st.lists(
        st.sampled_from(["<h1>", "</h1>", "<", ">", "a", "<script>x</script>", "&lt;b&gt;"])
    ).map("".join),
    st.recursive(
        st.none() | st.integers() | st.text(),
        lambda inner: (
            st.lists(inner) | st.dictionaries(st.sampled_from(["message", "error"]), inner)
        ),
        max_leaves=4,
    ).map(json.dumps),
)


@given(st.sampled_from([400, 401, 403, 404, 409, 500, 503, 599]), _answers)
def test_any_answer_becomes_one_line(status: int, body: str) -> None:
    detail = judge_answer(status, body).detail

    assert detail.strip()
    assert len(detail.splitlines()) == 1
    assert "</" not in detail


def test_a_page_with_a_title_only_is_its_title() -> None:
    assert strip_page("<html><head><title>Bad gateway</title></head></html>") == "Bad gateway"


def test_a_line_has_no_signs_that_cannot_be_shown() -> None:
    assert first_line("\x1b[31m\u202eno\x00 way\n") == "[31mno way"
