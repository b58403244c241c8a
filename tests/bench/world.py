"""What the measurements of running services share: processes of the release, the database, CPU by process."""
import json
import os
import pathlib
import platform
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests/chaos"))

from stack import ACCOUNT, TOKEN, Process, ask, free_ports  # noqa: E402, F401

URL = os.environ["TEST_DATABASE_URL"]
SERVERS = pathlib.Path(os.environ["TEST_RABBITMQCTL"]).parents[1]
TICK = os.sysconf("SC_CLK_TCK")
AGENT = "0193a000-0000-7000-8000-000000000001"
PATIENCE_S = 300


class World:
    """What tests/chaos/stack.py's Process wants to know."""

    def __init__(self, directory, names, **settings):
        self.dir, self.bin = pathlib.Path(directory), ROOT / "build/release/bin"
        self.ports = dict(zip(names, free_ports(len(names))))
        self.running = []
        self.env = {
            **os.environ, "DATABASE_URL": URL, "AMQP_URL": os.environ["TEST_AMQP_URL"], "AMQP_PREFIX": "bench.",
            "TWILIO_ACCOUNT_SID": ACCOUNT, "TWILIO_AUTH_TOKEN": TOKEN, "LINK_SECRET": "a secret that only tests know",
            "SANDBOX_STATE": "", "SANDBOX_LEDGER": "", "SANDBOX_SCRIPTS": str(ROOT / "tests/scripts"),
            "LOG_LEVEL": "warn", **settings}

    def url(self, name):
        return f"http://127.0.0.1:{self.ports[name]}"

    def process(self, name, program=None):
        return Process(self, name, program or name, {"PORT": str(self.ports[name]), "OPS_PORT": str(free_ports(1)[0])})

    def start(self, name, program=None):
        p = self.process(name, program)
        p.start()
        self.running.append(p)
        p.await_ready()
        return p

    def stop(self, *processes):
        for p in processes or self.running[:]:
            p.kill()
            p.child.wait()
            self.running.remove(p)


def sql(statement):
    done = subprocess.run(["psql", "-XqAt", "-v", "ON_ERROR_STOP=1", URL], input=statement, text=True,
                          capture_output=True)
    if done.returncode:
        sys.exit(f"bench: {done.stderr}")
    return done.stdout.strip()


def until(condition, every_s=0.25):
    deadline = time.monotonic() + PATIENCE_S
    while sql(f"select ({condition})::text") != "true":
        if time.monotonic() > deadline:
            sys.exit(f"bench: not within {PATIENCE_S} s: {condition}")
        time.sleep(every_s)


def machine():
    cpu = [line for line in open("/proc/cpuinfo") if line.startswith("model name")]
    commit = subprocess.run(["git", "-C", ROOT, "describe", "--always", "--dirty"], text=True, capture_output=True)
    return (f"{cpu[0].split(': ')[1].strip() if cpu else platform.machine()}, {os.cpu_count()} cores, "
            f"load {os.getloadavg()[0]:.1f}; {commit.stdout.strip()}")


def program(name):
    """The path of what a bench measures with, built now if it was not."""
    build = ["cmake", "--build", ROOT / "build/release", "--target", name, "--", f"-j{os.environ.get('JOBS', 2)}"]
    if subprocess.run(build, stdout=subprocess.DEVNULL).returncode:
        sys.exit(f"bench: {name} cannot be built")
    return ROOT / "build/release/bench" / name


def figure(row, name, value, unit, aim, better="<", floor=None, floor_name=None):
    """One line of the table of `./dev bench`, for a row of its numbers; alone, a bench has printed it already."""
    if "BENCH_FIGURES" in os.environ:
        with open(os.environ["BENCH_FIGURES"], "a") as table:
            table.write(json.dumps({"row": row, "name": name, "value": value, "unit": unit, "aim": aim, "better": better,
                                    "floor": floor, "floor_name": floor_name}) + "\n")


# ---- CPU ----

def prefer(*processes, servers=()):
    """Before whatever else the machine does, threads and all, where we may: False when we may not. The broker comes
    behind ours, and so do these servers' processes: equals would wait for each other until they sleep."""
    ranked = [(p.child.pid, 2) for p in processes] + [(pid, 1) for pid in (*rabbitmq_pids(), *servers)]
    try:
        for pid, rank in ranked:
            for thread in os.listdir(f"/proc/{pid}/task"):
                os.sched_setscheduler(int(thread), os.SCHED_RR | os.SCHED_RESET_ON_FORK, os.sched_param(rank))
    except PermissionError:
        return False
    return True


def cpu_s(pid):
    """Seconds of CPU of a process, and of its children that have ended."""
    try:
        fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0
    return sum(map(int, fields[11:15])) / TICK


def postgres_pids():
    postmaster = (SERVERS / "postgres/data/postmaster.pid").read_text().split()[0]
    children = pathlib.Path(f"/proc/{postmaster}/task/{postmaster}/children").read_text().split()
    return [postmaster, *children]


def rabbitmq_pids():
    return [(SERVERS / "rabbitmq/pid").read_text().split()[0]]


class Meter:
    """CPU since it was made, by who used it: these processes of ours, and the two servers."""

    def __init__(self, *processes):
        self.groups = {p.name: (lambda pid=p.child.pid: [pid]) for p in processes}
        self.groups |= {"PostgreSQL": postgres_pids, "RabbitMQ": rabbitmq_pids}
        self.began = {name: sum(map(cpu_s, pids())) for name, pids in self.groups.items()}
        self.at = time.monotonic()

    def read(self):
        return {name: sum(map(cpu_s, pids())) - self.began[name] for name, pids in self.groups.items()}
