"""Four processes, started once; tests with fewer send nobody to the others."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator

import pytest

from processes.cluster import Cluster, opened
from processes.people import Ward
from servers.postgres import Postgres
from servers.s3 import S3
from servers.valkey import Valkey

MOST = 4


@pytest.fixture(scope="session")
def cluster(
    tmp_path_factory: pytest.TempPathFactory, postgres: Postgres, postgres_template: str, s3: S3, valkey: Valkey
) -> Iterator[Cluster]:
    cluster = opened(tmp_path_factory.mktemp("cluster"), postgres, postgres_template, s3, valkey)
    try:
        cluster.start(MOST)
        yield cluster
    finally:
        cluster.close()


@pytest.fixture(params=[2, MOST], ids=["two", "four"])
async def ward(request: pytest.FixtureRequest, cluster: Cluster) -> AsyncIterator[Ward]:
    """People of one hospital before two processes, and before four."""
    async for one in _ward(cluster, request.param):
        yield one


@pytest.fixture
async def big_ward(cluster: Cluster) -> AsyncIterator[Ward]:
    """Before four."""
    async for one in _ward(cluster, MOST):
        yield one


async def _ward(cluster: Cluster, count: int) -> AsyncIterator[Ward]:
    desk = cluster.desk()
    ward = await Ward.of(desk, cluster.processes[:count])
    yield ward
    await ward.close()
    await desk.database.close()
    desk.codes.close()
    assert all(one.runs for one in cluster.processes), [one.log.read_text()[-2000:] for one in cluster.processes]
