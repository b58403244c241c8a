#!/usr/bin/env python3
"""trace.py CALL [--words]: one call's story, from the database (trace.sql) and the services' logs, in time order.

CALL is our id or the telephone network's. Everything of one trace belongs together: log lines of a trace that one of the
call's messages carried are shown, too. Numbers are masked; what people said is shown only with --words.
"""
import datetime
import json
import os
import pathlib
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
LOGS = ROOT / ".run/log"
PLAIN = ("at", "level", "service", "event", "call", "trace", "id", "tenant")


def from_database(call, words):
    done = subprocess.run(["psql", "-XqAt", "-v", "ON_ERROR_STOP=1", "-v", f"call={call}", "-v", f"words={words}", "-d",
                           os.environ["DATABASE_URL"], "-f", ROOT / "tools/trace.sql"], text=True, capture_output=True)
    if done.returncode:
        sys.exit(f"dev: {done.stderr.strip()}")
    return [json.loads(line) for line in done.stdout.splitlines()]


def log_lines():
    for path in sorted(LOGS.glob("*.log*")):
        for line in path.open(errors="replace"):
            try:
                entry = json.loads(line)
            except ValueError:
                continue
            if isinstance(entry, dict) and "event" in entry:
                yield entry


def from_logs(names):
    """names: ids of the call; every trace that one of its lines has is its own, too."""
    entries = list(log_lines())
    traces = {e["trace"] for e in entries if names & set(map(str, e.values())) and e.get("trace", "").strip("0")} | names
    return [{"at": e["at"], "who": e.get("service", "?"), "what": e["event"], **{k: v for k, v in e.items() if k not in PLAIN},
             "trace": e.get("trace")} for e in entries if traces & set(map(str, e.values()))]


def milliseconds(at):
    return datetime.datetime.fromisoformat(at.replace("Z", "+00:00")).timestamp() * 1000


def show(story):
    began = milliseconds(story[0]["at"])
    for e in story:
        further = "  ".join(f"{k}={v if isinstance(v, str) else json.dumps(v, ensure_ascii=False)}" for k, v in e.items()
                            if k not in ("at", "who", "what") and v not in (None, ""))
        print(f"{e['at'][11:23]} {milliseconds(e['at']) - began:+9.0f}  {e['who']:16} {e['what']:24} {further}")


def main():
    words = "--words" in sys.argv[1:]
    calls = [a for a in sys.argv[1:] if a != "--words"]
    if len(calls) != 1:
        sys.exit("usage: ./dev trace CALL [--words]")
    kept = from_database(calls[0], "yes" if words else "no")
    if not kept:
        sys.exit(f"dev: there is no call '{calls[0]}'")
    names = {e[k] for e in kept for k in ("call", "sid", "attempt", "trace") if e.get(k)}
    story = sorted(kept + from_logs(names), key=lambda e: e["at"])
    print(f"call {kept[0].get('call', calls[0])}, {story[0]['at'][:10]} (UTC; milliseconds since the first of it)")
    show(story)


main()
