#!/usr/bin/env python3
"""Every secret is exchanged while callers talk, agents dial and pages are read.

Twilio's auth token, as docs/OPERATING.md tells it: a secondary token is made, everything learns it, it is promoted, the old
one is forgotten. Then LINK_SECRET: everybody accepts the next one, signs with it, forgets the one before. Each step is
a rolling replacement. Exit 0 only if no request failed and no call died, and the old token opens nothing any more.
"""
import argparse
import base64
import sys

from town import ROOT, Failed, Town, ask, rehearse
from stack import ACCOUNT, TOKEN

NEW_TOKEN = "fedcba9876543210fedcba9876543210"
OLD_LINK, NEW_LINK = "a secret that only tests know", "another secret that only tests know"
CALLED = ("webhook-ingestor", "ai-pipeline")  # by Twilio, who signs
USERS = ("api-gateway", "call-dialer", "ai-pipeline")  # of Twilio's REST API
READERS = ("webhook-ingestor", "api-gateway", "ai-pipeline")  # of links

p = argparse.ArgumentParser(prog="./dev rehearse keys", description=__doc__,
                            formatter_class=argparse.RawDescriptionHelpFormatter)
p.add_argument("--bin", default=str(ROOT / "build/release/bin"), help="folder of the build")
p.add_argument("--keep", action="store_true", help="keep the folder of the logs")
a = p.parse_args()


def renew(town, programs, **env):
    town.env.update(env)
    for program in programs:
        town.replace(program)


def old_token_opens(town):
    basic = base64.b64encode(f"{ACCOUNT}:{TOKEN}".encode()).decode()
    return ask(town.ports["sandbox"], "GET", f"/2010-04-01/Accounts/{ACCOUNT}/Calls.json", None,
               {"Authorization": "Basic " + basic})[0] == 200


def work(traffic):
    town, step = traffic.town, traffic.step
    step("Twilio: a secondary token", lambda: town.telephone("PUT", "/sandbox/tokens", {"secondary": NEW_TOKEN}))
    step("ingestors believe both", lambda: renew(town, ["webhook-ingestor"], TWILIO_AUTH_TOKEN_NEXT=NEW_TOKEN))
    step("all others use the new one", lambda: renew(
        town, USERS, TWILIO_AUTH_TOKEN=NEW_TOKEN, TWILIO_AUTH_TOKEN_NEXT=TOKEN))
    step("Twilio: it is promoted", lambda: town.telephone("PUT", "/sandbox/tokens", {
        "primary": NEW_TOKEN, "secondary": ""}))
    step("the old one is forgotten", lambda: renew(town, CALLED, TWILIO_AUTH_TOKEN_NEXT=""))
    if old_token_opens(town):
        raise Failed("the old token still opens the API")
    step("links: the next is accepted", lambda: renew(town, READERS, LINK_SECRET_NEXT=NEW_LINK))
    step("links: signed with the next", lambda: renew(
        town, (*READERS, "call-dialer"), LINK_SECRET=NEW_LINK, LINK_SECRET_NEXT=OLD_LINK))
    step("links: the old is forgotten", lambda: renew(town, READERS, LINK_SECRET_NEXT=""))
    if traffic.tally.by_turns:
        raise Failed(f"{traffic.tally.by_turns} calls found no media socket that believed them")


sys.exit(rehearse(Town(a.bin), a.keep, work))
