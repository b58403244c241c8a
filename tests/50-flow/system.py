"""The running system, for the scripts beside this file: its API, its database, its contract, its route table.

A C test starts the world and runs a script with the world's addresses in the environment; see contract.c.
"""
import http.client
import json
import math
import os
import pathlib
import re
import subprocess
import sys
import time
import zlib

ROOT = pathlib.Path(os.environ["WORLD_ROOT"])
sys.dont_write_bytecode = True
sys.path.insert(0, str(ROOT / "tools"))

import apidoc  # noqa: E402

PASSWORD = "demo-password"
AGENT = "0193a000-0000-7000-8000-000000000001"
OTHER = "0193a000-0000-7000-8000-000000000002"
KIB = 1024


# ---- what went wrong ----

problems = []
checks = 0


def expect(good, *what):
    global checks
    checks += 1
    if not good:
        problems.append(" ".join(str(w)[:400] for w in what))
    return good


def finish(least):
    """Exit status 0 when nothing was wrong, and enough was looked at to say so."""
    for problem in problems[:60]:
        print("  wrong:", problem, file=sys.stderr)
    print(f"{checks} checks, {len(problems)} wrong", file=sys.stderr)
    sys.exit(1 if problems or checks < least else 0)


# ---- HTTP ----

class Answer:
    def __init__(self, status, headers, body):
        self.status, self.headers, self.body = status, headers, body
        self.type = (headers.get("Content-Type") or "").partition(";")[0]

    def json(self):
        try:
            return json.loads(self.body)
        except ValueError:
            return None

    def error(self):
        found = self.json()
        return found.get("error", {}) if isinstance(found, dict) else {}

    def __str__(self):
        return f"{self.status} {self.body[:200]!r}"


class Client:
    """One connection that is opened again whenever it was closed."""

    def __init__(self, origin):
        self.host = origin.partition("//")[2]
        self.wire = None

    def once(self, method, path, body, headers):
        if not self.wire:
            self.wire = http.client.HTTPConnection(self.host, timeout=40)
        self.wire.putrequest(method, path, skip_accept_encoding=True)
        for name, value in headers.items():
            self.wire.putheader(name, value)
        try:
            self.wire.endheaders(body)
        except (BrokenPipeError, ConnectionResetError):
            pass  # refused before all of it was sent: the answer is there
        got = self.wire.getresponse()
        if (got.headers["Content-Type"] or "").startswith("text/event-stream"):
            return self.first_event(got)
        return Answer(got.status, got.headers, got.read())

    def first_event(self, got):
        """Of a stream that has no end: what comes before the first empty line."""
        lines = iter(got.readline, b"\n")
        answer = Answer(got.status, got.headers, b"".join(lines))
        self.wire.close()
        self.wire = None
        return answer

    def ask(self, method, path, token=None, body=None, headers=None):
        """body: bytes as they are, or a value sent as JSON."""
        sent = dict(headers or {})
        if token is not None:
            sent.setdefault("Authorization", f"Bearer {token}")
        if body is not None and not isinstance(body, bytes):
            body = json.dumps(body).encode()
        if body is not None:
            sent.setdefault("Content-Type", "application/json")
            sent["Content-Length"] = str(len(body))
        sent = {name: value for name, value in sent.items() if value is not None}
        for attempt in range(3):
            try:
                return self.once(method, path, body, sent)
            except (http.client.HTTPException, OSError):
                self.wire = None
                if attempt == 2:
                    raise


api = Client(os.environ["WORLD_API"])
telephone = Client(os.environ["WORLD_TELEPHONE"])
tokens = {}


def token(role):
    if role not in tokens:
        answer = api.ask("POST", "/auth/login", body={"email": f"{role}@demo.test", "password": PASSWORD})
        if answer.status != 200:
            sys.exit(f"cannot sign in as {role}: {answer}")
        tokens[role] = answer.json()["token"]
    return tokens[role]


# ---- database ----

class Database:
    """psql as a coprocess, as the owner; each statement's rows are lists of text, null is None."""

    NULL, COLUMN, END = "\x01", "\x1f", "\x1e"

    def __init__(self, url):
        self.psql = subprocess.Popen(
            ["psql", "-XqAt", "-P", f"null={self.NULL}", "-F", self.COLUMN, "-R", self.END, url],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, encoding="utf-8")

    def query(self, statement):
        self.psql.stdin.write(statement.rstrip().rstrip(";") + "\n;\n\\echo \x04\n")
        self.psql.stdin.flush()
        text = []
        while (line := self.psql.stdout.readline()) != "\x04\n":
            if not line:
                sys.exit(f"psql has gone: {''.join(text)}")
            text.append(line)
        text = "".join(text).rstrip("\n")
        if re.search(r"^(ERROR|FATAL):", text, re.M):
            raise ValueError(text)
        records = text.split(self.END) if text else []
        return [[None if v == self.NULL else v for v in r.split(self.COLUMN)] for r in records]

    def value(self, statement):
        found = self.query(statement)
        return found[0][0] if found else None


db = Database(os.environ["WORLD_DATABASE"])


def quote(value):
    return "null" if value is None else "'" + str(value).replace("'", "''") + "'"


def tables():
    return [name for name, in db.query("select tablename from pg_tables where schemaname = 'public' order by 1")]


def row_counts():
    return dict(db.query(" union all ".join(f"select '{t}', count(*)::text from {t}" for t in tables())))


def until_quiet():
    """Nothing is under way any more: no call, no message that would still change rows. A minute at most."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        if db.value("select (select count(*) from live_calls) + (select count(*) from outbox where sent_at is null and not_before < now() + interval '1 minute')") == "0":
            return
        time.sleep(0.2)


# ---- contract and route table ----

document = apidoc.load(ROOT / "proto/openapi.yaml")


def deep(node):
    """With every reference written out. Our schemas do not contain themselves."""
    if isinstance(node, list):
        return [deep(item) for item in node]
    if not isinstance(node, dict):
        return node
    if "$ref" in node:
        return deep(apidoc.resolved(document, node))
    return {key: deep(value) for key, value in node.items()}


class Operation:
    def __init__(self, method, path, operation, parameters):
        self.method, self.path = method, path
        self.id, self.role = operation["operationId"], operation["x-role"]
        self.parameters = deep(parameters)
        self.responses = deep(operation["responses"])
        content = operation.get("requestBody", {}).get("content", {})
        self.media = next(iter(content), None)
        body = content.get(self.media, {})
        self.by_file = "/" not in body.get("schema", {}).get("$ref", "/").replace(apidoc.SCHEMAS, "")
        self.schema = deep(body.get("schema"))
        self.examples = {name: e["value"] for name, e in body.get("examples", {}).items()}
        self.most = 64 * KIB

    def names(self):
        return re.findall(r"\{(\w+)\}", self.path)

    def filled(self, values):
        return re.sub(r"\{(\w+)\}", lambda m: values[m[1]], self.path)

    def __str__(self):
        return f"{self.method} {self.path}"


operations = [Operation(*row) for row in apidoc.operations(document)]
by_id = {o.id: o for o in operations}


def route_table():
    """(method, path, role, handler, longest body) of each row of the gateway's own table."""
    text = (ROOT / "services/api-gateway/routes.tbl.h").read_text(encoding="utf-8")
    sizes = dict(re.findall(r"^#define (\w+) \(?([\d *]+)\)?$",
                            (ROOT / "services/api-gateway/routes.c").read_text(encoding="utf-8"), re.M))
    row = r'^(?:ROUTE|ONCE)\(\s*"(\w+)",\s*"([^"]+)",\s*ROLE_(\w+),\s*(\w+)(?:,\s*([\w *]+))?'
    found = re.findall(row, text, re.M)
    if len(found) != len(re.findall(r"^(ROUTE|ONCE)\(", text, re.M)):
        sys.exit("the route table has a row that this script cannot read")
    size = lambda text: math.prod(int(n) for n in sizes.get(text, text).split("*")) if text else 0
    return [(m, p.replace("...}", "}"), r.lower(), h, size(most) or 64 * KIB) for m, p, r, h, most in found]


# ---- people's things ----

def voice_agent():
    """agent@demo.test asks for one and gets it."""
    asked = api.ask("POST", "/agent/voice-agent/request", token("agent"))
    if asked.status != 201:
        sys.exit(f"request: {asked}")
    request = asked.json()["request_id"]
    approved = api.ask("POST", f"/admin/voice-agent-requests/{request}/approve", token("admin"))
    if approved.status not in (200, 202):
        sys.exit(f"approve: {approved}")
    return request


def belongings(agent, mark):
    """A row of everything an agent can have; ids by the names of path parameters. mark is in every text."""
    q = lambda statement: db.value(statement.replace("AGENT", quote(agent)).replace("MARK", mark))
    number = "+1202555" + str(zlib.crc32(mark.encode()) % 7000 + 1000)
    have = {"agent_id": agent, "letter_id": "none", "page": "home"}  # a dead letter is nobody's, and lies with the broker
    if not q("select id from voice_agents where real_estate_agent_id = AGENT"):
        q(f"insert into phone_numbers (phone_number, status) values ('{number}', 'assigned')")
        q("insert into voice_agents (real_estate_agent_id, name, status, phone_number_id, settings) select AGENT, "
          f"'MARK', 'active', id, '{{}}' from phone_numbers where phone_number = '{number}'")
    have["webhook_id"] = q("insert into webhooks (real_estate_agent_id, url, events, active) values (AGENT, "
                           "'https://example.com/MARK', '{call.ended}', false) returning id")
    have["delivery_id"] = q("insert into webhook_deliveries (webhook_id, real_estate_agent_id, event, state, error) values "
                            f"('{have['webhook_id']}', AGENT, 'ping', 'dead', 'MARK') returning id")
    have["request_id"] = q("insert into voice_agent_requests (real_estate_agent_id, rejection_reason, status) "
                           "values (AGENT, 'MARK', 'rejected') returning id")
    have["contact_id"] = q("insert into contacts (real_estate_agent_id, name, phone_number, notes) values (AGENT, "
                           f"'MARK', '{number[:-4]}9{number[-3:]}', 'MARK') returning id")
    have["property_id"] = q("insert into properties (real_estate_agent_id, address, price) values (AGENT, 'MARK', 1) "
                            "returning id")
    have["batch_id"] = q("insert into batches (real_estate_agent_id, delay_seconds, total, name, state) values (AGENT, 0, 1, "
                         "'MARK', 'paused') returning id")
    q("insert into batch_contacts (batch_id, position, real_estate_agent_id, contact_id, to_number, call_id, not_before) "
      f"values ('{have['batch_id']}', 1, AGENT, '{have['contact_id']}', '{number}', uuid7(), now() + interval '3 days')")
    have["call_id"] = q(
        "insert into calls (voice_agent_id, real_estate_agent_id, twilio_call_sid, contact_id, from_number, to_number, "
        "status, direction, transcript, recording_sid, recording_url, batch_id, batch_position, duration_seconds, "
        f"started_at, answered_at, ended_at) select id, AGENT, 'CA' || md5(AGENT), '{have['contact_id']}', "
        f"'{number}', '+12025550151', 'completed', 'outbound', 'MARK', 'RE' || md5(AGENT), 'http://127.0.0.1/MARK', "
        f"'{have['batch_id']}', 1, 10, now(), now(), now() from voice_agents where real_estate_agent_id = AGENT returning id")
    q("insert into recordings (call_id, real_estate_agent_id, sid, state, reason, peaks) values "
      f"('{have['call_id']}', AGENT, 'RE' || md5(AGENT), 'ready', 'MARK', "
      "'{\"channels\": 1, \"duration\": 1, \"peaks\": [[0.5]]}')")
    q("insert into call_turns (call_id, seq, real_estate_agent_id, role, text, confidence, latency, tool) "
      f"values ('{have['call_id']}', 1, AGENT, 'caller', 'MARK', 0.5, '{{\"asr\": 1}}', null)")
    have["viewing_id"] = q("insert into viewings (real_estate_agent_id, property_id, call_id, visitor_name, starts_at, "
                           f"ends_at) values (AGENT, '{have['property_id']}', '{have['call_id']}', 'MARK', now() + "
                           "interval '3 days', now() + interval '3 days 1 hour') returning id")
    have["message_id"] = q("insert into messages (real_estate_agent_id, call_id, seq, from_number, name, message) values "
                           f"(AGENT, '{have['call_id']}', 1, '{number}', 'MARK', 'MARK') returning id")
    have["suppression_id"] = q("insert into suppressions (real_estate_agent_id, phone_number, source, reason) values "
                               f"(AGENT, '{number[:-4]}8{number[-3:]}', 'agent', 'MARK') returning id")
    have["consent_id"] = q("insert into consents (real_estate_agent_id, phone_number, kind, source) values (AGENT, "
                           f"'{number}', 'written', 'MARK') returning id")
    return have
