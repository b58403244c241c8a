#!/usr/bin/env python3
"""Dials while everything breaks: no phone rings twice, no dial is forgotten, and everything ends with its reason.

Agents ask for calls, singly and in batches, while processes are killed and frozen at named fault points and at any
time, the database and the broker are restarted, and the telephone network hangs, cuts, refuses and loses callbacks.
Then all becomes quiet, the reconcilers do their work, and the network's ledger is compared with the database.
Exit 0 only if nothing was dialed twice, lost, or has no explanation. The seed brings the same faults again.
"""
import argparse
import collections
import random
import signal
import sys
import time

from load import AGENT, Load
from stack import ROOT, Failed, Stack, ask
from storm import CREATE, Storm, fault_points
from verdict import WORDS, Verdict

NEWCOMERS = 6
QUIET_S = 180  # beyond the age at which an attempt is absent


def arguments():
    p = argparse.ArgumentParser(prog="./dev chaos dial", description=__doc__,
                                formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--small", action="store_true", help="what ./dev test runs: a minute")
    p.add_argument("--seed", type=int, default=None, help="of the faults and of who is called; default: a new one")
    p.add_argument("--dials", type=int, default=None, help="people to be called (3000; small: 250)")
    p.add_argument("--minutes", type=float, default=None, help="how long they are asked for (5; small: 0.3)")
    p.add_argument("--dialers", type=int, default=None, help="call-dialers at work (4; small: 3)")
    p.add_argument("--agents", type=int, default=6)
    p.add_argument("--freeze", type=float, default=None, help="longest freeze in seconds (40; small: 4)")
    p.add_argument("--bin", default=str(ROOT / "build/dev/bin"), help="folder of a build with fault points")
    p.add_argument("--keep", action="store_true", help="keep the folder of the logs and the ledger")
    a = p.parse_args()
    usual = dict(dials=250, minutes=0.3, dialers=3, freeze=4) if a.small else dict(
        dials=3000, minutes=5, dialers=4, freeze=40)
    for name, value in usual.items():
        if getattr(a, name) is None:
            setattr(a, name, value)
    a.seed = random.SystemRandom().randrange(1 << 32) if a.seed is None else a.seed
    return a


def say(text=""):
    print(text, flush=True)


def settings(a):
    # An attempt is absent only when no frozen dialer may still send for it.
    return {"DIAL_CPS": "200", "SANDBOX_CPS": "1000", "SANDBOX_SPEED": "200", "RECONCILE_MS": "500",
            "RECONCILE_AFTER_S": "3", "ABSENT_AFTER_S": str(int(a.freeze + 14)), "SETUP_RETRY_S": "1"}


# ---- before the storm ----

def add_agents(stack, agents, newcomers):
    """Agents who dial, with their numbers, and newcomers who have none yet."""
    stack.sql((ROOT / "services/api-gateway/demo_data.sql").read_text(encoding="utf-8"))
    stack.sql(f"""
        insert into real_estate_agents (id, email, name, company_name, country, area_code, timezone, daily_calls,
                                        password_hash)
        select '{AGENT}' || 100 + n, 'agent' || n || '@chaos.test', 'Agent ' || n, 'Chaos', 'US', '202', 'America/New_York',
               1000000, (select password_hash from admins limit 1)
        from generate_series(0, {agents + newcomers - 1}) n;
        insert into phone_numbers (id, phone_number, status)
        select 'number-' || n, '+1202555' || (9000 + n), 'assigned' from generate_series(0, {agents - 1}) n;
        insert into voice_agents (real_estate_agent_id, name, status, phone_number_id)
        select '{AGENT}' || 100 + n, 'Vera', 'active', 'number-' || n from generate_series(0, {agents - 1}) n""")
    for n in range(agents):
        stack.telephone("POST", "/sandbox/numbers", {"phone_number": f"+1202555{9000 + n}"})


def ask_for_numbers(stack, load, agents):
    """The newcomers ask for voice agents and get them approved; the dialers set them up in the storm."""
    admin = load.token_of("admin@demo.test")
    for token in load.tokens[agents:]:
        _, asked = ask(stack.ports["api-gateway"], "POST", "/agent/voice-agent/request", {},
                       {"Authorization": f"Bearer {token}"})
        status, done = ask(stack.ports["api-gateway"], "POST",
                           f"/admin/voice-agent-requests/{asked['request_id']}/approve", {},
                           {"Authorization": f"Bearer {admin}"})
        if status >= 300:
            raise Failed(f"approve: {status} {done}")


def arm_dialers(stack, storm):
    for p in stack.dialers:
        p.kill()
        p.child.wait()
        p.start(storm.armory.next())
    for p in stack.dialers:
        p.await_ready()


# ---- the storm, and the quiet after it ----

def blow(stack, storm, load):
    load.start()
    storm.start()
    while not storm.over() or not load.done():
        storm.tick()
        time.sleep(0.02)
    storm.calm()
    # For the fault points that are still to be met: something to dial, and calls nobody hears of again.
    stack.telephone("POST", "/sandbox/faults", {"api": CREATE, "kind": "close_after_accept", "times": 4})
    stack.telephone("POST", "/sandbox/faults", {"api": "callback.status", "kind": "drop", "times": 12})
    load.start_last()
    while not load.done():
        storm.look_after(time.monotonic())
        time.sleep(0.02)


# Nobody of before the calm is alive, so what runs out in minutes may run out now.
TIME_PASSES = """
    update dial_attempts set updated_at = now() - interval '1 hour' where state = 'queued';
    update live_calls set check_at = now();
    update dial_attempts set posted_at = posted_at - interval '2 minutes' where state in ('posting', 'unknown');
    update outbox set lease_until = now() where sent_at is null and lease_until is not null"""
OPEN = """select concat_ws(', ',
    (select string_agg(n || ' attempts ' || state, ', ') from (select state, count(*) as n from dial_attempts
     where state in ('queued', 'claimed', 'posting', 'unknown') group by 1) open),
    (select count(*) || ' live calls' from live_calls having count(*) > 0),
    (select count(*) || ' of batches' from batch_contacts where state <> 'ended' having count(*) > 0),
    (select count(*) || ' messages unsent' from outbox where sent_at is null having count(*) > 0),
    (select count(*) || ' voice agents without a number' from voice_agents where status <> 'active'
     having count(*) > 0))"""


def await_quiet(stack, storm, seconds):
    """What is still open when the time is up; nothing, if all is well."""
    until = time.monotonic() + seconds
    while (left := stack.sql(OPEN)[0][0]) and time.monotonic() < until:
        storm.look_after(time.monotonic())
        time.sleep(0.5)
    return left


# ---- the report ----

def report(storm, verdict, hit, names, left, odd, dead):
    say("\nfaults injected")
    for kind, n in sorted(storm.injected.items()):
        say(f"  {n:6}  {kind}")
    say("fault points of call-dialer reached")
    for name in names:
        say(f"  {hit[name]:6}  {name}")
    say("dead letters, replayed")
    for (queue, reason), n in sorted(collections.Counter(
            (line[58:76].strip(), line[92:].strip()) for line in dead).items()):
        say(f"  {n:6}  {queue}: {reason}")
    say("dials")
    for what, n in verdict.figures().items():
        say(f"  {n:6}  {what}")
    for line in verdict.stories():
        say(line)
    for line in odd:
        say(f"wrong: {line}")
    if left:
        say(f"wrong: it did not become quiet: {left}")


def run(a, stack):
    names = fault_points()
    began = time.monotonic()
    stack.up()
    add_agents(stack, a.agents, NEWCOMERS)
    load = Load(stack, a.seed, a.agents, a.dials, a.minutes * 60)
    load.people()
    load.sign_in(a.agents + NEWCOMERS)
    storm = Storm(stack, a.seed, a.minutes * 60, a.freeze, names)
    arm_dialers(stack, storm)
    ask_for_numbers(stack, load, a.agents)
    say(f"seed {a.seed}: {a.dials} dials by {a.agents} agents in {a.minutes * 60:.0f} s, {a.dialers} dialers, "
        f"{len(storm.faults)} faults; up after {time.monotonic() - began:.0f} s; {stack.dir}")
    blow(stack, storm, load)
    say(f"quiet from {time.monotonic() - began:.0f} s on")
    if a.small:
        stack.sql(TIME_PASSES)
    left = await_quiet(stack, storm, a.freeze + 14 + QUIET_S)
    dead = stack.dead("list")[1:]
    if dead and not left:  # as their operator would; to replay what was done meanwhile must change nothing
        stack.dead("replay", "--all")
        left = await_quiet(stack, storm, QUIET_S)
    verdict = Verdict(stack, load.asked)
    verdict.judge(stack.dead("list")[1:] if not left else dead)
    hit = storm.points_hit()
    odd = [line for p in stack.services for line in p.odd_ends]
    if not a.small:  # two minutes on a slow machine may be too few for all of them; the report counts them
        odd += [f"fault point {name} was never reached" for name in names if not hit[name]]
    report(storm, verdict, hit, names, left, odd, dead)
    good = verdict.clean() and not left and not odd
    figures = verdict.figures()
    say(f"\nseed {a.seed}, {sum(storm.injected.values()) + sum(hit.values())} faults, "
        f"{time.monotonic() - began:.0f} s: attempted {figures['attempted']}, placed {figures['placed']}, " +
        ", ".join(f"{word} {figures[word]}" for word in WORDS) + (": good" if good else ": WRONG"))
    return good


def main():
    a = arguments()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    stack = Stack(a.bin, a.dialers, settings(a))
    good = False
    try:
        good = run(a, stack)
    except Failed as e:
        say(f"chaos: {e}")
    finally:
        keep = a.keep or not good
        stack.down(keep)
        if keep:
            say(f"logs and ledger: {stack.dir}")
    sys.exit(0 if good else 1)


if __name__ == "__main__":
    main()
