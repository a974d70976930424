"""The time of a lane when the machine's clock steps: never back, never hours lost."""

import numpy as np
from lane_city import MICRO, T0

from chengyun.app.stream.telling_time import LaneClock
from chengyun.kernel.instants import Instant
from chengyun.kernel.limits import CLOCK_HEARD_S, MAX_CLOCK_STEP_S

HOUR = 3_600


class Machine:
    """A clock that is set by hand beside one that is not, in seconds."""

    def __init__(self, newest=0):
        self.passed, self.ahead = 0.0, 0.0
        self.lane = LaneClock(self, T0 + newest * MICRO, lambda: self.passed)

    def now(self):
        return Instant(T0 + round((self.passed + self.ahead) * MICRO))

    def after(self, seconds, *, ahead=None, sent=None):
        """Let time pass second by second; ``sent``: how far senders are ahead of true time."""
        self.ahead = self.ahead if ahead is None else ahead
        before = self.lane.now()
        for _ in range(seconds):
            self.passed += 1
            now = self.lane.now()
            assert now >= before, "never back"
            before = now
            if sent is not None:
                self.lane.heard([np.array([T0 + round((self.passed + sent) * MICRO)])])
        return (before - T0) / MICRO

    @property
    def state(self):
        return self.lane.view.state


def test_small_corrections_are_followed():
    machine = Machine()
    assert machine.after(10) == 10
    assert machine.after(10, ahead=MAX_CLOCK_STEP_S - 1) == 29
    assert machine.after(4, ahead=0) < 34, "half as fast, until the clock has caught up"
    assert machine.after(30) == 54
    assert machine.state == "follows"


def test_a_clock_hours_ahead_and_back_costs_nothing():
    machine = Machine()
    machine.after(10, sent=0)
    assert machine.after(600, ahead=5 * HOUR, sent=0) == 610
    assert machine.lane.view.state == "doubts"
    assert machine.lane.view.off_s == 5 * HOUR
    assert machine.after(10, ahead=0, sent=0) == 620
    assert (machine.state, machine.lane.view.off_s) == ("follows", 0)


def test_a_clock_that_was_wrong_and_is_set_right_is_taken_when_the_senders_agree():
    machine = Machine()
    machine.after(10, sent=HOUR)
    machine.after(int(CLOCK_HEARD_S) - 2, ahead=HOUR, sent=HOUR)
    assert machine.state == "doubts"
    assert machine.after(5, sent=HOUR) == 10 + CLOCK_HEARD_S + 3 + HOUR
    assert machine.state == "follows"


def test_nobody_is_no_evidence():
    machine = Machine()
    machine.after(10)
    assert machine.after(4 * int(CLOCK_HEARD_S), ahead=HOUR) == 10 + 4 * CLOCK_HEARD_S
    assert machine.state == "doubts"


def test_a_lane_that_is_ahead_waits_little_longer_than_it_is_ahead():
    machine = Machine(newest=HOUR)
    assert machine.state == "doubts"
    machine.after(int(CLOCK_HEARD_S) + 1, sent=0)
    assert machine.state == "waits"
    caught_up = machine.after(round(HOUR * 1.12), sent=0)
    assert machine.state == "follows"
    assert caught_up == machine.passed


def test_a_clock_put_back_by_mistake_is_not_followed():
    machine = Machine()
    machine.after(10, sent=0)
    assert machine.after(600, ahead=-HOUR, sent=0) == 610
    assert machine.state == "doubts"


def test_time_goes_on_while_the_machine_sleeps():
    machine = Machine()
    machine.after(10)
    machine.passed += 8 * HOUR
    assert machine.lane.now() == T0 + (10 + 8 * HOUR) * MICRO
    assert machine.state == "follows"
