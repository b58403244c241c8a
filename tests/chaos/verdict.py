"""What the telephone network did, by its ledger, against what the database says was done."""
import collections
import json

FINAL = ("bound", "refused", "absent", "canceled")
WORDS = ("duplicate", "lost", "unexplained")


class Ledger:
    """The sandbox's file: every request it accepted, synced before it was executed."""

    def __init__(self, path):
        self.placed, self.ended = collections.defaultdict(list), {}  # attempt -> SIDs; SID -> status
        self.lines = []
        self.requests = 0
        with open(path, encoding="utf-8") as file:
            for line in file:
                entry = json.loads(line)
                self.lines.append(entry)
                words = entry["detail"].split()
                if entry["api"] == "network.placed":
                    self.placed[words[2].removeprefix("attempt=")].append(words[0])
                elif entry["api"] == "network.ended":
                    self.ended[words[0]] = words[1]
                self.requests += entry["api"] == "twilio.calls.create"

    def about(self, words):
        return [f"{e['at']} {e['api']} {e['detail']}{'' if e['executed'] else ' (not executed)'}"
                for e in self.lines if any(w and w in e["detail"] for w in words)]


class Verdict:
    def __init__(self, stack, asked):
        self.stack, self.ledger, self.asked = stack, Ledger(stack.ledger), asked
        columns = ("id", "call", "state", "sid", "reason", "to")
        self.attempts = [dict(zip(columns, row)) for row in stack.sql(
            "select id, call_id, state, sid, reason, to_number from dial_attempts order by id")]
        columns = ("id", "sid", "status", "reason", "agent", "to")
        self.calls = {row[0]: dict(zip(columns, row)) for row in stack.sql(
            "select id, twilio_call_sid, status, end_reason, real_estate_agent_id, to_number from calls")}
        self.found = {word: {} for word in WORDS}  # what is wrong with which call

    def wrong(self, word, call, why):
        self.found[word].setdefault(call, why)

    def judge(self, dead_letters):
        for attempt in self.attempts:
            self.judge_attempt(attempt)
        self.judge_placed()
        self.judge_asked()
        for call in self.calls.values():
            self.judge_call(call)
        for line in dead_letters:
            self.wrong("lost", line.split()[0], f"dead again: {line}")

    def judge_attempt(self, a):
        placed = self.ledger.placed.get(a["id"], [])
        if len(placed) > 1:
            self.wrong("duplicate", a["call"], f"attempt {a['id']} was placed {len(placed)} times: {placed}")
        if a["state"] not in FINAL:
            self.wrong("lost", a["call"], f"attempt {a['id']} stayed {a['state']}")
        elif a["state"] == "bound" and a["sid"] not in placed:
            self.wrong("unexplained", a["call"], f"bound to {a['sid']}, which the network did not make for it")
        elif a["state"] != "bound" and placed:
            self.wrong("unexplained", a["call"], f"attempt {a['id']} is {a['state']}, but was placed as {placed}")

    def judge_placed(self):
        """Every call that rang somewhere is known, and is one of ours."""
        ours, sids = {a["id"] for a in self.attempts}, {c["sid"] for c in self.calls.values()}
        for attempt, placed in self.ledger.placed.items():
            for sid in placed:
                if attempt not in ours:
                    self.wrong("unexplained", sid, f"placed for {attempt}, which is no attempt")
                elif sid not in sids:
                    self.wrong("lost", sid, f"placed for attempt {attempt}; no call bears its SID")

    def judge_asked(self):
        """What was acknowledged is there; nobody was called oftener than asked for."""
        for job in self.asked:
            for call in job.calls:
                if call not in self.calls:
                    self.wrong("lost", call, f"{job.key} was told this call; it is not there")
        by_person = collections.Counter((c["agent"], c["to"]) for c in self.calls.values())
        for (agent, to), n in by_person.items():
            if n > 1:
                self.wrong("duplicate", f"{agent} {to}", f"asked for once, opened {n} times")

    def judge_call(self, c):
        if c["status"] in ("queued", "initiated", "ringing", "in-progress"):
            self.wrong("lost", c["id"], f"the call stayed {c['status']}")
        elif c["sid"] and self.ledger.ended.get(c["sid"]) != c["status"]:
            self.wrong("unexplained", c["id"],
                       f"the call is {c['status']}, the network says {self.ledger.ended.get(c['sid'])}")
        elif c["status"] in ("failed", "canceled") and not c["sid"] and not c["reason"]:
            self.wrong("unexplained", c["id"], f"{c['status']} without a reason")

    # ---- telling it ----

    def figures(self):
        states = collections.Counter(a["state"] for a in self.attempts)
        return {
            "asked for": sum(len(job.numbers) for job in self.asked),
            "requests answered": sum(1 for job in self.asked if job.status and job.status < 300),
            "requests refused or without a known outcome":
                sum(1 for job in self.asked if not job.status or job.status >= 300),
            "attempted": len(self.attempts),
            "placed": sum(len(placed) for placed in self.ledger.placed.values()),
            **{state: states[state] for state in FINAL},
            **{word: len(self.found[word]) for word in WORDS},
        }

    def clean(self):
        return not any(self.found.values())

    def stories(self, most=5):
        for word, calls in self.found.items():
            for n, (call, why) in enumerate(calls.items()):
                yield f"{word}: {call}: {why}"
                if n < most:
                    yield from ("    " + line for line in self.story(call))

    def story(self, call):
        words = {call, self.calls.get(call, {}).get("sid"), self.calls.get(call, {}).get("to")}
        for a in self.attempts:
            if a["call"] == call or a["sid"] == call:
                words.update((a["id"], a["call"], *self.ledger.placed.get(a["id"], [])))
                yield f"attempt {a}"
        if call in self.calls:
            yield f"call {self.calls[call]}"
        words = {w for w in words if w}
        yield from self.ledger.about(words)[:40]
        for log in sorted(self.stack.dir.glob("*.log")):
            for line in log.read_text(encoding="utf-8", errors="replace").splitlines():
                if any(w in line for w in words) and log.name != "sandbox.log":
                    yield f"{log.stem}: {line[:400]}"
