#!/usr/bin/env python3
"""Requests that are wrong before they mean anything, at both doors; writes by cookie; who asks too often."""
import json
import os
import socket
import sys
import time

from system import AGENT, KIB, PASSWORD, api, db, expect, finish, token

DOORS = {"gateway": (os.environ["WORLD_API"], "/auth/login"), "ingestor": (os.environ["WORLD_HOOKS"], "/webhooks/twilio/voice")}


def raw(origin, request):
    """(status, head, body, whether the connection ended) of bytes sent as they are."""
    host, port = origin.partition("//")[2].split(":")
    with socket.create_connection((host, int(port)), timeout=15) as s:
        s.sendall(request)
        got, ended = b"", False
        while True:
            try:
                s.settimeout(2)
                part = s.recv(65536)
            except (TimeoutError, ConnectionResetError) as e:
                ended = isinstance(e, ConnectionResetError)
                break
            if not part:
                ended = True
                break
            got += part
    head, _, body = got.partition(b"\r\n\r\n")
    status = int(head.split(b" ")[1]) if head.startswith(b"HTTP/1.1 ") else 0
    return status, head, body, ended


def head(method, path, *lines):
    return (f"{method} {path} HTTP/1.1\r\n" + "".join(f"{line}\r\n" for line in lines) + "\r\n").encode("latin-1")


def wrong_heads(path):
    host = "Host: a"
    yield "length and chunked", 400, head("POST", path, host, "Content-Length: 5", "Transfer-Encoding: chunked") + b"0\r\n\r\n"
    yield "two lengths", 400, head("POST", path, host, "Content-Length: 2", "Content-Length: 3") + b"{}"
    yield "the same length twice", 400, head("POST", path, host, "Content-Length: 2", "Content-Length: 2") + b"{}"
    yield "two hosts", 400, head("GET", path, host, "Host: b")
    yield "NUL in a header", 400, head("GET", path, host, "X-A: a\0b")
    yield "NUL in a header's name", 400, head("GET", path, host, "X\0A: a")
    yield "NUL in the path", 400, head("GET", path + "\0", host)
    yield "folded header", 400, head("GET", path, host, "X-A: a", " b")
    yield "space before the colon", 400, head("GET", path, host, "X-A : a")
    yield "strange encoding", 400, head("POST", path, host, "Transfer-Encoding: gzip, chunked")
    yield "long address", 414, head("GET", "/" + "x" * 9 * KIB, host)
    yield "large header", 431, head("GET", path, host, "X-A: " + "x" * 20 * KIB)


def at_the_doors():
    for door, (origin, path) in DOORS.items():
        for what, wanted, request in wrong_heads(path):
            status, _, _, ended = raw(origin, request)
            expect(status == wanted, door, what, "wanted", wanted, "got", status)
            expect(ended or wanted != 400, door, what, "leaves the connection open")
        status, _, body, _ = raw(origin, head("GET", "/no/such/path", "Host: a", "Connection: close"))
        expect(status == 404, door, "unknown path", status)
        status, found, _, _ = raw(origin, head("DELETE", path, "Host: a", "Connection: close"))
        expect(status == 405 and b"Allow: POST" in found, door, "wrong method", status, found)
        status, _, _, _ = raw(origin, head("POST", path, "Host: a", "Content-Length: 5000000", "Connection: close"))
        expect(status == 413, door, "a body that is announced too big", status)


def by_cookie():
    cookie = {"Cookie": f"va_session={token('agent')}"}
    own = os.environ["WORLD_API"]
    proof = api.ask("GET", "/auth/me", headers=cookie).json()["csrf_token"]
    body, path = {"no_such_member": 1}, "/agent/voice-agent/request"  # 400: it was let in, and changed nothing
    for what, headers, wanted, code in (
            ("no proof", {}, 403, "csrf"),
            ("a wrong proof", {"X-CSRF-Token": "x"}, 403, "csrf"),
            ("the proof of nobody", {"X-CSRF-Token": proof[:-1] + ("a" if proof[-1] != "a" else "b")}, 403, "csrf"),
            ("proof", {"X-CSRF-Token": proof}, 400, "invalid_request"),
            ("our own page", {"Origin": own}, 400, "invalid_request"),
            ("another page", {"Origin": "https://evil.example"}, 403, "foreign_origin"),
            ("another page with proof", {"Origin": "https://evil.example", "X-CSRF-Token": proof}, 403, "foreign_origin"),
            ("a page of nowhere", {"Origin": "null"}, 403, "foreign_origin"),
            ("a page that begins like ours", {"Origin": own + ".evil.example"}, 403, "foreign_origin")):
        answer = api.ask("POST", path, body=body, headers={**cookie, **headers})
        expect(answer.status == wanted and answer.error().get("code") == code, "cookie,", what, answer)


def login(email, password):
    return api.ask("POST", "/auth/login", body={"email": email, "password": password})


def credentials():
    for email, password in (("", PASSWORD), ("agent@demo.test", ""), ("agent@demo.test", "x" * 1025),
                            ("x" * 255, PASSWORD), ("agent@demo.test", 7)):
        answer = login(email, password)
        expect(answer.status == 400, "login", email[:20], str(password)[:20], answer)
    began = time.monotonic()
    expect(login("agent@demo.test", "x" * (1 << 20)).status == 413, "a password of 1 MiB")
    expect(time.monotonic() - began < 5, "a password of 1 MiB was read")


def too_early_to_switch_on():
    db.query(f"insert into voice_agents (real_estate_agent_id, name) values ('{AGENT}', 'X')")
    for status in ("active", "inactive"):
        answer = api.ask("POST", "/agent/voice-agent/toggle-status", token("agent"), {"status": status})
        expect(answer.status == 409 and answer.error().get("code") == "not_set_up", "toggle before the number is there:", answer)
    db.query("delete from voice_agents")


def used_up():
    """The calls of a day: the one that would be too much is refused, in a batch too; what was refused does not count."""
    db.query("insert into phone_numbers (phone_number, status) values ('+12025550160', 'assigned')")
    db.query(f"insert into voice_agents (real_estate_agent_id, name, status, phone_number_id) select '{AGENT}', 'X', 'active', "
             "id from phone_numbers where phone_number = '+12025550160'")
    db.query(f"update real_estate_agents set daily_calls = 2 where id = '{AGENT}'")
    contacts = [i for (i,) in db.query(f"select id from contacts where real_estate_agent_id = '{AGENT}' order by id")]
    batch = api.ask("POST", "/agent/calls/batch", token("agent"), {"contact_ids": contacts[:3]})
    reasons = [c["reason"] for c in (batch.json() or {}).get("calls", [])]
    expect(batch.status == 201 and reasons == [None, None, "daily_cap"], "a batch over the cap:", batch)
    patience = time.monotonic() + 20  # until its calls are opened
    while db.value("select count(*) from calls where batch_id is not null") != "2" and time.monotonic() < patience:
        time.sleep(0.05)
    one = api.ask("POST", "/agent/calls/initiate", token("agent"), {"contact_id": contacts[4]})
    expect(one.status == 429 and one.error().get("code") == "daily_cap", "a call over the cap:", one)
    expect(one.headers.get("Retry-After"), "a call over the cap: no Retry-After")
    db.query(f"update real_estate_agents set daily_calls = 3 where id = '{AGENT}'")
    one = api.ask("POST", "/agent/calls/initiate", token("agent"), {"contact_id": contacts[4]})
    expect(one.status in (201, 202), "the last call of the day:", one)


if __name__ == "__main__":
    at_the_doors()
    by_cookie()
    credentials()
    too_early_to_switch_on()
    used_up()
    finish(least=60)
