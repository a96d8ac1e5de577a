"""An event loop without sockets, threads and waiting: what is due next is due now.

Time is a number that jumps to the next timer whenever nothing is ready, so a `Retry-After` of an hour takes no time and the same
history takes the same steps. It knows nothing of outlookd. What is given to a thread (the store's work) runs at once, in order; `Mortality`
may kill the process that the loop stands for at any such moment.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

from outlookd.testing import Crash


class Standstill(RuntimeError):
    """Everybody waits for somebody else, for ever."""


class Mortality:
    """When the simulated process dies: at its n-th moment from `arm` on. A moment is a transaction, or a request that leaves.

    From then on it can do nothing more, whatever its ``finally`` blocks try: everything that would be seen outside raises Crash.
    `survives` tells whether the fatal moment itself still has its effect, as a request that is on its way has.
    """

    def __init__(self) -> None:
        self.moments = 0
        self.is_dead = False
        self.on_death: Callable[[], object] = lambda: None
        self._fatal = 0
        self._survives = False

    def arm(self, moment: int, *, survives: bool, on_death: Callable[[], object]) -> None:
        """Die at that moment from now, counted from 1."""
        self.moments, self._fatal, self._survives, self.on_death = 0, moment, survives, on_death

    def disarm(self) -> None:
        """Live, or live again: it is the next process then."""
        self._fatal, self.is_dead = 0, False

    def pass_moment(self) -> bool:
        """One more moment went by. Returns whether what happens in it has its effect."""
        if self.is_dead:
            return False
        self.moments += 1
        if self.moments != self._fatal:
            return True
        self.is_dead = True
        self.on_death()
        return self._survives


class Errands:
    """What happens while outlookd is at work: at the n-th request from `plan` on, just before it arrives."""

    def __init__(self) -> None:
        self._due: dict[int, Callable[[bytes], object]] = {}
        self._passed = 0

    def plan(self, errand: Callable[[bytes], object] | None, request: int = 0) -> None:
        """Do this then, once, given what is on its way; None: nothing any more."""
        self._passed = 0
        self._due = {request: errand} if errand is not None else {}

    def pass_request(self, sent: bytes) -> None:
        """One more request leaves."""
        self._passed += 1
        errand = self._due.pop(self._passed, None)
        if errand is not None:
            errand(sent)


class _Leap:
    """What the loop takes for a selector: instead of waiting for sockets it moves the loop's time."""

    def __init__(self, loop: VirtualLoop) -> None:
        self._loop = loop

    def select(self, timeout: float | None) -> list[Any]:
        if timeout is None:
            raise Standstill("nothing is ready and no timer is set")
        self._loop.leap(timeout)
        return []


class VirtualLoop(asyncio.BaseEventLoop):
    """See the module. `mortality` is that of the process whose work runs in "threads", `errands` what others do meanwhile."""

    def __init__(self) -> None:
        super().__init__()
        self.mortality = Mortality()
        self.errands = Errands()
        self._seconds = 0.0
        self._selector = _Leap(self)
        self._clock_resolution = 1e-6  # after months, the next number that a float can tell apart is more than a nanosecond away

    def time(self) -> float:
        """Virtual seconds since the loop was made."""
        return self._seconds

    def leap(self, seconds: float) -> None:
        """Be that much later."""
        self._seconds += max(0.0, seconds)

    def run_in_executor(self, executor: Any, func: Callable[..., Any], *args: Any) -> asyncio.Future[Any]:
        """Run `func` here and now. Raises Crash when the process dies at this moment, or is dead."""
        mortality = self.mortality
        takes_effect = mortality.pass_moment()
        if not takes_effect:
            raise Crash
        future = self.create_future()
        try:
            future.set_result(func(*args))
        except Exception as error:  # noqa: BLE001 (as a real executor: whoever awaits it gets it)
            future.set_exception(error)
        if mortality.is_dead:
            raise Crash
        return future

    def _process_events(self, event_list: list[Any]) -> None:
        """There are none."""

    def _write_to_self(self) -> None:
        """Nobody sleeps who had to be woken."""
