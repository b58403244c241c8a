#!/usr/bin/env python3
"""Whose is whose: every route as everybody, with every kind of id; then every statement behind row security alone."""
import hashlib
import json
import random
import re
import secrets
import sys

from system import (AGENT, OTHER, ROOT, api, belongings, db, expect, finish, operations, quote, row_counts, token,
                    voice_agent)

MINE, THEIRS = "mark-of-mine", "mark-of-theirs"
RANDOM_PROBES = 8000
NOBODY = "0193a000-0000-7000-8000-00000000dead"


def seed():
    chosen = random.SystemRandom().randrange(1 << 32)
    print(f"seed {chosen}", file=sys.stderr)
    return random.Random(chosen)


# ---- people ----

def session(account, expires, seen):
    text = secrets.token_urlsafe(32)
    db.query("insert into sessions (token_hash, account_kind, account_id, expires_at, last_seen_at) values "
             f"('{hashlib.sha256(text.encode()).hexdigest()}', 'agent', '{account}', now() + {expires}, now() - {seen})")
    return text


def strangers():
    """Tokens that are worth nothing."""
    yield "no token", None
    for text in ("", "x", "a" * 43, "a" * 44, "é" * 20, "' or 1=1 --", "../../etc/passwd", "a" * 4000):
        yield f"token {text[:12]!r}", text.encode("utf-8").decode("latin-1")
    yield "expired", session(AGENT, "interval '-1 second'", "interval '0'")
    yield "idle", session(AGENT, "interval '1 hour'", "interval '31 minutes'")
    left = session(AGENT, "interval '1 hour'", "interval '0'")
    api.ask("POST", "/auth/logout", left)
    yield "signed out", left
    gone = session("0193a000-0000-7000-8000-00000000feed", "interval '1 hour'", "interval '0'")
    yield "of a deleted account", gone


def body_of(o):
    if o.media is None:
        return None, {}
    value = next(iter(o.examples.values()), {})
    return (value.encode() if isinstance(value, str) else value), {"Content-Type": o.media}


def ask(o, path, who):
    body, headers = body_of(o)
    return api.ask(o.method, path, who, body, headers)


def unwanted(mine):
    """Nobody gets in without a token, nobody on the other side."""
    tried = list(strangers())
    before = row_counts()
    for o in operations:
        if o.role == "public":
            continue
        path = o.filled(mine)
        for name, text in tried:
            answer = ask(o, path, text)
            expect(answer.status == 401 and answer.error().get("code") == "unauthenticated", o, name, answer)
            expect(answer.headers.get("WWW-Authenticate") == "Bearer", o, name, "no WWW-Authenticate")
        other = {"agent": "admin", "admin": "agent"}.get(o.role)
        if other:
            answer = ask(o, path, token(other))
            expect(answer.status == 403 and answer.error().get("code") == "forbidden", o, "as", other, answer)
    after = row_counts()
    changed = {t: (before[t], after[t]) for t in before if before[t] != after[t] and t != "sessions"
               and not t.startswith("call_stats")} # which follow by themselves
    expect(not changed, "refused requests have changed rows:", changed)


# ---- ids ----

# What cannot be an id, and what it may be answered with.
JUNK = {"..%2f..%2fetc%2fpasswd": (404, 400), "%27%20or%201=1": (404,), "%zz": (400,), "%": (400,), "%00": (400, 404),
        "%2e%2e": (400, 404), "x" * 64: (404,), "x" * 65: (404,), "x" * 10240: (414,), "%F0%9F%92%A9": (404,),
        "%ff%fe": (404, 400), "null": (404,), "*": (404,), "a%0d%0aSet-Cookie:x": (404, 400), "-1": (404,)}


def with_id(o, ids, name, value):
    return o.filled({**ids, name: value})


def others_do_not_exist(mine, theirs):
    """An id of somebody else is answered like one that never was; what is no id, without harm."""
    for o in (o for o in operations if o.role == "agent"):
        for name in o.names():
            if not expect(name in theirs, o, "belongings() in system.py does not make one:", name):
                continue
            foreign, missing = (ask(o, with_id(o, mine, name, i), token("agent")) for i in (theirs[name], NOBODY))
            expect(foreign.status == 404, o, "foreign", name, foreign)
            expect((foreign.status, foreign.body) == (missing.status, missing.body), o, name, foreign, missing)
    for o in (o for o in operations if o.role in ("agent", "admin")):
        for name in o.names():
            for junk, wanted in JUNK.items():
                answer = ask(o, with_id(o, mine, name, junk), token(o.role))
                expect(answer.status in wanted, o, name, junk[:30], "wanted", wanted, "got", answer)
                expect(junk[:20].encode() not in answer.body, o, name, "is echoed", answer)


def swapped(value, ids):
    """The example with every id in it replaced: None when there is none."""
    out, hit = {}, False
    for key, inner in value.items():
        if key in ids:
            out[key], hit = ids[key], True
        elif key.endswith("_ids") and key[:-1] in ids:
            out[key], hit = [ids[key[:-1]]], True
        else:
            out[key] = inner
    return out if hit else None


def foreign_ids_in_bodies(mine, theirs):
    for o in (o for o in operations if o.role == "agent" and o.media == "application/json"):
        for name, value in o.examples.items():
            foreign = swapped(value, {k: v for k, v in theirs.items() if k in o.schema.get("properties", {}) or k + "s" in
                                      o.schema.get("properties", {})})
            if not foreign:
                continue
            missing = {k: [NOBODY] if isinstance(v, list) else NOBODY for k, v in foreign.items() if v != value.get(k)}
            got = [api.ask(o.method, o.filled(mine), token("agent"), b) for b in (foreign, {**foreign, **missing})]
            expect(400 <= got[0].status < 500, o, name, "with foreign ids:", got[0])
            expect((got[0].status, got[0].body) == (got[1].status, got[1].body), o, name, *got)


def bent(rng, value):
    """Something near a foreign id."""
    at = rng.randrange(len(value))
    return rng.choice([
        lambda: value.upper(), lambda: value + "%20", lambda: "%20" + value, lambda: value + "%00", lambda: value + "/",
        lambda: value + ";" + value, lambda: value + "%2f" + value, lambda: "".join(f"%{ord(c):02x}" for c in value),
        lambda: value[:at] + f"%{ord(value[at]):02X}" + value[at + 1:], lambda: value.replace("-", ""),
        lambda: value[:at] + rng.choice("0123456789abcdef") + value[at + 1:], lambda: "{" + value + "}",
        lambda: value + rng.choice(["'", "%27--", "%22", "\\", "?", "#", "%25", "*", "%09"]),
        lambda: "..%2f" + value, lambda: "./" + value, lambda: f"{value}?agent_id={OTHER}",
        lambda: f"{value}?real_estate_agent_id={OTHER}&app.tenant={OTHER}", lambda: value])()


def random_probes(mine, theirs):
    """Anywhere with anything near somebody else's: never a success that shows or moves what is theirs."""
    rng = seed()
    aimed = [o for o in operations if o.role == "agent" and o.names()]
    listed = [o for o in operations if o.role == "agent" and o.method == "GET" and not o.names()]
    for _ in range(RANDOM_PROBES):
        if rng.random() < 0.9:
            o = rng.choice(aimed)
            ids = {name: bent(rng, rng.choice([theirs[name], rng.choice(list(theirs.values()))])) for name in o.names()}
            path = o.filled(ids)
        else:
            o = rng.choice(listed)
            names = [p["name"] for p in o.parameters if p["in"] == "query"] + ["agent_id", "tenant", "real_estate_agent_id"]
            path = f"{o.path}?{rng.choice(names)}={bent(rng, rng.choice(list(theirs.values())))}"
        headers = rng.choice([{}, {"X-Agent-Id": OTHER}, {"X-Forwarded-User": OTHER}, {"X-HTTP-Method-Override": "GET"}])
        body, more = body_of(o)
        path = path.replace("\\", "%5c").partition("#")[0]
        answer = api.ask(o.method, path, token("agent"), body, {**headers, **more})
        if o.names():
            expect(answer.status in (400, 404, 405, 409, 422), o, path, answer)
        expect(answer.status < 500 and THEIRS.encode() not in answer.body, o, path, "leaks or breaks:", answer)


# ---- row security alone ----

OWNED = {"real_estate_agents": "id", "outbox": "tenant", "idempotency_keys": "account_id"}


def fingerprint(agent):
    """Of all rows that are an agent's."""
    owned = dict(OWNED)
    for (table,) in db.query("select table_name from information_schema.columns where table_schema = 'public' and "
                             "column_name = 'real_estate_agent_id' and table_name not like 'call_stats%'"): # they follow by themselves
        owned[table] = "real_estate_agent_id"
    return db.query(" union all ".join(
        f"select '{t}', coalesce(md5(string_agg(t::text, '|' order by t::text)), '') from {t} t where t.{c} = '{agent}'"
        for t, c in sorted(owned.items())) + " order by 1")


# The first pattern found in what the statement's first lines say of a parameter gives its value.
MEANINGS = (
    (r"\bmessages", lambda ids: json.dumps([
        {"id": NOBODY, "type": "call.changed", "body": {"call_id": ids["call_id"]}},
        {"id": NOBODY, "type": "call.spoke", "body": {"call_id": ids["call_id"], "seqs": [0, 1, 2]}}])),
    (r"body|json|rows|items", lambda ids: json.dumps({
        "contact_ids": [ids["contact_id"]], "contact_id": ids["contact_id"], "property_id": ids["property_id"],
        "name": "X", "settings": {}, "address": "X", "status": "cancelled", "price": 1, "phone_number": "+12025550171",
        "starts_at": "2035-01-15T16:00:00Z"})),
    (r"\bwebhook", lambda ids: ids["webhook_id"]), (r"delivery", lambda ids: ids["delivery_id"]),
    (r"per second|\blines", lambda ids: "1"), (r"\bbatch id", lambda ids: NOBODY),
    (r"\bpage size|\blimit", lambda ids: "50"), (r"offset", lambda ids: "0"),
    (r"\bpage", lambda ids: "1"), (r"or null|or empty", lambda ids: None), (r"\bstate|action|verb", lambda ids: "cancelled"),
    (r"status", lambda ids: "inactive"), (r"period", lambda ids: "day"), (r"days", lambda ids: "1"),
    (r"countries", lambda ids: "{US,CA}"), (r"trace", lambda ids: "00-0-0-01"), (r"client|address", lambda ids: "127.0.0.1"),
    (r"key", lambda ids: THEIRS), (r"hash", lambda ids: "hash"), (r"kind", lambda ids: "agent"),
    (r"contact", lambda ids: ids["contact_id"]), (r"property", lambda ids: ids["property_id"]),
    (r"viewing", lambda ids: ids["viewing_id"]), (r"message", lambda ids: ids["message_id"]), (r"suppression", lambda ids: ids["suppression_id"]),
    (r"batch", lambda ids: ids["batch_id"]), (r"call", lambda ids: ids["call_id"]),
    (r"agent|account", lambda ids: ids["agent_id"]), (r"number", lambda ids: "+12025550171"),
    (r"", lambda ids: None))

SPECIAL = {
    ("once_end", "status"): "200",
    ("contacts_import", "the checked rows"): '[{"name": "X", "phone_number": "+12025550172"}]',
    ("contacts_import", "whether to import"): "true",
    ("properties_import", "the checked rows"): '[{"address": "X", "price": 1}]',
    ("properties_import", "whether to import"): "true",
}


def parameters(name, text, ids):
    head = " ".join(line[2:].strip() for line in text.splitlines() if line.startswith("--"))
    last = max(int(n) for n in re.findall(r"\$(\d+)", text))
    said = dict(reversed(re.findall(r"\$(\d+) ([^$]+)", head)))  # the first mention explains
    describe = lambda n: re.split(r"[,.;:]", said.get(str(n), ""))[0].lower().strip()
    meaning = lambda words: next(value for pattern, value in MEANINGS if re.search(pattern, words))(ids)
    return [SPECIAL.get((name, describe(n))) or meaning(describe(n)) for n in range(1, last + 1)]


def run_as(tenant, text, values):
    """(what came back as one text, what became of the victim's rows, why it failed), rolled back."""
    rows, failed = [], None
    db.query("begin")
    try:
        db.query("prepare probe as " + text)
        db.query(f"set local role va_agent; set local app.tenant = '{tenant}'")
        db.query("savepoint tried")
        try:
            rows = db.query("execute probe" + (f"({', '.join(map(quote, values))})" if values else ""))
        except ValueError as e:
            failed = str(e)
            db.query("rollback to savepoint tried")
        db.query("reset role")
        return str(rows), fingerprint(OTHER), failed
    finally:
        db.query("rollback")
        db.query("deallocate all")


def without_filters(text):
    text = re.sub(r"\b(?:\w+\.)?(?:real_estate_agent_id|account_id|tenant) = \$1\b", "($1::text is not null)", text)
    return re.sub(r"(from real_estate_agents\b[^)]*?where )(?:\w+\.)?id = \$1\b", r"\1($1::text is not null)", text)


def statements():
    for path in sorted((ROOT / "services/api-gateway/sql").glob("*.sql")):
        text = path.read_text(encoding="utf-8")
        if re.search(r"\$1 (the |real-estate )?(agent|account)\b", text) and not re.search(r"\$\d (the )?admin", text):
            yield path.stem, text


def behind_row_security(theirs):
    db.query(f"insert into idempotency_keys (account_id, key, request_hash, status, body) values ('{OTHER}', '{THEIRS}', "
             f"'hash', 200, '{THEIRS}')")
    untouched, seen, moved = fingerprint(OTHER), 0, 0
    for name, text in statements():
        values = parameters(name, text, theirs)
        as_other = run_as(AGENT, text, values)
        bare = without_filters(text)
        bare_values = [AGENT] + values[1:]
        unfiltered = run_as(AGENT, bare, bare_values)
        for what, (rows, after, failed) in {"asked for another tenant": as_other, "without filters": unfiltered}.items():
            expect(THEIRS not in rows, name, what, "shows", rows)
            changed = [t for (t, a), (_, b) in zip(untouched, after) if a != b]
            expect(not changed, name, what, "changes", changed)
            expect(not failed or re.search("row-level security|duplicate key|violates foreign key|permission denied", failed), name, what,
                   "values", values, "fails:", failed)
        own_rows, own_after, failed = run_as(OTHER, text, values)
        denied = failed and "permission denied" in failed  # a statement of admins
        expect(not failed or denied, name, "does not even work for its owner:", values, failed)
        seen += THEIRS in own_rows
        moved += own_after != untouched
    print(f"row security: {seen} statements show and {moved} change the owner's rows to the owner", file=sys.stderr)
    expect(seen >= 8 and moved >= 5, "the values of this test show too little even to the owner:", seen, moved)


if __name__ == "__main__":
    voice_agent()
    mine, theirs = belongings(AGENT, MINE), belongings(OTHER, THEIRS)
    for role in ("agent", "admin", "agent2"):
        token(role)
    unwanted(mine)
    before = fingerprint(OTHER)
    others_do_not_exist(mine, theirs)
    foreign_ids_in_bodies(mine, theirs)
    random_probes(mine, theirs)
    expect(fingerprint(OTHER) == before, "the other's rows have changed")
    behind_row_security(theirs)
    finish(least=10000)
