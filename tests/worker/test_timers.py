"""Each job that runs seldom has its own timer."""

from __future__ import annotations

from collections import Counter

import pytest

from osm.base.transaction import WHOLE
from osm.jobs.lanes import JOBS, NETWORKS, Job


@pytest.fixture
def done():
    return Counter()


def test_two_jobs_whose_functions_have_one_name_do_not_share_it(app, now, done):
    def of(name):
        def take_up(_now, _pace):
            done[name] += 1
            return 1

        return take_up

    jobs = [Job(name, name, NETWORKS, of(name), seldom=True) for name in ("a", "b")]
    with app.app_context():
        for job in [*jobs, *jobs]:
            job.run_if_due(now, WHOLE)
    assert done == {"a": 1, "b": 1}


def test_names_of_jobs_are_their_own():
    assert max(Counter(job.name for job in JOBS).values()) == 1
