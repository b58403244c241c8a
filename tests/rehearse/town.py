"""A small town: two replicas of every service behind a front, callers who talk, agents who dial, pages that are read."""
import http.client
import itertools
import json
import os
import pathlib
import signal
import subprocess
import sys
import threading
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests/chaos"))

from stack import Failed, Stack, ask, die_with_parent, free_ports  # noqa: E402

PROGRAMS = ("api-gateway", "webhook-ingestor", "ai-pipeline", "call-dialer", "stats-aggregator")
FRONTED = ("api-gateway", "webhook-ingestor", "ai-pipeline")
PASSWORD = "demo-password"
CONTACTS = 400
GONE_S, CALL_S = 60, 240


def say(text=""):
    print(text, flush=True)


class Town(Stack):
    def __init__(self, binaries, tree=ROOT, **settings):
        self.fronts = dict(zip(FRONTED, free_ports(len(FRONTED))))
        url = {name: f"http://127.0.0.1:{port}" for name, port in self.fronts.items()}
        super().__init__(binaries, 1, {
            "API_URL": url["api-gateway"], "PUBLIC_URL": url["webhook-ingestor"], "DIAL_CPS": "20", "SANDBOX_CPS": "50",
            "MEDIA_URL": f"ws://127.0.0.1:{self.fronts['ai-pipeline']}/media",
            "SANDBOX_SPEED": "8", "DRAIN_DELAY_MS": "1000", "RECONCILE_AFTER_S": "20", "RECONCILE_MS": "5000",
            "LINES_RESERVED_INBOUND": "5", **settings})
        self.tree = tree  # whose migrations it starts with
        self.names = {program: itertools.count(2) for program in PROGRAMS}
        self.pools = {p.program: [p] for p in self.services}
        self.front = None

    def new(self, program, binaries=None, **env):
        name = f"{program}-{next(self.names[program])}"
        self.ports[name], ops = free_ports(2)
        p = self.process(name, [ops])
        p.folder = pathlib.Path(binaries) if binaries else p.folder
        p.env.update(env)
        self.services.append(p)
        self.pools[program].append(p)
        self.write_pools()
        return p

    def write_pools(self):
        pools = {self.fronts[program]: [[self.ports[p.name], int(p.env["OPS_PORT"])] for p in self.pools[program]]
                 for program in FRONTED}
        file = self.dir / "pools"
        file.with_suffix(".new").write_text(json.dumps(pools))
        os.replace(file.with_suffix(".new"), file)

    def up(self):
        for program in PROGRAMS:
            self.new(program)
        self.front = subprocess.Popen([sys.executable, str(ROOT / "tests/rehearse/front.py"), str(self.dir / "pools")],
                                      preexec_fn=die_with_parent)
        super().up()
        self.sql((ROOT / "services/api-gateway/demo_data.sql").read_text(encoding="utf-8"))
        self.sql(f"""insert into contacts (id, real_estate_agent_id, name, phone_number, timezone)
            select 'contact-' || n, '0193a000-0000-7000-8000-000000000001', 'Person ' || n, '+1212555' || (1000 + n),
                   case when ahead > 0 then 'Etc/GMT-' || ahead when ahead < 0 then 'Etc/GMT+' || -ahead
                        else 'Etc/GMT' end
            from generate_series(1, {CONTACTS}) n,
                 (select 12 - extract(hour from now() at time zone 'UTC')::int as ahead) clock""")

    def down(self, keep):
        if self.front:
            self.front.kill()
            self.front.wait()
        super().down(keep)

    # ---- one replica after the other ----

    def retire(self, p):
        """SIGTERM, and gone by itself with 0: it has finished what it had in hand."""
        p.expected = True
        p.signal(signal.SIGTERM)
        try:
            code = p.child.wait(GONE_S)
        except subprocess.TimeoutExpired:
            raise Failed(f"{p.name} is still there {GONE_S} s after SIGTERM; see {p.log}")
        if code:
            raise Failed(f"{p.name} ended with {code}; see {p.log}")
        self.pools[p.program].remove(p)
        self.services.remove(p)
        self.write_pools()

    def replace(self, program, binaries=None, **env):
        """As a rolling update does it: a new one, and when it is ready an old one leaves; and so on."""
        for old in self.pools[program][:]:
            self.new(program, binaries, **env).start()
            self.pools[program][-1].await_ready()
            self.retire(old)


class Tally:
    """What was tried, and what went wrong, in words."""

    def __init__(self):
        self.lock = threading.Lock()
        self.requests, self.calls, self.by_turns, self.faults = 0, 0, 0, []

    def add(self, requests=0, calls=0, by_turns=0, fault=None):
        with self.lock:
            self.requests += requests
            self.calls += calls
            self.by_turns += by_turns
            self.faults += [fault] if fault else []

    def __str__(self):
        return (f"{self.requests:6} requests, {self.calls:4} calls, {len(self.faults):3} failed; "
                f"{self.by_turns} calls lost or found no media socket and went on turn by turn")


class Traffic:
    def __init__(self, town, callers=5, dialing=2, readers=2):
        self.town, self.tally, self.stopping = town, Tally(), threading.Event()
        self.ended = [0] * (callers + dialing)  # calls, by who had them
        self.contacts = iter(range(1, CONTACTS + 1))
        self.sids = set()
        self.token = self.login("agent@demo.test")
        self.number = self.approved()
        jobs = [self.rings] * callers + [self.dials] * dialing + [self.reads] * readers
        self.threads = [threading.Thread(target=self.forever, args=(job, n), daemon=True)
                        for n, job in enumerate(jobs)]

    # ---- what people do ----

    def api(self, method, path, body=None, token=None, headers=None):
        status, answer = ask(self.town.fronts["api-gateway"], method, path, body,
                             {"Authorization": "Bearer " + (token or self.token), **(headers or {})}, timeout=30)
        if status >= 400:
            raise Failed(f"{method} {path}: {status} {answer}")
        return answer

    def login(self, email):
        status, answer = ask(self.town.fronts["api-gateway"], "POST", "/auth/login",
                             {"email": email, "password": PASSWORD}, timeout=30)
        if status != 200:
            raise Failed(f"login: {status} {answer}")
        return answer["token"]

    def approved(self):
        asked = self.api("POST", "/agent/voice-agent/request", {})
        self.api("POST", f"/admin/voice-agent-requests/{asked['request_id']}/approve", {}, self.login("admin@demo.test"))
        until = time.monotonic() + 60
        while time.monotonic() < until:
            seen = self.api("GET", "/agent/voice-agent")
            if seen["status"] == "active":
                return seen["phone_number"]
            time.sleep(0.1)
        raise Failed("the voice agent got no number")

    def judge(self, sid, n):
        """To its end, as the telephone network has seen it."""
        self.sids.add(sid)
        call = ask(self.town.ports["sandbox"], "GET", f"/sandbox/calls/{sid}?wait_ms={CALL_S * 1000}",
                   timeout=CALL_S + 10)[1]
        bad = [t for t in call["twiml"] if t["status"] not in (200, 204)]
        lost = [line["text"] for line in call["transcript"] if line["who"] == "network"]
        errors = [e for e in call["errors"] if not 31900 <= e["code"] < 32000]  # a stream's: it has turns to fall back on
        if call["status"] != "completed" or errors or bad or lost:
            self.tally.add(fault=f"{sid}: {call['status']} {errors} {bad} {lost}")
        self.tally.add(calls=1, by_turns=1 if len(errors) < len(call["errors"]) else 0)
        self.ended[n] += 1

    def rings(self, n):
        call = self.town.telephone("POST", "/sandbox/calls", {
            "to": self.number, "from": f"+120255502{n:02}", "script": "buyer"})
        self.judge(call["call_sid"], n)

    def dials(self, n):
        contact = next(self.contacts, None)
        if contact is None:
            self.stopping.wait(1)
            return
        self.town.telephone("PUT", f"/sandbox/callees/%2B1212555{1000 + contact}", "lead")
        self.tally.add(requests=1)
        placed = self.api("POST", "/agent/calls/initiate", {"contact_id": f"contact-{contact}"},
                          headers={"Idempotency-Key": f"rehearsed-{contact}"})
        until = time.monotonic() + 60
        while not placed.get("call_sid") and not placed.get("twilio_call_sid"):
            if time.monotonic() > until:
                raise Failed(f"call {placed.get('call_id') or placed.get('id')} was never placed")
            self.stopping.wait(0.2)
            self.tally.add(requests=1)
            placed = self.api("GET", f"/agent/calls/{placed.get('call_id') or placed['id']}")
        self.judge(placed.get("call_sid") or placed["twilio_call_sid"], n)

    def reads(self, n):
        for path in ("/agent/calls?page_size=10", "/agent/call-stats?period=day", "/agent/contacts?page_size=5"):
            self.tally.add(requests=1)
            self.api("GET", path)
        self.tally.add(requests=1)
        self.api("PATCH", f"/agent/contacts/contact-{CONTACTS - n}", {"notes": f"seen at {time.time()}"})
        self.stopping.wait(0.1)

    # ---- all at once ----

    def forever(self, job, n):
        while not self.stopping.is_set():
            try:
                job(n)
            except (Failed, OSError, ValueError, http.client.HTTPException) as e:
                self.tally.add(fault=f"{job.__name__}: {type(e).__name__} {e}")
                self.stopping.wait(0.2)

    def start(self):
        for t in self.threads:
            t.start()

    def stop(self):
        """No new work; what is on its way comes to its end."""
        self.stopping.set()
        for t in self.threads:
            t.join(CALL_S + 60)
            if t.is_alive():
                self.tally.add(fault="somebody still waits for the end of a call")

    def until_everybody_was_on_the_phone(self):
        until, then = time.monotonic() + 2 * CALL_S, self.ended[:]
        while any(now == before for now, before in zip(self.ended, then)):
            if time.monotonic() > until:
                raise Failed(f"somebody's call has not ended in {2 * CALL_S} s")
            time.sleep(0.1)

    def step(self, what, work):
        """One thing an operator does, and what happened until everybody's call of that time had ended."""
        before, began = (self.tally.requests, self.tally.calls, len(self.tally.faults)), time.monotonic()
        work()
        self.until_everybody_was_on_the_phone()
        now = (self.tally.requests, self.tally.calls, len(self.tally.faults))
        requests, calls, faults = (b - a for a, b in zip(before, now))
        say(f"{what:34} {time.monotonic() - began:6.1f} s {requests:7} requests {calls:5} calls ended {faults:4} failed")

    def settle(self):
        """The database comes to say what the network knows; the queue of the dead is empty."""
        until = time.monotonic() + 120
        while True:
            rows = {sid: status for sid, status in self.town.sql(
                "select twilio_call_sid, status from calls where twilio_call_sid is not null")}
            open_calls = [sid for sid in self.sids if rows.get(sid) != "completed"]
            waiting = self.town.sql("select count(*) from outbox where sent_at is null and not_before < now()")[0][0]
            if not open_calls and waiting == "0":
                break
            if time.monotonic() > until:
                for sid in open_calls:
                    self.tally.add(fault=f"{sid} is {rows.get(sid, 'not there')} in the database")
                if waiting != "0":
                    self.tally.add(fault=f"{waiting} messages are still in the outbox")
                break
            time.sleep(0.5)
        for line in self.town.dead("list"):
            self.tally.add(fault=f"dead letter: {line}")
        for p in self.town.services:
            p.ended()
            for odd in p.odd_ends:
                self.tally.add(fault=odd)


def rehearse(town, keep, work):
    """Traffic, the work on it, and the verdict: 0 when nothing failed and no call died."""
    status = 1
    try:
        town.up()
        traffic = Traffic(town)
        traffic.start()
        traffic.step("nothing is done", lambda: None)
        work(traffic)
        traffic.stop()
        traffic.settle()
        say(f"{'in all':34} {traffic.tally}")
        for fault in traffic.tally.faults[:20]:
            say("    " + fault)
        status = 1 if traffic.tally.faults or not traffic.tally.calls else 0
    except Failed as e:
        say(f"rehearse: {e}")
    finally:
        keep = keep or status != 0
        town.down(keep)
        say(f"logs: {town.dir}" if keep else "everything is down again")
    return status
