#!/usr/bin/env python3
"""An upgrade and its roll-back while callers talk, agents dial and pages are read.

The version of COMMIT (default: the one before the newest migration) runs. The migrations of this tree are applied beneath
it, then every service is replaced by this tree's, one replica after the other; then all by COMMIT's again, on the newer
schema: that is the roll-back. Exit 0 only if no request failed and no call died on the way.
"""
import argparse
import subprocess
import sys

from town import PROGRAMS, ROOT, Failed, Town, rehearse, say

p = argparse.ArgumentParser(prog="./dev rehearse upgrade", description=__doc__,
                            formatter_class=argparse.RawDescriptionHelpFormatter)
p.add_argument("commit", nargs="?", help="the version that runs before")
p.add_argument("--keep", action="store_true", help="keep the folder of the logs")
a = p.parse_args()


def git(*arguments):
    return subprocess.run(["git", "-C", str(ROOT), *arguments], check=True, text=True, capture_output=True).stdout.strip()


def built(commit):
    """Its tree, with a release built in it; kept under .run/ for the next time."""
    tree = ROOT / ".run/rehearse" / git("rev-parse", "--short=12", commit)
    if not tree.exists():
        git("worktree", "prune")
        git("worktree", "add", "--detach", str(tree), commit)
    if subprocess.run([tree / "dev", "build", "release"], stdout=sys.stderr).returncode:
        raise Failed(f"{commit} does not build")
    return tree


def versions(tree):
    return {file.name for file in (tree / "migrations").glob("*.sql")}


def work(traffic, old):
    town = traffic.town
    traffic.step("the new migrations", lambda: town.migrate(ROOT))
    for program in PROGRAMS:
        traffic.step(f"{program}: new", lambda: town.replace(program, ROOT / "build/release/bin"))
    for program in reversed(PROGRAMS):
        traffic.step(f"{program}: back", lambda: town.replace(program, old / "build/release/bin"))


try:
    old = built(a.commit or git("log", "-1", "--diff-filter=A", "--format=%H", "--", "migrations") + "~1")
except (Failed, subprocess.CalledProcessError) as e:
    sys.exit(f"rehearse: {e} {getattr(e, 'stderr', '') or ''}")
newer = sorted(versions(ROOT) - versions(old))
say(f"from {git('log', '-1', '--format=%h %s', old.name)}")
say(f"to   {git('log', '-1', '--format=%h %s')}; migrations: {', '.join(newer) or 'none'}")
town = Town(old / "build/release/bin", tree=old)
town.sandbox.folder = ROOT / "build/release/bin"
sys.exit(rehearse(town, a.keep, lambda traffic: work(traffic, old)))
