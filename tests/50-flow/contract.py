#!/usr/bin/env python3
"""Does the system do what proto/openapi.yaml says, and the document say all that the system does?

The same of the messages between its processes, as far as the sources tell: proto/asyncapi.yaml.
"""
import copy
import re
import sys

import jsonschema
from system import (AGENT, OTHER, PASSWORD, ROOT, api, apidoc, belongings, by_id, db, document, expect, finish, operations,
                    route_table, row_counts, token, tokens, until_quiet)

# What must come in this order; all else follows in the document's order, what ends something comes last.
FIRST = ["docs_yaml", "docs_page", "auth_login", "voice_agent_request", "requests_approve"]
LAST = ["auth_logout"]
# Examples that end in another documented status than success, because of the state they meet.
ELSEWHERE = {"dead_letters_replay": 404, "dead_letters_drop": 404, "files_index": 404, "files_page": 404, "files_asset": 404, "media_recording": 403}


# ---- the document and the route table ----

def compare_with_routes():
    routes = {(m, p): (role, handler, most) for m, p, role, handler, most in route_table()}
    for o in operations:
        here = routes.pop((o.method, o.path), None)
        if not expect(here, o, "is documented and does not exist"):
            continue
        role, handler, o.most = here
        expect(o.role == role, o, f"is for {role}, documented for {o.role}")
        expect(o.id == handler, o, f"is handled by {handler}, documented as {o.id}")
        expect({p["name"] for p in o.parameters if p["in"] == "path"} == set(o.names()), o, "path parameters differ")
        expect(("public" == role) == (document["paths"][o.path][o.method.lower()].get("security") == []), o,
               "only what is public says security: []")
        expect(not o.schema or o.examples or o.media != "application/json", o, "has a body and no example")
    for method, path in routes:
        expect(False, method, path, "is not documented")
    files = {name for name in document["components"]["schemas"] if "." in name}
    for body in sorted(p.name for p in (ROOT / "proto/http").glob("*.schema.json")):
        expect(body[:-len(".schema.json")] in files, body, "belongs to no operation")


# ---- the messages between processes ----

def read(path):
    return (ROOT / path).read_text(encoding="utf-8")


def queues():
    """Of common/voice/queues.h: macro -> (name, exchange, key)."""
    row = r'^#define (QUEUE_\w+)\s+\.name = "([^"]+)", \.exchange = MQ_(\w+), \.key = "([^"]+)"'
    return {m: (name, f"va.{x.lower()}", key) for m, name, x, key in re.findall(row, read("common/voice/queues.h"), re.M)}


def consumed():
    """(service, channel) of every queue with a handler."""
    names = {macro: name for macro, (name, _, _) in queues().items()}
    for main in sorted((ROOT / "services").glob("*/main.c")):
        for macro, own, rest in re.findall(r'\{(QUEUE_\w+?)(?:\("([^"]+)"\))?([,}][^}]*)', main.read_text(encoding="utf-8")):
            if "handler" in rest:
                yield main.parent.name, own or names[macro]


def produced():
    """(service, exchange, key) of every outbox row that a statement writes; a trigger's is None: whoever sets it off."""
    for path in [*sorted((ROOT / "services").glob("*/sql/*.sql")), *sorted((ROOT / "migrations").glob("*.sql"))]:
        service = path.parent.parent.name if path.parent.name == "sql" else None
        for exchange, key in re.findall(r"'(va\.\w+)', '([a-z.]+)'", path.read_text(encoding="utf-8")):
            yield service, exchange, key


def compare_messages():
    said = apidoc.yaml.safe_load(read("proto/asyncapi.yaml"))
    channels, ends = said["channels"], {"send": set(), "receive": set()}
    for o in said["operations"].values():
        name = o["channel"]["$ref"].rpartition("/")[2]
        expect(name in channels, "asyncapi: no channel", name)
        ends[o["action"]] |= {(service, name) for service in o["x-services"]}
    for name, exchange, key in queues().values():
        here = channels.get(name, {})
        expect(here.get("bindings", {}).get("amqp", {}).get("queue", {}).get("name") == name and
               (here.get("x-exchange"), here.get("address")) == (exchange, key), "asyncapi: queue", name, here)
    for end in consumed():
        expect(end in ends["receive"], "asyncapi: is not said to receive:", end)
    for service, exchange, key in produced():
        to = [n for n, c in channels.items() if (c["address"], c.get("x-exchange")) == (key, exchange)]
        expect(any(s == (service or s) and n in to for s, n in ends["send"]), "asyncapi: is not said to send:", service, exchange, key)
    schemas = {p.name[:-len(".schema.json")] for p in (ROOT / "proto").glob("*.schema.json")}
    expect(schemas == set(said["components"]["messages"]), "asyncapi: other messages:",
           schemas ^ set(said["components"]["messages"]))
    for name, message in said["components"]["messages"].items():
        expect(message["payload"]["schema"]["$ref"] == f"./{name}.schema.json", "asyncapi:", name, "has another schema")
    carried = {m for c in channels.values() for m in c.get("messages", {})}
    expect(carried == schemas, "asyncapi: carried by no channel:", schemas - carried)


# ---- answers ----

def closed(schema):
    """What is not described must not be in an answer. (Clients may not rely on that: they ignore more.)"""
    if isinstance(schema, list):
        return [closed(s) for s in schema]
    if not isinstance(schema, dict):
        return schema
    out = {key: closed(value) for key, value in schema.items()}
    if isinstance(schema.get("properties"), dict):
        out["properties"] = {name: closed(s) for name, s in schema["properties"].items()}
        out.setdefault("additionalProperties", False)
    return out


def fits(media, got):
    return re.fullmatch(re.escape(media).replace(r"\*", ".*"), got)


def check_answer(o, answer, what):
    """An answer is one of those described."""
    said = o.responses.get(str(answer.status))
    expect(answer.headers.get("X-Request-Id"), o, what, "no X-Request-Id")
    expect(answer.headers.get("X-Content-Type-Options") == "nosniff", o, what, "no nosniff")
    if not expect(said, o, what, "undocumented:", answer):
        return
    for name, header in said.get("headers", {}).items():
        value = answer.headers.get(name)
        expect(value is not None, o, what, answer.status, "has no", name)
        expect("const" not in header.get("schema", {}) or value == header["schema"]["const"], o, what, name, value)
    media = next((m for m in said.get("content", {}) if fits(m, answer.type)), None)
    if said.get("content") and not expect(media, o, what, "type", answer.type):
        return
    schema = said.get("content", {}).get(media, {}).get("schema")
    if schema and media == "application/json":
        validator = jsonschema.Draft202012Validator(closed(schema))
        for e in list(validator.iter_errors(answer.json()))[:3]:
            expect(False, o, what, answer.status, "/".join(map(str, e.path)), e.message)
    if "x-codes" in said:
        code = answer.error().get("code")
        expect(code in said["x-codes"], o, what, answer.status, "undocumented code:", code)


# ---- examples ----

def query_of(o):
    pairs = [f"{p['name']}={p['example']}" for p in o.parameters if p["in"] == "query" and "example" in p]
    return "?" + "&".join(pairs) if pairs else ""


def role_of(o):
    return {"agent": "agent", "admin": "admin", "anyone": "agent"}.get(o.role)


def send(o, have, name, value):
    path = o.filled(have)
    body = value.encode() if isinstance(value, str) else value
    headers = {"Content-Type": o.media} if value is not None else {}
    if any(p["name"] == "Idempotency-Key" for p in o.parameters):
        headers["Idempotency-Key"] = f"example {o.id} {name}"
    who = token(role_of(o)) if role_of(o) else None
    answer = api.ask(o.method, path + query_of(o), who, body, headers)
    check_answer(o, answer, f"example {name}:")
    wanted = ELSEWHERE.get(o.id)
    expect(answer.status == wanted if wanted else answer.status < 300, o, f"example {name} does not work:", answer)
    if "Idempotency-Key" in headers and answer.status < 300:
        again = api.ask(o.method, path, who, body, headers)
        expect((again.status, again.json()) == (answer.status, answer.json()), o, "is not the same again:", again)
        expect(again.headers.get("Idempotent-Replayed") == "true", o, "does not say that it is a repetition")
    return answer


def send_examples(o, have):
    last = None
    for name, value in (o.examples or {"": None}).items():
        last = send(o, have, name, value)
    if o.id == "auth_logout":
        tokens.pop("agent")
    if o.id == "password_change":
        back = {"current_password": o.examples["change"]["new_password"], "new_password": PASSWORD}
        expect(api.ask(o.method, o.path, token("agent"), back).status == 200, o, "cannot be taken back")
    return last


def tell_story():
    """Every example of every operation, in an order in which each can succeed."""
    have = {"name": "none.css", "token": "a.b.c", "agent_id": AGENT}
    for o in (by_id[i] for i in FIRST):
        answer = send_examples(o, have)
        if o.id == "voice_agent_request":
            have["request_id"] = answer.json()["request_id"]
    for _ in range(100):
        if db.value("select status from voice_agents") == "active":
            break
        db.query("select pg_sleep(0.1)")
    have = {**belongings(AGENT, "mine"), **have}
    # In a stream people live in real time: too long for so many calls.
    db.query("update voice_agents set settings = settings || '{\"mode\": \"turn\"}'")
    of_other = db.value(f"insert into voice_agent_requests (real_estate_agent_id) values ('{OTHER}') returning id")
    rest = [o for o in operations if o.id not in FIRST + LAST]
    for o in [o for o in rest if o.method != "DELETE"] + [o for o in reversed(rest) if o.method == "DELETE"]:
        of_others = {"requests_reject": {"request_id": of_other}, "agents_update": {"agent_id": OTHER}}
        send_examples(o, {**have, **of_others.get(o.id, {})})
    db.query("delete from dial_stops")
    for o in (by_id[i] for i in LAST):
        send_examples(o, have)
    return have


def settle():
    """Until nothing moves any more: what the examples have started ends, or is called off."""
    for role in ("agent", "admin"):
        token(role)
    db.query("delete from outbox where sent_at is null and not_before > now() + interval '5 seconds'")
    db.query("delete from live_calls l using calls c where c.id = l.call_id and c.twilio_call_sid is null")
    seen = None
    for _ in range(100):
        now = row_counts()
        working = db.value("select count(*) from call_results where 'pending' in (transcription, summarized)")
        if now == seen and now["live_calls"] == "0" and working == "0":
            return
        seen = now
        db.query("select pg_sleep(0.3)")
    sys.exit("the calls of the examples do not end")


# ---- wrong bodies ----

def plain_type(schema):
    types = schema.get("type", "string" if "enum" in schema else "object")
    return types if isinstance(types, str) else next(t for t in types if t != "null")


def nullable(schema):
    return isinstance(schema.get("type"), list) and "null" in schema["type"]


def sample(schema):
    """A value that is right, if what it means is not looked at."""
    if "enum" in schema:
        return schema["enum"][0]
    kind = plain_type(schema)
    if kind == "array":
        return [sample(schema["items"])]
    if kind == "object":
        return {}
    known = {"email": "a@example.com", "e164": "+12025550123", "date-time": "2030-01-01T10:00:00Z",
             "date": "2030-01-01", "uuid": "0193a000-0000-7000-8000-0000000000ff"}
    return {"boolean": True, "integer": schema.get("minimum", 1), "number": schema.get("minimum", 1)}.get(
        kind, known.get(schema.get("format"), "x" * max(1, schema.get("minLength", 1))))


def wrong_values(schema, at):
    """(value, status, field, what) that cannot be a member described so."""
    kind = plain_type(schema)
    shape = 400 if kind in ("array", "object") else 422
    strangers = {"string": [7, [], {}], "integer": ["1", 0.5, []], "number": ["1", []], "boolean": ["true", 1],
                 "array": ["x", {}], "object": ["x", []]}[kind]
    for stranger in strangers + ([] if nullable(schema) else [None]):
        yield stranger, shape, at, "wrong type"
    if "enum" in schema:
        yield "no such word", 422, at, "not in the list"
    elif kind == "string":
        if "maxLength" in schema:
            yield "x" * (schema["maxLength"] + 1), 422, at, "too long"
        if schema.get("minLength"):
            yield "", 422, at, "empty"
        if schema.get("x-text", "line") == "line":
            yield "a\u0007b", 422, at, "control character"
            yield "a\u202eb", 422, at, "bidi control"
    if kind in ("integer", "number"):
        if "minimum" in schema:
            yield schema["minimum"] - 1, 422, at, "too small"
        if "maximum" in schema:
            yield schema["maximum"] + 1, 422, at, "too large"
    if kind == "array":
        one = sample(schema["items"])
        if schema.get("minItems"):
            yield [], 422, at, "no items"
        if "maxItems" in schema and not schema.get("uniqueItems"):
            yield [one] * (schema["maxItems"] + 1), 422, at, "too many"
        elif "maxItems" in schema and plain_type(schema["items"]) == "string":
            yield [f"{i}" for i in range(schema["maxItems"] + 1)], 422, at, "too many"
        if schema.get("uniqueItems"):
            yield [one, one], 422, at, "twice"
        for value, status, field, what in wrong_values(schema["items"], f"{at}[0]"):
            yield [value], status, field, what
    if kind == "object" and "properties" in schema:
        for value, status, field, what in wrong_objects(schema, {}, at + "."):
            yield value, status, field, what


def wrong_objects(schema, right, prefix=""):
    for name in schema.get("required", []):
        yield {k: v for k, v in right.items() if k != name}, 400, prefix + name, "missing"
    if schema.get("additionalProperties") is False:
        yield {**right, "no_such_member": 1}, 400, prefix + "no_such_member", "unknown member"
        yield {**right, "status_": "x", "<script>": 1}, 400, None, "unknown member"
    for name, member in schema.get("properties", {}).items():
        for value, status, field, what in wrong_values(member, prefix + name):
            yield {**right, name: value}, status, field, what


def wrong_texts(right):
    """(body, what its refusal says, what)"""
    text = apidoc.json.dumps(right).encode()
    some = b'"x":1' if not right else text[1:-1].partition(b": ")[0] + b":1"
    yield b"{", "JSON", "ends early"
    yield text + b"x", "JSON", "something behind it"
    yield b"{'a':1}", "JSON", "not JSON"
    yield b"{" + some + b"," + some + b"}", "JSON", "duplicate key"
    yield b'{"x":' + b"[" * 33 + b"]" * 33 + b"}", "JSON", "too deep"
    yield b'{"x":' * 33 + b"1" + b"}" * 33, "JSON", "too deep"
    yield b"[]", "must be an object", "an array"
    yield b'"x"', "JSON", "a string"
    yield b"7", "JSON", "a number"
    yield b"null", "JSON", "null"
    yield b'{"x":"\xff"}', "JSON", "invalid UTF-8"
    yield b'{"x":"\\u0000"}', "JSON", "NUL"
    yield b'{"x":"\\ud800"}', "JSON", "lone surrogate"
    yield b'{"x":1e999}', "JSON", "too large a number"
    yield b'{"x":NaN}', "JSON", "NaN"
    yield b'{"x":-0}', "JSON", "negative zero"


def refuse(o, path, who, body, status, field, what, headers=None):
    answer = api.ask(o.method, path, who, body, headers)
    sent = body[:60] if isinstance(body, bytes) else apidoc.json.dumps(body)[:120]
    told = f"{what} {sent}:"
    if not expect(answer.status == status, o, told, "wanted", status, "got", answer):
        return answer
    check_answer(o, answer, told)
    if field:
        expect(answer.error().get("field") == field, o, told, "does not name", field, answer)
    expect("no such word" not in str(answer.body) and b"<script>" not in answer.body, o, told, "is echoed", answer)
    return answer


def send_wrong_bodies(o, have):
    path, who = o.filled(have), token(role_of(o)) if role_of(o) else None
    right = next(iter(o.examples.values()), {})
    only_400 = o.id == "auth_login"
    if o.media != "application/json":
        return send_wrong_files(o, path, who, right.encode())
    for body, status, field, what in wrong_objects(o.schema, copy.deepcopy(right)):
        refuse(o, path, who, body, 400 if only_400 else status, field, what)
    for body, says, what in wrong_texts(right):
        answer = refuse(o, path, who, body, 400, None, what)
        expect(says in answer.error().get("message", ""), o, what, "is refused for another reason:", answer)
    big = b'{"x":"' + b"x" * o.most + b'"}'
    refuse(o, path, who, big, 413, None, "too big")
    text = apidoc.json.dumps(right).encode()
    for kind in (None, "text/plain", "application/jsonp", "multipart/form-data", "application/x-www-form-urlencoded"):
        refuse(o, path, who, text, 415, None, f"type {kind}", {"Content-Type": kind})


def send_wrong_files(o, path, who, right):
    for body, status, what in ((b"", 400, "empty"), (b'"', 400, "an open quote"), (b"a\0b", 400, "NUL"),
                               (b"no,such,columns\n1,2,3\n", 422, "no column we know"),
                               (right + b"\xff,\xff,\xff,\xff\n", 400, "invalid UTF-8"),
                               (right.partition(b"\n")[0] + b"\n" + b"x,x,x,x\n" * 3, 422, "wrong rows"),
                               (right + b"x" * o.most, 413, "too big")):
        refuse(o, path, who, body, status, None, what, {"Content-Type": o.media})
    for kind in (None, "application/json", "text/plain"):
        refuse(o, path, who, right, 415, None, f"type {kind}", {"Content-Type": kind})


def wrong_bodies(have):
    until_quiet()
    for o in operations:
        if o.media:
            before = row_counts()
            send_wrong_bodies(o, have)
            after = row_counts()
            changed = {t: (before[t], after[t]) for t in before if before[t] != after[t]}
            expect(not changed, o, "wrong bodies have changed rows:", changed)


# ---- wrong parameters ----

def wrong_words(schema):
    if "enum" in schema:
        yield from ("x", "", "COMPLETED", "day%00")
    elif plain_type(schema) == "integer":
        yield from ("", "abc", "-1", "1.5", "9223372036854775808", "%31%00", "1e3")
        yield from (str(schema[k] + step) for k, step in (("minimum", -1), ("maximum", 1)) if k in schema)


def wrong_parameters(have):
    for o in operations:
        who, path = token(role_of(o)) if role_of(o) else None, o.filled(have)
        for p in (p for p in o.parameters if p["in"] == "query"):
            words = list(wrong_words(p["schema"]))
            for word in words:
                answer = api.ask(o.method, f"{path}?{p['name']}={word}", who)
                what = f"{p['name']}={word}:"
                expect(answer.status == 400 and answer.error().get("field") == p["name"], o, what, answer)
                check_answer(o, answer, what)
            answer = api.ask(o.method, f"{path}?{p['name']}=1&{p['name']}=1", who)
            expect(answer.status == 400, o, "repeated", p["name"], answer)


if __name__ == "__main__":
    compare_with_routes()
    compare_messages()
    have = tell_story()
    settle()
    wrong_bodies(have)
    wrong_parameters(have)
    finish(least=400)
