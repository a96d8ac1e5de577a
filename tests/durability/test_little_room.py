"""A small disk that is nearly full, under the installed command: it refuses before it writes to anybody, and goes on when there is room."""

from __future__ import annotations

import asyncio
import shutil
import subprocess
from functools import cache

import pytest
from busy_days import ContactDay
from trial import COMMAND, Passage
from warm_calls import plain_environment

MOUNT = 'mount -t tmpfs -o size=48m none "$1"'

STORY = f"""
{MOUNT}
mv "$2" "$1/state.db"
head -c 40m /dev/zero > "$1/ballast"
"$3" sync --config "$4"; echo "synchronised: $?"
mv "$1/state.db" "$2"
"""
"""What happens in a namespace of its own, where anybody may mount: the disk is gone with its last process."""


@cache
def why_not() -> str:
    """Why no small disk can be mounted here; empty: it can."""
    if shutil.which("unshare") is None:
        return "unshare is not installed"
    order = ["unshare", "-rm", "sh", "-c", MOUNT, "sh", "/mnt"]
    tried = subprocess.run(order, capture_output=True, text=True, check=False)
    return f"no file system can be mounted here ({tried.stderr.strip()})" if tried.returncode else ""


async def pass_on(_number, _body, forward):
    return await forward()


async def test_too_little_room_stops_a_run_before_it_writes_to_a_side_and_with_more_it_goes_on(tmp_path):
    if reason := await asyncio.to_thread(why_not):
        pytest.skip(reason)
    disk = tmp_path / "disk"
    disk.mkdir()
    async with ContactDay.ready(tmp_path) as day, Passage().open(day) as passage:
        day.edit(str(day.state), str(disk / "state.db"))
        day.disturb()
        passage.intervene = pass_on
        order = ["unshare", "-rm", "sh", "-c", STORY, "sh", disk, day.state, COMMAND, day.config]
        pipe = asyncio.subprocess.PIPE
        story = await asyncio.create_subprocess_exec(*order, stdout=pipe, env=plain_environment())
        refused, _ = await story.communicate()
        assert b"less than 16 MiB are left" in refused
        assert b"Free some space" in refused
        assert refused.endswith(b"synchronised: 75\n")
        assert passage.writes == 0
        day.edit(str(disk / "state.db"), str(day.state))
        assert (await day.call("sync")).status == 0
        await day.assert_whole()
        await day.assert_settled()
