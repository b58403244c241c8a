"""Agents who dial while the storm blows: single calls and batches, each asked for with a key of its own and again with
the same key until the answer is definite. Every person is asked for once, so a second call to one is one too many.
"""
import http.client
import queue
import random
import threading
import time
import urllib.parse

from stack import Failed, ask

AREAS = (202, 212, 213, 303, 312, 404, 415, 503, 602, 617, 702, 713)
PER_AREA = 8000
AGENT = "0193a000-0000-7000-8000-000000001"  # and three digits
PASSWORD = "demo-password"
GIVE_UP_S = 120
LAST = 12
# What the people do. Few talk: a conversation costs a hundred times a busy line, and is no subject here.
SCRIPTS = [("busy", 45), ("no-answer", 25), ("unreachable", 15), ("silent", 10), ("not-interested", 5)]


def number_of(n):
    return f"+1{AREAS[n // PER_AREA]}555{1000 + n % PER_AREA}"


class Asked:
    """One request and what became of it."""

    def __init__(self, key, agent, numbers):
        self.key, self.agent, self.numbers = key, agent, numbers
        self.status, self.code, self.calls, self.tries = None, None, [], 0


class Load:
    def __init__(self, stack, seed, agents, dials, seconds, clients=8):
        self.stack, self.agents, self.seconds = stack, agents, seconds
        self.random = random.Random(f"{seed}/load")
        self.jobs, self.asked, self.lock = queue.Queue(), [], threading.Lock()
        self.clients, self.threads, self.began = clients, [], None
        self.plan(dials)

    # ---- before ----

    def people(self):
        """Everybody to be called, as contacts of the agents, who live where it is midday."""
        rows = [f"({n}, {job.agent})" for job in self.asked for n in job.numbers]
        self.stack.sql("""
            create temp table person (n int, agent int);
            insert into person values """ + ",".join(rows) + """;
            insert into contacts (id, real_estate_agent_id, name, phone_number, timezone)
            select 'contact-' || n, '""" + AGENT + """' || 100 + agent, 'Person ' || n,
                   '+1' || (array[""" + ",".join(map(str, AREAS)) + """])[1 + n / 8000] || '555' || (1000 + n % 8000),
                   case when ahead > 0 then 'Etc/GMT-' || ahead when ahead < 0 then 'Etc/GMT+' || -ahead
                        else 'Etc/GMT' end
            from person, (select 12 - extract(hour from now() at time zone 'UTC')::int as ahead) clock""")

    def plan(self, dials):
        """Two thirds of the people by themselves, the others in batches; evenly over the time."""
        n = 0
        while n < dials:
            size = min(dials - n, self.random.choice((1, 1, 1, 1, 1, 1, 1, 20)))
            agent = self.random.randrange(self.agents)
            self.asked.append(Asked(f"key-{n}", agent, range(n, n + size)))
            n += size
        self.last = [Asked(f"last-{n}", n % self.agents, range(dials + n, dials + n + 1)) for n in range(LAST)]
        at = 0
        for job in self.asked:
            self.jobs.put((self.seconds * at / dials, job))
            at += len(job.numbers)
        self.asked += self.last

    def token_of(self, email):
        status, answer = ask(self.stack.ports["api-gateway"], "POST", "/auth/login",
                             {"email": email, "password": PASSWORD})
        if status != 200:
            raise Failed(f"login: {status} {answer}")
        return answer["token"]

    def sign_in(self, agents):
        self.tokens = [self.token_of(f"agent{n}@chaos.test") for n in range(agents)]

    # ---- meanwhile ----

    def start(self):
        self.began = time.monotonic()
        self.threads = [threading.Thread(target=self.client, daemon=True) for _ in range(self.clients)]
        for thread in self.threads:
            thread.start()

    def start_last(self):
        """A few more, at once."""
        for job in self.last:
            self.jobs.put((0, job))
        self.start()

    def client(self):
        while True:
            try:
                due, job = self.jobs.get_nowait()
            except queue.Empty:
                return
            time.sleep(max(0, self.began + due - time.monotonic()))
            for n in job.numbers:
                script = random.Random(n).choices([s for s, _ in SCRIPTS], [w for _, w in SCRIPTS])[0]
                script = "busy" if job in self.last else script
                self.stack.telephone("PUT", "/sandbox/callees/" + urllib.parse.quote(number_of(n), safe=""),
                                     script)
            self.ask_until_definite(job)

    def ask_until_definite(self, job):
        contacts = [f"contact-{n}" for n in job.numbers]
        path, body = "/agent/calls/initiate", {"contact_id": contacts[0]}
        if len(contacts) > 1:  # in such weather every batch would pause itself
            path, body = "/agent/calls/batch", {"contact_ids": contacts, "breaker": {"percent": 0, "refused": 0}}
        headers = {"Authorization": f"Bearer {self.tokens[job.agent]}", "Idempotency-Key": job.key}
        until = time.monotonic() + GIVE_UP_S
        while time.monotonic() < until:
            job.tries += 1
            try:
                job.status, answer = ask(self.stack.ports["api-gateway"], "POST", path, body, headers, timeout=15)
            except (OSError, ValueError, http.client.HTTPException):
                time.sleep(0.3)
                continue
            if job.status < 300:
                job.calls = [answer["call_id"]] if len(contacts) == 1 else [
                    c["call_id"] for c in answer["calls"] if c["call_id"]]
                return
            job.code = (answer or {}).get("error", {}).get("code")
            if job.status < 500 and job.status != 429:
                return
            time.sleep(0.3)

    def done(self):
        return not any(t.is_alive() for t in self.threads)
