#!/usr/bin/env python3
"""A day in the life of the system, told while it happens: ./dev demo.

An agent asks for a voice agent, an admin approves, a caller rings and talks, one call and a small
batch are placed, and the figures must add up. Everything goes through the public interfaces: the
API for the people, the sandbox's telephone network for the callers. Exit 0 only if all of it happened.
"""
import json
import os
import sys
import time
import urllib.error
import urllib.request

API = os.environ.get("API_URL", "http://127.0.0.1:8080")
SANDBOX = os.environ.get("SANDBOX_URL", "http://127.0.0.1:8090")
PASSWORD = "demo-password"
CALLER = "+12025550177"
PATIENCE_S = 90  # for anything that takes its time: a whole call, a batch


class Failed(Exception):
    pass


def ask(method, url, token=None, body=None):
    """One request; the decoded JSON answer. A status of 400 or more is a failure of the demo."""
    request = urllib.request.Request(url, method=method)
    request.add_header("Accept", "application/json")
    if token:
        request.add_header("Authorization", "Bearer " + token)
    if body is not None:
        request.data = json.dumps(body).encode()
        request.add_header("Content-Type", "application/json")
    try:
        with urllib.request.urlopen(request, timeout=60) as answer:
            text = answer.read()
            return answer.status, json.loads(text) if text else None
    except urllib.error.HTTPError as refusal:
        text = refusal.read().decode(errors="replace")
        try:
            return refusal.code, json.loads(text)
        except ValueError:
            raise Failed(f"{method} {url}: {refusal.code} {text[:200]}")


def must(method, url, token=None, body=None):
    status, answer = ask(method, url, token, body)
    if status >= 400:
        raise Failed(f"{method} {url}: {status} {json.dumps(answer)}")
    return answer


def until(what, look):
    """Look again until it is true; the thing seen."""
    deadline = time.monotonic() + PATIENCE_S
    while time.monotonic() < deadline:
        seen = look()
        if seen:
            return seen
        time.sleep(0.1)
    raise Failed(f"{what}: not within {PATIENCE_S} s")


def say(text=""):
    print(text, flush=True)


def heading(text):
    say()
    say(f"── {text} " + "─" * max(0, 76 - len(text)))


def login(email):
    return must("POST", API + "/auth/login", body={"email": email, "password": PASSWORD})["token"]


def approve_voice_agent(agent, admin):
    heading("An agent asks for a voice agent, an admin approves")
    status, answer = ask("POST", API + "/agent/voice-agent/request", agent, {})
    if status == 409:
        say("agent@demo.test has asked before.")
    elif status >= 400:
        raise Failed(f"request: {status} {answer}")
    else:
        say(f"agent@demo.test asks: request {answer['request_id']} is {answer['status']}.")
    for request in must("GET", API + "/admin/voice-agent-requests?status=pending", admin):
        done = must("POST", f"{API}/admin/voice-agent-requests/{request['id']}/approve", admin, {})
        say(f"admin@demo.test approves {request['id']}: voice agent {done['voice_agent_id']}.")

    def active():
        status, answer = ask("GET", API + "/agent/voice-agent", agent)
        return answer if status == 200 and answer["status"] == "active" else None

    voice_agent = until("the voice agent gets its number", active)
    say(f"“{voice_agent['name']}” answers {voice_agent['phone_number']}, status {voice_agent['status']}.")
    return voice_agent


def tell(agent, call_id):
    """A call as the agent sees it afterwards."""
    call = must("GET", f"{API}/agent/calls/{call_id}", agent)
    say(f"{call['direction']} call {call['from_number']} → {call['to_number']}: {call['status']}, "
        f"{call['duration_seconds']} s")
    for line in (call.get("transcript") or "(nothing was said)").splitlines():
        say("    " + line)
    return call


def caller_rings(agent, voice_agent):
    heading("A caller rings and talks")
    before = must("GET", API + "/agent/calls?page_size=1", agent)["total"]
    placed = must("POST", SANDBOX + "/sandbox/calls",
                  body={"to": voice_agent["phone_number"], "from": CALLER, "script": "buyer"})

    def stored():
        page = must("GET", API + "/agent/calls?page_size=5", agent)
        mine = [c for c in page["items"] if c["twilio_call_sid"] == placed["call_sid"]]
        done = mine and mine[0]["status"] == "completed" and mine[0]["recording_url"]
        return mine[0] if done and page["total"] > before else None

    call = tell(agent, until("the call ends and its recording arrives", stored)["id"])
    spoken = [t for t in must("GET", f"{API}/agent/calls/{call['id']}/turns", agent)["items"]
              if t["role"] == "caller"]
    if len(spoken) < 3:
        raise Failed(f"the caller was heard {len(spoken)} times, not three")
    recording = must("GET", f"{API}/agent/calls/{call['id']}/recording", agent)
    with urllib.request.urlopen(recording["recording_url"], timeout=30) as audio:
        size = len(audio.read())
    if size < 1000:
        raise Failed(f"the recording has {size} bytes")
    say(f"recording {recording['recording_sid']}: {size // 1000} kB of audio behind a link of five minutes")

    def summed_up():
        seen = must("GET", f"{API}/agent/calls/{call['id']}", agent)
        return seen if seen.get("summary") else None

    result = until("the call is summed up", summed_up)
    say(f"summed up: {result['summary']} Outcome: {result['outcome'].replace('_', ' ')}.")


def ended(agent, call_id):
    call = must("GET", f"{API}/agent/calls/{call_id}", agent)
    return call["status"] in ("completed", "busy", "no-answer", "failed", "canceled")


def place_a_call(agent, contact):
    heading(f"The assistant calls {contact['name']}")
    must("PUT", f"{SANDBOX}/sandbox/callees/{contact['phone_number'].replace('+', '%2B')}", body="lead")
    placed = must("POST", API + "/agent/calls/initiate", agent, {"contact_id": contact["id"]})
    say(f"initiate: call {placed['call_id']} is {placed['call_sid'] or 'on its way'}")
    until("the call ends", lambda: ended(agent, placed["call_id"]))
    call = tell(agent, placed["call_id"])
    if call["status"] != "completed":
        raise Failed(f"the call ended {call['status']}")


def place_a_batch(agent, contacts):
    heading("A batch of five, a second apart")
    for contact, script in zip(contacts, ("lead", "busy", "lead", "no-answer", "lead")):
        number = contact["phone_number"].replace("+", "%2B")
        must("PUT", f"{SANDBOX}/sandbox/callees/{number}", body=script)
    batch = must("POST", API + "/agent/calls/batch", agent,
                 {"contact_ids": [c["id"] for c in contacts], "delay_seconds": 1})
    if batch["call_count"] != len(contacts):
        raise Failed(f"{batch['call_count']} of {len(contacts)} are to be called: {json.dumps(batch)}")
    say(f"accepted: {batch['call_count']} calls")
    names = {c["id"]: c["name"] for c in contacts}
    for call in batch["calls"]:
        until("a call of the batch ends", lambda: ended(agent, call["call_id"]))
        seen = must("GET", f"{API}/agent/calls/{call['call_id']}", agent)
        say(f"    {names[call['contact_id']]:24} {seen['status']:12} {seen['duration_seconds']:3} s")


def figures(agent, admin, voice_agent):
    heading("The figures of today, for the admin")
    url = f"{API}/admin/voice-agents/{voice_agent['id']}/call-stats?period=day"

    def settled():
        """Both show the same: nothing is under way, and the last end has been counted."""
        stats = must("GET", url, admin)
        mine = must("GET", API + "/agent/calls?page_size=100", agent)["items"]
        over = stats["completed_calls"] + stats["failed_calls"] == stats["total_calls"]
        return stats if over and stats["total_calls"] >= min(7, len(mine)) and \
            all(c["ended_at"] for c in mine) else None

    stats = until("the statistics add up", settled)
    statuses = ", ".join(f"{n} {status}" for status, n in stats["calls_by_status"].items())
    outcomes = ", ".join(f"{n} {outcome.replace('_', ' ')}" for outcome, n in stats["calls_by_outcome"].items())
    say(f"{stats['total_calls']} calls: {statuses}; {stats['calls_by_direction']['inbound']} of them were callers")
    say(f"{stats['total_duration_seconds']} s of talk, {stats['average_duration_seconds']} s a call; outcomes: {outcomes or 'none yet'}")
    for part, words in (("answered", "from the caller's last word to ours"), ("llm_first", "of it for the model's first word"),
                        ("tts_first", "and for its first sound")):
        if part in stats["latency_ms"]:
            say(f"    {stats['latency_ms'][part]['p50']:5} ms at the median {words}")


def main():
    agent, admin = login("agent@demo.test"), login("admin@demo.test")
    voice_agent = approve_voice_agent(agent, admin)
    contacts = must("GET", API + "/agent/contacts?page_size=6", agent)["items"]
    if len(contacts) < 6:
        raise Failed("the demo data has six contacts")
    caller_rings(agent, voice_agent)
    place_a_call(agent, contacts[0])
    place_a_batch(agent, contacts[1:6])
    figures(agent, admin, voice_agent)
    heading("It stays up: look around")
    say(f"page and API   {API}")
    say(f"logins         agent@demo.test, agent2@demo.test, admin@demo.test; password {PASSWORD}")
    say(f"the telephone  {SANDBOX} (services/sandbox/README.md: ring it yourself)")
    say("stop it        ./dev down")


if __name__ == "__main__":
    try:
        main()
    except (Failed, urllib.error.URLError, OSError) as problem:
        say()
        say(f"demo: FAILED: {problem}")
        sys.exit(1)
