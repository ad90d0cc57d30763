"""One laboratory with its name server and registrar, put back in order before every test."""

import sys
import time
import unittest
from dataclasses import dataclass

import lab
from lab import SERVERS, Lab
from registrar import Mode, Registrar
from zone import NameServer, Zone


@dataclass(frozen=True)
class Measured:
    """What every test prints: what was broken, what was seen, how long it took, what is allowed."""

    fault: str
    seen: str
    took_s: float | None
    bound_s: float

    def __str__(self):
        took = f"not within {self.bound_s:g} s" if self.took_s is None else f"{self.took_s:.3f} s"
        return f"fault: {self.fault} | seen: {self.seen} | time: {took} | bound: {self.bound_s:g} s"


class Stage:
    def __init__(self, zone=None):
        self.lab = Lab()
        self.zone = zone or Zone()
        self.dns = NameServer(self.lab, self.zone)
        self.registrar = Registrar()
        self._users = 0

    def reset(self, zone=None, grant_s=3600):
        """Everything alive, a zone published, nothing remembered but the numbers of users."""
        self.lab.heal_all()
        self.registrar.revive(*SERVERS)
        self.registrar.grant_s = grant_s
        if not self.dns.process.is_running():
            self.dns.start()
        zone = zone or Zone()
        if zone != self.zone:
            self.zone = zone
            self.dns.publish(zone)

    def next_user(self):
        """A user of its own for every phone: what an earlier one still sends is told apart."""
        self._users += 1
        return f"user{self._users}"

    def close(self):
        self.registrar.close()
        self.lab.close()

    # --- ways for servers to fail, by the words the tables use ------------------------------------

    def fail(self, how, *names):
        """Breaks servers; returns the moment before. `how` is a key of FAULTS."""
        return FAULTS[how](self, names)

    def addresses(self, names):
        return [SERVERS[name] for name in names]


FAULTS = {
    "black hole": lambda stage, names: stage.lab.black_hole(*stage.addresses(names)),
    "port closed, FIN": lambda stage, names: stage.registrar.kill(*names, ending="FIN"),
    "port closed, RST": lambda stage, names: stage.registrar.kill(*names, ending="RST"),
    "silent process": lambda stage, names: stage.registrar.set_mode(Mode.SILENT, *names),
    "503": lambda stage, names: stage.registrar.set_mode(Mode.UNAVAILABLE, *names),
    "503, Retry-After 5": lambda stage, names: stage.registrar.set_mode(
        Mode.UNAVAILABLE, *names, retry_after=5
    ),
}


def took(registrar, user, since, limit_s, server=None):
    """(server, seconds) of the first accepted REGISTER since a moment; (None, None) at the limit."""
    try:
        entry = registrar.wait_registered(user, since, limit_s, server)
    except TimeoutError:
        return None, None
    return entry.server, entry.at - since


def now():
    return time.monotonic()


def run_share(case, wanted):
    """Runs this part's share of the tests of a case, those whose name holds a wanted word if any
    are given; returns the exit code."""
    names = unittest.defaultTestLoader.getTestCaseNames(case)
    chosen = [name for name in names if not wanted or any(word in name for word in wanted)]
    if not chosen:
        raise SystemExit(f"no test is named like {' or '.join(wanted)}")
    suite = unittest.TestSuite(case(name) for name in lab.share(chosen))
    result = unittest.TextTestRunner(stream=sys.stdout, verbosity=1, warnings="ignore").run(suite)
    return 0 if result.wasSuccessful() else 1
