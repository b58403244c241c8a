#!/usr/bin/env python3
"""What must not be seen is planted in a call, a login and the configuration, then looked for where it must not be."""
import os
import re
import sys

from system import AGENT, OTHER, api, belongings, db, expect, finish, operations, telephone, token, voice_agent
from system import Client

WORDS = "quillonberry"  # what the caller says
CALLER = "+14155550177"
NUMBER = "+14155550188"  # dialled by us
SERVICES = range(1, 6)  # 0 is the sandbox: the telephone network may know all of it


def await_value(statement, wanted):
    for _ in range(150):
        if db.value(statement) == wanted:
            return
        db.query("select pg_sleep(0.2)")
    sys.exit(f"{statement}: never {wanted}")


def talk():
    """A caller who says the word, a call of ours, a login, a wrong login; all of it recorded and read."""
    line = db.value("select n.phone_number from phone_numbers n join voice_agents v on v.phone_number_id = n.id")
    script = {"answer": "human", "say": [f"My name is {WORDS} and I am looking for a house.", f"Say {WORDS} once more, please."]}
    rung = telephone.ask("POST", "/sandbox/calls", body={"to": line, "from": CALLER, "script": script})
    if rung.status >= 300:
        sys.exit(f"nobody rings: {rung}")
    await_value("select count(*) from calls where direction = 'inbound' and status = 'completed' "
                "and recording_url is not null and transcript is not null", "1")
    db.query(f"insert into contacts (real_estate_agent_id, name, phone_number, timezone) select '{AGENT}', 'X', "
             f"'{NUMBER}', timezone from contacts where timezone is not null limit 1")
    api.ask("POST", "/agent/calls/initiate", token("agent"), {"phone_number": NUMBER})
    api.ask("POST", "/auth/login", body={"email": "agent2@demo.test", "password": WORDS + "-password"})
    api.ask("GET", f"/agent/calls?status={WORDS}", token("agent"))
    api.ask("GET", f"/agent/calls/{WORDS}", token("agent"))
    call = db.value("select id from calls where direction = 'inbound'")
    for below in ("", "/transcript", "/turns", "/peaks", "/recording"):
        found = api.ask("GET", f"/agent/calls/{call}{below}", token("agent"))
        expect(found.status == 200, below, found)
    link = found.json()["recording_url"]
    heard = api.ask("GET", link[link.index("/media/"):])
    expect(heard.status == 200, "recording:", heard.status)
    return call, link


def secrets(call, link):
    """(what it is, its text)"""
    yield "words of a caller", WORDS
    yield "a caller's number", CALLER.lstrip("+")
    yield "a dialled number", NUMBER.lstrip("+")
    yield "our recording link", link.rpartition("/")[2].rpartition(".")[2]
    yield "the provider's recording link", db.value(f"select recording_url from calls where id = '{call}'")
    yield "a session token", token("agent")
    yield "an admin's session token", token("admin")
    yield "a password", "demo-password"
    yield "the provider's token", os.environ["WORLD_AUTH_TOKEN"]
    yield "the model's key", "sk-of-the-tests"
    yield "the link secret", "a secret that only tests know"
    for words in (turn for (turn,) in db.query("select text from call_turns where role = 'agent'")):
        if len(words) > 24:
            yield "words of the assistant", words[:60]


def admin_answers(ids):
    for o in operations:
        if o.role == "admin" and o.method == "GET":
            ours = dict(ids)
            yield str(o), api.ask("GET", o.filled(ours), token("admin"))


if __name__ == "__main__":
    request = voice_agent()
    await_value("select status from voice_agents", "active")
    call, link = talk()
    ids = {**belongings(OTHER, "harmless"), "agent_id": AGENT, "request_id": request, "call_id": call}
    hidden = list(secrets(call, link))
    expect(len(hidden) > 12, "too little is looked for:", [what for what, _ in hidden])

    for p in SERVICES:
        log = open(os.environ[f"WORLD_LOG_{p}"], encoding="utf-8", errors="replace").read()
        lines = log.splitlines()
        expect(len(lines) > 1, "log", p, "is nearly empty")
        metrics = Client(os.environ[f"WORLD_OPS_{p}"]).ask("GET", "/metrics")
        expect(metrics.status == 200 and b"va_" in metrics.body, "metrics", p, metrics.status)
        for what, text in hidden:
            told = next((line for line in lines if text in line), None)
            expect(told is None, "log of service", p, "tells", what, told)
            expect(text.encode() not in metrics.body, "metrics of service", p, "tell", what)
    for where, answer in admin_answers(ids):
        expect(answer.status == 200, where, answer)
        for what, text in hidden:
            expect(text.encode() not in answer.body, where, "tells an admin", what)
    shown = "".join(open(os.environ[f"WORLD_LOG_{p}"], encoding="utf-8", errors="replace").read() for p in SERVICES)
    print("numbers in logs look like:", sorted(set(re.findall(r"\*\*\*\d\d", shown)))[:5], file=sys.stderr)
    finish(least=100)
