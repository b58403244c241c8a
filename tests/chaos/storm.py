"""What goes wrong, and when: a schedule made from the seed before anything starts, so that a seed replays it; and the
named fault points, one or two of which each life of a dialer gets, drawn from the same seed.
"""
import collections
import dataclasses
import random
import re
import signal
import time

from stack import ROOT, Failed

FREEZE_S = 2  # the shortest one


def fault_points():
    """The names in call-dialer's own sources; recordings are not made here, and have their own tests."""
    sources = "".join(s.read_text(encoding="utf-8") for s in (ROOT / "services/call-dialer").glob("*.c"))
    return sorted(n for n in set(re.findall(r'fault_point\("([\w.]+)"\)', sources))
                  if not n.startswith("recording."))


@dataclasses.dataclass(order=True)
class Fault:
    at: float
    kind: str = dataclasses.field(compare=False)
    target: str = dataclasses.field(compare=False, default="")
    seconds: float = dataclasses.field(compare=False, default=0)  # until it is over
    rule: dict = dataclasses.field(compare=False, default=None)  # for the sandbox


CREATE = "twilio.calls.create"
REFUSAL = {"code": 21211, "message": "The phone number you are attempting to call is not valid.", "status": 400}
# The sandbox's faults: weight, rule.
RULES = [
    (4, {"api": CREATE, "kind": "hang"}),
    (4, {"api": CREATE, "kind": "accept_then_hang"}),
    (3, {"api": CREATE, "kind": "accept_then_close"}),
    (4, {"api": CREATE, "kind": "close_after_accept"}),
    (4, {"api": CREATE, "kind": "reset"}),
    (4, {"api": CREATE, "kind": "half_body"}),
    (3, {"api": CREATE, "kind": "garbage"}),
    (3, {"api": CREATE, "kind": "drip", "ms": 100}),
    (2, {"api": CREATE, "kind": "drip", "ms": 1000}),
    (3, {"api": CREATE, "kind": "delay", "ms": 3000}),
    (3, {"api": CREATE, "kind": "delay", "ms": 11000}),
    (4, {"api": CREATE, "kind": "status", "status": 500}),
    (2, {"api": CREATE, "kind": "status", "status": 503}),
    (4, {"api": CREATE, "kind": "status", "status": 429}),
    (2, {"api": CREATE, "kind": "status", "status": 429, "retry_after": 1}),
    (2, {"api": CREATE, "kind": "status", "status": 400, "body": REFUSAL}),
    (2, {"api": "twilio.calls.list", "kind": "status", "status": 500}),
    (1, {"api": "twilio.calls.list", "kind": "hang"}),
    (1, {"api": "twilio.calls.list", "kind": "half_body"}),
    (2, {"api": "twilio.calls.fetch", "kind": "status", "status": 503}),
    (1, {"api": "twilio.calls.fetch", "kind": "hang"}),
    (5, {"api": "callback.status", "kind": "drop"}),
    (4, {"api": "callback.status", "kind": "delay", "ms": 4000}),
    (5, {"api": "callback.status", "kind": "duplicate"}),
    (5, {"api": "callback.status", "kind": "reorder"}),
]


def schedule(seed, seconds, processes, freeze_most):
    """All that will happen within so many seconds, in order."""
    chance = random.Random(f"{seed}/storm")
    faults = []

    def scatter(every, make):
        at = chance.expovariate(1 / every)
        while at < seconds:
            faults.append(dataclasses.replace(make(), at=at))
            at += chance.expovariate(1 / every)

    def rule():
        weights, rules = zip(*RULES)
        return Fault(0, "network", rule={**chance.choices(rules, weights)[0], "times": chance.randint(1, 4)})

    def freeze():
        return Fault(0, "freeze", chance.choice(processes), chance.uniform(FREEZE_S, freeze_most))

    scatter(0.8, rule)
    scatter(4, lambda: Fault(0, "kill", chance.choice(processes), chance.uniform(0.1, 2)))
    scatter(5, freeze)
    scatter(9, lambda: Fault(0, "database_cut"))
    scatter(25, lambda: Fault(0, "database_kill", seconds=chance.uniform(0.1, 8)))
    scatter(30, lambda: Fault(0, "broker_kill", seconds=chance.uniform(0.1, 1)))
    scatter(35, lambda: Fault(0, "broker_freeze", seconds=chance.uniform(1, 6)))
    # However short it is: each of the peers once.
    for kind, part, away in (("database_kill", 0.25, 12), ("broker_kill", 0.6, 1), ("broker_freeze", 0.85, 2)):
        faults.append(Fault(seconds * part, kind, seconds=away))
    return sorted(faults)


class Armory:
    """Which named fault points a dialer gets for its next life: all have their turn, those of the few setups first."""

    ACTIONS = ("kill", "kill", "stop", "sleep:700", "sleep:2500")

    def __init__(self, seed, names):
        self.random = random.Random(f"{seed}/points")
        self.rare = [name for name in names if name.startswith("provision.")]
        self.names = [name for name in names if name not in self.rare]
        self.turns = list(self.rare)

    def arm(self, name, most):
        return f"{name}={self.random.choice(self.ACTIONS)}@{self.random.randint(1, most)}"

    def next(self):
        if not self.turns:
            self.turns = self.random.sample(self.rare + self.names, len(self.rare + self.names))
        turn = self.turns.pop(0)
        return ",".join((self.arm(turn, 1 if turn in self.rare else 12), self.arm(self.random.choice(self.names), 60)))


class Storm:
    """Lets the schedule happen, and sees to it that who was harmed comes back."""

    def __init__(self, stack, seed, seconds, freeze_most, names):
        self.stack, self.armory, self.seconds, self.freeze_most = stack, Armory(seed, names), seconds, freeze_most
        self.random = random.Random(f"{seed}/wake")
        self.faults = schedule(seed, seconds, [p.name for p in stack.services], freeze_most)
        self.by_name = {p.name: p for p in stack.services}
        self.injected, self.repairs, self.calmed = collections.Counter(), [], False
        self.began = None

    def start(self):
        self.began = time.monotonic()

    def over(self):
        return not self.faults and time.monotonic() - self.began > self.seconds

    def tick(self):
        """Call it often, from the main thread."""
        now = time.monotonic()
        while self.faults and self.began + self.faults[0].at <= now:
            self.inject(self.faults.pop(0), now)
        for due, repair in list(self.repairs):
            if due <= now:
                self.repairs.remove((due, repair))
                repair()
        self.look_after(now)

    def inject(self, f, now):
        getattr(self, f.kind)(f, now)

    def network(self, f, _now):
        try:
            self.stack.telephone("POST", "/sandbox/faults", f.rule)
        except Failed:  # a hundred are waiting: enough
            return
        what = f.rule["kind"] + (f" {f.rule['status']}" if "status" in f.rule else "")
        self.injected[f"{f.rule['api']}: {what}"] += 1

    def kill(self, f, now):
        p = self.by_name[f.target]
        if p.child.poll() is None:
            p.kill()
            p.back_at = now + f.seconds
            self.injected[f"kill {p.program}"] += 1

    def freeze(self, f, now):
        p = self.by_name[f.target]
        if p.child.poll() is None and not p.wake_at:
            p.signal(signal.SIGSTOP)
            p.wake_at = now + f.seconds
            self.injected[f"freeze {p.program}"] += 1

    def busy(self, what):
        return any(repair.__name__.startswith(what) for _, repair in self.repairs)

    def database_cut(self, _f, _now):
        if not self.busy("database"):
            self.stack.sql("select pg_terminate_backend(pid) from pg_stat_activity where pid <> pg_backend_pid() "
                           "and backend_type = 'client backend'")
            self.injected["database: connections cut"] += 1

    def database_kill(self, f, now):
        if self.busy("database"):
            return
        self.stack.postgres_kill()

        def database_back():
            self.stack.postgres_start()
        self.repairs.append((now + f.seconds, database_back))
        self.injected["database: immediate stop"] += 1

    def broker_kill(self, f, now):
        if self.busy("broker"):
            return
        self.stack.rabbitmq_kill()

        def broker_back():
            self.stack.rabbitmq_start()

        def broker_up():
            pass
        self.repairs += [(now + f.seconds, broker_back), (now + f.seconds + 10, broker_up)]  # it takes its time
        self.injected["broker: kill -9"] += 1

    def broker_freeze(self, f, now):
        if self.busy("broker"):
            return
        self.stack.rabbitmq_signal("STOP")

        def broker_wakes():
            self.stack.rabbitmq_signal("CONT")
        self.repairs.append((now + f.seconds, broker_wakes))
        self.injected["broker: frozen"] += 1

    def look_after(self, now):
        for p in self.stack.services:
            if p.ended():
                p.back_at = p.back_at or now + 0.2
                if now >= p.back_at:
                    p.start(self.arms(p))
            elif p.wake_at:
                if now >= p.wake_at:
                    p.wake_at = None
                    p.signal(signal.SIGCONT)
            elif p in self.stack.dialers and p.stopped():  # by a fault point
                p.wake_at = now + self.random.uniform(FREEZE_S, self.freeze_most)

    def arms(self, p):
        """For its next life. In the calm only what nobody has met yet."""
        if p not in self.stack.dialers:
            return ""
        if not self.calmed:
            return self.armory.next()
        hit = self.points_hit()
        return ",".join(f"{name}=kill" for name in (*self.armory.names, *self.armory.rare) if not hit[name])

    def calm(self):
        """The end of it: everybody is there again, and only fault points that nobody has met are still armed."""
        self.calmed = True
        self.faults.clear()
        self.stack.telephone("DELETE", "/sandbox/faults")
        for _, repair in self.repairs:
            repair()
        self.repairs.clear()
        self.stack.rabbitmq("mq_await $dir $port")
        for p in self.stack.services:
            p.wake_at = None
            p.signal(signal.SIGCONT)
        for p in self.stack.services:
            p.ended()  # notes who has ended oddly
            p.kill()
            p.child.wait()
        for p in self.stack.services:
            p.start(self.arms(p))

    def points_hit(self):
        """Fault points that were reached, by their own word in the logs."""
        hit = collections.Counter()
        for p in self.stack.dialers:
            for name in re.findall(r'"fault\.fired".*?"point":"([\w.]+)"',
                                   p.log.read_text(encoding="utf-8", errors="replace")):
                hit[name] += 1
        return hit
