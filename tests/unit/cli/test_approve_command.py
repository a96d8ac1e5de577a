"""What `outlookd approve` does with jobs of which no plan can be made, and what it says."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from outlookd.cli.approve import _not_found, seek
from outlookd.errors import OutlookdError, SignInNeeded, Unreachable
from outlookd.sync.job import silent

ALICE, BORIS, CLAIRE = (SimpleNamespace(user=user, type="contact") for user in ("alice", "boris", "claire"))
SIGN_IN = SignInNeeded("alice must sign in again", user="alice")


class Answers:
    """An app in which one mailbox cannot be read and another job holds `name`."""

    async def approve(self, job, name, *, progress):
        progress("outlook", 0, None)
        if job is ALICE:
            raise SIGN_IN
        return job is CLAIRE and name == "held"


async def test_somebody_elses_mailbox_keeps_nobody_from_approving():
    search = await seek(Answers(), [ALICE, BORIS, CLAIRE], "held", lambda _: silent)
    assert (search.released, search.troubles) == ([CLAIRE], [(ALICE, SIGN_IN)])


async def test_each_job_shows_how_far_it_is():
    seen = []
    await seek(Answers(), [BORIS, CLAIRE], "held", lambda name: lambda stage, *_: seen.append((name, stage)))
    assert seen == [("boris contact", "outlook"), ("claire contact", "outlook")]


@pytest.mark.parametrize(
    ("troubles", "status"),
    [
        ([(ALICE, SIGN_IN)], 4),
        ([(BORIS, Unreachable("Graph does not answer", service="graph"))], 75),
    ],
)
def test_a_hash_that_was_not_found_names_the_jobs_that_could_not_be_looked_at(troubles, status, capsys):
    assert _not_found("abc", troubles) == status
    said = capsys.readouterr().err
    assert said.startswith(f"{troubles[0][0].user}, contact: ")
    assert said.endswith("Nothing is held under abc elsewhere; 1 job could not be looked at.\n")


def test_a_hash_that_nothing_is_held_under_is_an_error():
    with pytest.raises(OutlookdError, match="Nothing is held under abc now"):
        _not_found("abc", [])
