#!/usr/bin/env python3
"""A rolling restart of every service while callers talk, agents dial and pages are read.

Two replicas of each stand behind a front that asks /readyz. One after the other is replaced: a new one starts, and once
it is ready an old one gets SIGTERM and must end by itself with 0. Exit 0 only if no request failed, no call died, each
call is told truly by the database, and nothing lies in the queue of the dead.
"""
import argparse
import sys

from town import PROGRAMS, ROOT, Town, rehearse

p = argparse.ArgumentParser(prog="./dev rehearse rolling", description=__doc__,
                            formatter_class=argparse.RawDescriptionHelpFormatter)
p.add_argument("--rounds", type=int, default=1, help="how often every service is replaced")
p.add_argument("--bin", default=str(ROOT / "build/release/bin"), help="folder of the build")
p.add_argument("--keep", action="store_true", help="keep the folder of the logs")
a = p.parse_args()


def work(traffic):
    for _ in range(a.rounds):
        for program in PROGRAMS:
            traffic.step(f"{program}: two replaced", lambda: traffic.town.replace(program))


sys.exit(rehearse(Town(a.bin), a.keep, work))
