"""Which container AceDesk runs in is read from what Docker and Podman leave in it."""

import pathlib

import pytest

from acedesk.containers.own_container import is_in_container, own_ids

ID = "ab" * 32
OTHER = "cd" * 32
MOUNTS = (
    f"700 690 8:1 /var/lib/docker/containers/{ID}/resolv.conf /etc/resolv.conf rw - ext4 a rw\n"
    f"701 690 8:1 /var/lib/docker/containers/{ID}/hostname /etc/hostname rw - ext4 /dev/a rw\n"
    f"702 690 8:1 /srv/{OTHER}/hostname /data rw - ext4 /dev/a rw\n"
)
PODMAN_MOUNTS = f"700 690 0:25 /overlay-containers/{ID}/userdata/hostname /etc/hostname rw"


def write(root: pathlib.Path, path: str, text: str = "") -> None:
    place = root / path
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_text(text, "utf-8")


def test_a_computer_is_no_container_even_if_it_runs_some(tmp_path: pathlib.Path) -> None:
    write(tmp_path, "proc/self/mountinfo", MOUNTS)

    assert not is_in_container(tmp_path)
    assert own_ids(tmp_path) == ()


@pytest.mark.parametrize("marker", [".dockerenv", "run/.containerenv"])
@pytest.mark.parametrize(
    ("path", "text", "ids"),
    [
        ("proc/self/mountinfo", MOUNTS, (ID,)),
        ("proc/self/mountinfo", PODMAN_MOUNTS, (ID,)),
        ("proc/self/cgroup", f"12:pids:/docker/{ID}\n0::/\n", (ID,)),
        ("proc/self/cgroup", f"0::/machine.slice/libpod-{ID}.scope\n", (ID,)),
        ("proc/self/cgroup", "0::/\n", ()),
        ("etc/hostname", f"{ID[:12]}\n", (ID[:12],)),
        ("etc/hostname", "media-box\n", ()),
    ],
)
def test_the_own_id_is_found_in_several_places(
    tmp_path: pathlib.Path, marker: str, path: str, text: str, ids: tuple[str, ...]
) -> None:
    write(tmp_path, marker)
    write(tmp_path, path, text)

    assert is_in_container(tmp_path)
    assert own_ids(tmp_path) == ids


def test_the_surest_comes_first(tmp_path: pathlib.Path) -> None:
    write(tmp_path, ".dockerenv")
    write(tmp_path, "proc/self/mountinfo", MOUNTS)
    write(tmp_path, "etc/hostname", OTHER[:12])

    assert own_ids(tmp_path) == (ID, OTHER[:12])
