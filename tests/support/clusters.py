"""Clusters of a test's own, on the loopback interface: Ray with two processors, and Spark; or why there is none."""

from __future__ import annotations

import importlib.util
import os
import re
import secrets
import shutil
import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.test_documentation import DOCS, Page, blocks, prepare

__all__ = ["ray_cluster", "run_section", "spark_session", "why_no_ray", "why_no_spark"]

ROOT = Path(__file__).resolve().parents[2]
CPUS = 2


def why_no_ray() -> str | None:
    """Say why Ray cannot be tested here."""
    if importlib.util.find_spec("ray") is None:
        return "Ray is not installed (pip install mimekit[ray]): engine='ray' was not tested"
    return None


def why_no_spark() -> str | None:
    """Say why Spark cannot be tested here."""
    if importlib.util.find_spec("pyspark") is None:
        return "pyspark is not installed (pip install mimekit[spark]): render_batch under Spark was not tested"
    if shutil.which("java") is None:
        return "there is no Java, which Spark needs: render_batch under Spark was not tested"
    return None


@contextmanager
def ray_cluster(folder: Path) -> Iterator[Any]:
    """Run a Ray cluster that no other machine reaches, and that leaves nothing in anybody's home."""
    token = folder / "token"
    token.touch(mode=0o600)
    token.write_text(secrets.token_hex(32), encoding="ascii")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("RAY_USAGE_STATS_ENABLED", "0")
        patch.setenv("RAY_AUTH_TOKEN_PATH", str(token))
        patch.setenv("RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER", "0")  # as there: bind to 127.0.0.1, not to every address
        patch.delenv("RAY_ADDRESS", raising=False)
        patch.setenv("PYTHONPATH", os.pathsep.join([str(ROOT), *os.environ.get("PYTHONPATH", "").split(os.pathsep)]))
        import ray

        ray.init(num_cpus=CPUS, include_dashboard=False, log_to_driver=False)
        try:
            assert [node["NodeManagerAddress"] for node in ray.nodes()] == ["127.0.0.1"]
            with warnings.catch_warnings(action="ignore"):
                ray.data.range(1).take_all()  # its log takes the standard error of now, not that of a page
            yield ray
        finally:
            ray.shutdown()


@contextmanager
def spark_session() -> Iterator[Any]:
    """Run Spark in a JVM of its own, with two threads."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SPARK_LOCAL_IP", "127.0.0.1")
        patch.setenv("PYSPARK_PYTHON", sys.executable)
        patch.setenv("PYTHONPATH", str(ROOT))
        from pyspark.sql import SparkSession

        builder = SparkSession.builder.master(f"local[{CPUS}]").config("spark.ui.enabled", "false")
        builder = builder.config("spark.driver.host", "127.0.0.1").config("spark.driver.bindAddress", "127.0.0.1")
        session = builder.config("spark.log.level", "ERROR").getOrCreate()
        try:
            yield session
        finally:
            session.stop()


def run_section(name: str) -> None:
    """Run a section of the page on clusters, blocks too that are not run with the other pages, in this directory."""
    text = (DOCS / "how-to" / "bulk-cluster.md").read_text(encoding="utf-8")
    prepare(text)
    before, *sections = re.split(r"(?m)^(?=## )", text)
    chosen = [one for one in sections if one.startswith((f"## {name}\n", "## What makes"))]
    assert len(chosen) == 2
    page = Page(f"bulk-cluster.md, {name}")
    for block in blocks("".join([before, *chosen])):
        page.run(block._replace(note="") if block.note == "not run" else block)
