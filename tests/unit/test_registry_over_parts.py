"""A report counted in parts, by processes or on a cluster is the report, to the last byte."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from holdfast.errors import ExtraMissingError, InputError
from holdfast.registry.report.over_parts import report_over_parts
from holdfast.registry.report.report import report_of
from holdfast.registry.sets import checked, opened, part_of
from tests.gates.repository import ROOT

SITES = [ROOT / "docs" / "examples" / "registry" / name for name in ("north", "south", "west")]


@pytest.fixture(scope="module")
def whole() -> str:
    """Of everything at once, in memory."""
    return json.dumps(report_of(opened(SITES)).as_dict())


@pytest.mark.story("HF-REG-150")
@pytest.mark.parametrize(("processes", "parts"), [(1, None), (1, 7), (2, None)])
def test_parts_and_processes_change_no_byte(whole: str, processes: int, parts: int | None) -> None:
    assert len(whole) > 10_000
    assert json.dumps(report_over_parts(SITES, processes=processes, parts=parts).as_dict()) == whole


@pytest.mark.story("HF-REG-150")
def test_a_part_that_is_lost_is_seen() -> None:
    """The companion: were a part left out, the report would be another."""
    manifests = checked(SITES)
    parts = [part_of(SITES, manifests, place, 4) for place in range(4)]
    assert sum(part.n for part in parts) == opened(SITES).n
    assert report_of(*parts[1:]).as_dict() != report_of(*parts).as_dict()


def test_parts_there_are_not_are_refused() -> None:
    manifests = checked(SITES[:1])
    for part, parts in ((2, 2), (-1, 2), (0, 0), (0, 70_000)):
        with pytest.raises(InputError, match=f"part {part} of {parts} is none"):
            part_of(SITES[:1], manifests, part, parts)
    with pytest.raises(InputError, match="0 processes do nothing"):
        report_over_parts(SITES, processes=0)


def test_ray_that_is_not_installed_is_named_with_its_command(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "ray", None)
    with pytest.raises(ExtraMissingError, match=r"pip install 'holdfast\[ray\]'"):
        report_over_parts(SITES[:1], ray=True)


@pytest.mark.story("HF-REG-151")
def test_a_cluster_of_two_workers_reads_the_same_files_and_tells_the_same(whole: str, tmp_path: Path) -> None:
    ray = pytest.importorskip("ray", reason="Ray is an optional extra: pip install 'holdfast[ray]'")
    from ray.cluster_utils import Cluster

    cluster = Cluster(initialize_head=True, head_node_args={"num_cpus": 0})
    try:
        for _ in range(2):
            cluster.add_node(num_cpus=1)
        ray.init(address=cluster.address, log_to_driver=False)
        assert len([node for node in ray.nodes() if node["Resources"].get("CPU")]) == 2
        assert json.dumps(report_over_parts(SITES, ray=True).as_dict()) == whole
    finally:
        ray.shutdown()
        cluster.shutdown()
