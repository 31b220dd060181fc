"""Services of Swarm: what is asked for, and what is read from what it tells."""

from typing import Any

import pytest

from acedesk.containers.image_command import ImageCommand
from acedesk.engines.backends.swarm_services import (
    SwarmService,
    endpoint_spec,
    read_services,
    task_template,
)
from acedesk.engines.definitions.definition import EngineDefinition

FULL = EngineDefinition(
    image="a/b:1",
    environment={"A": "b"},
    port=7000,
    memory=64,
    cpus=1.5,
    tmpfs={"/x": "noexec,rw,size=4k", "/y": "rw,mode=0755,uid=7,gid=7,size=2m", "/z": "rw"},
)


def service(**spec: Any) -> dict[str, Any]:
    task = {"ContainerSpec": {"Image": "a/b:1@sha256:00"}}
    usual = {"Name": "one", "Labels": {"k": "v"}, "TaskTemplate": task}
    return {"ID": "s1", "Version": {"Index": 7}, "Spec": usual | spec}


def job(
    state: str = "running", *, node: str = "n1", at: str = "1", port: int = 30_001, err: str = ""
) -> dict[str, Any]:
    ports = {"Ports": [{"PublishedPort": port}]} if port else {}
    status = {"State": state, "PortStatus": ports, "Timestamp": "2026-03-01T12:00:00Z", "Err": err}
    wanted = {"ServiceID": "s1", "NodeID": node, "CreatedAt": at, "DesiredState": "running"}
    return {**wanted, "Status": status}


def node(number: str = "n1", addr: str = "10.0.0.2", state: str = "ready") -> dict[str, Any]:
    description = {"Hostname": f"host-{number}"}
    return {"ID": number, "Description": description, "Status": {"State": state, "Addr": addr}}


def read(
    *jobs: dict[str, Any], nodes: tuple[dict[str, Any], ...] = (node(),), **spec: Any
) -> SwarmService:
    (found,) = read_services([service(**spec)], jobs, nodes, "manager")
    return found


def test_a_definition_becomes_a_task() -> None:
    made = task_template(FULL, {"k": "v"}, ImageCommand(command=("--usual", "--x")))

    container = made["ContainerSpec"]
    assert (container["Image"], container["Env"]) == ("a/b:1", ["A=b"])
    assert (container["Args"], container.get("Command")) == (["--usual", "--x"], None)
    assert made["Resources"] == {"Limits": {"MemoryBytes": 64, "NanoCPUs": 1_500_000_000}}
    assert [mount["TmpfsOptions"] for mount in container["Mounts"]] == [
        {"SizeBytes": 4096},
        {"SizeBytes": 2 * 1024 * 1024, "Mode": 0o1777},
        {},
    ]


def test_an_entrypoint_of_its_own_is_named_and_nothing_else_is_limited() -> None:
    plain = EngineDefinition(image="a/b", port=1)

    made = task_template(plain, {}, ImageCommand(entrypoint=("sh", "-c", "x")))

    assert made["ContainerSpec"]["Command"] == ["sh", "-c", "x"]
    assert made["Resources"] == {"Limits": {}}


def test_the_port_is_published_on_the_node() -> None:
    (port,) = endpoint_spec(7000)["Ports"]

    assert (port["TargetPort"], port["PublishMode"]) == (7000, "host")


def test_a_service_is_where_its_task_runs() -> None:
    found = read(job())

    assert (found.address, found.node) == (("10.0.0.2", 30_001), "host-n1")
    assert (found.id, found.name, found.image, found.version) == ("s1", "one", "a/b:1", 7)
    assert found.labels == {"k": "v"}
    assert found.started_time is not None


def test_of_several_tasks_the_newest_that_runs_counts() -> None:
    found = read(job("shutdown", at="3"), job(at="2", port=30_002), job(at="1"))

    assert found.address == ("10.0.0.2", 30_002)


@pytest.mark.parametrize(
    "jobs",
    [(), (job("preparing"),), (job(port=0),), (job(node="gone"),), ({**job(), "Status": None},)],
)
def test_a_service_without_a_running_task_is_nowhere(jobs: tuple[dict[str, Any], ...]) -> None:
    assert read(*jobs).address is None


def test_a_task_on_a_node_that_is_down_does_not_run() -> None:
    assert read(job(), nodes=(node(state="down"),)).address is None


@pytest.mark.parametrize("addr", ["", "0.0.0.0"])
def test_a_node_that_names_no_address_is_the_manager(addr: str) -> None:
    assert read(job(), nodes=(node(addr=addr),)).address == ("manager", 30_001)


def test_failures_are_counted_and_the_last_is_told() -> None:
    found = read(job("rejected", at="1", err="no such image"), job("failed", at="2", err="exit 3"))

    assert (found.failures, found.error) == (2, "exit 3")


def test_what_swarm_leaves_out_is_empty() -> None:
    (found,) = read_services([{}], [], [], "manager")

    assert found == SwarmService(id="", name="", image="", labels={})
