"""The whole system as processes of ours, made to be harmed: PostgreSQL and RabbitMQ of its own, the sandbox, the
services, several dialers. Who is killed is started again; who ends by itself is remembered: that is never right.
"""
import ctypes
import http.client
import json
import os
import pathlib
import random
import re
import shutil
import signal
import socket
import subprocess
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
ACCOUNT, TOKEN = "AC00000000000000000000000000000001", "0123456789abcdef0123456789abcdef"
READY_S = 60
DIALERS_MAX = 8
LIBRARIES = "for lib in proc postgres rabbitmq; do . \"$ROOT/tools/lib/$lib.sh\"; done"


class Failed(Exception):
    pass


def bash(line):
    """A line that may use the functions of ./dev."""
    script = ('set -euo pipefail; say() { :; }; warn() { printf "%s\\n" "$@" >&2; }; '
              f'die() {{ warn "$@"; exit 1; }}; {LIBRARIES}; {line}')
    done = subprocess.run(["bash", "-c", script], env={**os.environ, "ROOT": str(ROOT)}, text=True,
                          stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    if done.returncode:
        raise Failed(f"{line}: {done.stderr.strip()}")
    return done.stdout.strip()


def free_ports(n):
    """Below the kernel's ephemeral range; held together, so that they differ."""
    held = []
    while len(held) < n:
        s = socket.socket()
        try:
            s.bind(("127.0.0.1", random.randrange(20000, 32000)))
            held.append(s)
        except OSError:
            s.close()
    ports = [s.getsockname()[1] for s in held]
    for s in held:
        s.close()
    return ports


def ask(port, method, path, body=None, headers=None, timeout=20):
    """(status, decoded body) of one request on a connection of its own. OSError, HTTPException: no answer."""
    wire = http.client.HTTPConnection("127.0.0.1", port, timeout=timeout)
    try:
        sent = None if body is None else json.dumps(body).encode()
        wire.request(method, path, sent, {"Content-Type": "application/json", **(headers or {})})
        got = wire.getresponse()
        text = got.read()
        return got.status, json.loads(text) if text else None
    finally:
        wire.close()


def die_with_parent():
    ctypes.CDLL(None).prctl(1, signal.SIGKILL)  # PR_SET_PDEATHSIG: a run that is killed leaves nobody behind


class Process:
    """One service. Its log is appended to over all its lives."""

    def __init__(self, stack, name, program, env):
        self.stack, self.name, self.program, self.env = stack, name, program, env
        self.folder = stack.bin
        self.log = stack.dir / f"{name}.log"
        self.child, self.expected, self.back_at, self.wake_at = None, False, None, None
        self.lives, self.odd_ends = 0, []

    def start(self, faults=""):
        env = {**self.stack.env, **self.env, "VA_FAULT": faults}
        with open(self.log, "ab") as log:
            self.child = subprocess.Popen([self.folder / self.program], env=env, stdin=subprocess.DEVNULL,
                                          stdout=log, stderr=log, preexec_fn=die_with_parent)
        self.expected, self.back_at, self.wake_at = False, None, None
        self.lives += 1

    def signal(self, number):
        if self.child and self.child.poll() is None:
            self.child.send_signal(number)

    def kill(self):
        self.expected = True
        self.signal(signal.SIGKILL)

    def ended(self):
        """Whether it has gone. Killed is killed, by us or by a fault point; everything else is odd."""
        code = self.child.poll()
        if code is None:
            return False
        if code != -signal.SIGKILL and not self.expected:
            self.odd_ends.append(f"{self.name} ended by itself with {code}, in life {self.lives}; see {self.log}")
        self.expected = True
        return True

    def stopped(self):
        try:
            stat = pathlib.Path(f"/proc/{self.child.pid}/stat").read_text()
        except OSError:
            return False
        return stat.rpartition(")")[2].split()[0] in "Tt"

    def ready(self):
        try:
            return ask(int(self.env["OPS_PORT"]), "GET", "/readyz", timeout=5)[0] == 200
        except (OSError, ValueError, http.client.HTTPException):
            return False

    def await_ready(self):
        until = time.monotonic() + READY_S
        while not self.ready():
            if self.child.poll() is not None:
                raise Failed(f"{self.name} has ended; see {self.log}")
            if time.monotonic() > until:
                raise Failed(f"{self.name} is not ready; see {self.log}")
            time.sleep(0.05)


class Stack:
    def __init__(self, binaries, dialers, settings):
        self.bin, self.tree = pathlib.Path(binaries), ROOT
        self.dir = pathlib.Path(tempfile.mkdtemp(prefix="va-chaos."))
        self.dir.chmod(0o755)
        names = ["api-gateway", "webhook-ingestor", "ai-pipeline", "stats-aggregator"]
        names += [f"call-dialer-{n + 1}" for n in range(dialers)]
        ports = free_ports(2 * (len(names) + 1) + 4)
        self.pg_port, self.mq_ports = ports.pop(), [ports.pop() for _ in range(3)]
        self.ports = {name: ports.pop() for name in ["sandbox", *names]}
        url = {name: f"http://127.0.0.1:{port}" for name, port in self.ports.items()}
        self.database = f"postgres://voice@127.0.0.1:{self.pg_port}/voice"
        self.ledger = self.dir / "ledger"
        self.env = {
            **os.environ,
            "DATABASE_URL": self.database, "AMQP_URL": f"amqp://guest:guest@127.0.0.1:{self.mq_ports[0]}/%2f",
            "AMQP_PREFIX": "", "TWILIO_ACCOUNT_SID": ACCOUNT, "TWILIO_AUTH_TOKEN": TOKEN,
            "API_URL": url["api-gateway"], "PUBLIC_URL": url["webhook-ingestor"], "TWILIO_API_URL": url["sandbox"],
            "OPENAI_BASE_URL": url["sandbox"] + "/v1", "OPENAI_API_KEY": "sk-of-the-tests",
            "LINK_SECRET": "a secret that only tests know", "RATE_PER_ACCOUNT": "0", "RATE_PER_ADDRESS": "0",
            "SANDBOX_STATE": "", "SANDBOX_SCRIPTS": str(ROOT / "tests/scripts"), "SANDBOX_LEDGER": str(self.ledger),
            **settings,
        }
        self.sandbox = self.process("sandbox", ports)
        self.services = [self.process(name, ports) for name in names]
        self.dialers = [p for p in self.services if p.program == "call-dialer"]
        self.gateway = self.services[0]

    def process(self, name, ports):
        program = re.sub(r"-\d+$", "", name)
        return Process(self, name, program, {"PORT": str(self.ports[name]), "OPS_PORT": str(ports.pop())})

    # ---- the database and the broker ----

    def postgres(self, line):
        return bash(f"dir={self.dir}/postgres port={self.pg_port}; {line}")

    def postgres_start(self):
        # The machine stays up, so nothing needs fsync; but what was committed must be written.
        self.postgres("pg_start $dir $port fsync=off full_page_writes=off")

    def postgres_kill(self):
        self.postgres("as_postgres $dir $(pg_bin)/pg_ctl -D $dir/data -s -w -m immediate stop")

    def rabbitmq(self, line):
        port, epmd, dist = self.mq_ports
        return bash(f"dir={self.dir}/rabbitmq port={port} epmd={epmd} dist={dist}; {line}")

    def rabbitmq_start(self):
        self.rabbitmq("mq_start $dir $port $epmd $dist")

    def rabbitmq_signal(self, name):
        self.rabbitmq(f"kill -{name} $(pid_alive $dir/pid)")

    def rabbitmq_kill(self):
        self.rabbitmq("kill -KILL $(pid_alive $dir/pid); while pid_alive $dir/pid >/dev/null; do sleep 0.05; done")

    def dead(self, *arguments):
        """What the tool for dead letters says, line by line."""
        done = subprocess.run([self.bin / "va-dead", *arguments], env=self.env, text=True, capture_output=True)
        if done.returncode:
            raise Failed(f"va-dead {' '.join(arguments)}: {done.stderr.strip()}")
        return done.stdout.splitlines()

    def sql(self, statement):
        """Rows as lists of text; null is the empty text."""
        done = subprocess.run(["psql", "-XqAt", "-F", "\x1f", "-v", "ON_ERROR_STOP=1", "-d", self.database],
                              input=statement, text=True, capture_output=True)
        if done.returncode:
            raise Failed(f"{statement[:200]}: {done.stderr.strip()}")
        return [line.split("\x1f") for line in done.stdout.splitlines()]

    def migrate(self, tree):
        bash(f"ROOT={tree}; migrate {self.database}")

    # ---- life ----

    def up(self):
        self.rabbitmq_start()
        self.postgres_start()
        self.migrate(self.tree)
        self.rabbitmq("mq_await $dir $port")
        for p in [self.sandbox, *self.services]:
            p.start()
        for p in [self.sandbox, *self.services]:
            p.await_ready()
        self.telephone("PUT", "/sandbox/latency", {
            "first_token_ms": 20, "token_ms": 1, "speech_first_byte_ms": 10, "speech_ms_per_second": 2,
            "transcription_ms": 20})

    def telephone(self, method, path, body=None):
        status, answer = ask(self.ports["sandbox"], method, path, body, timeout=60)
        if status >= 300:
            raise Failed(f"{method} {path}: {status} {answer}")
        return answer

    def down(self, keep):
        for p in [*self.services, self.sandbox]:
            if p.child:
                p.kill()
                p.child.wait()
        for server in ("mq_stop {}/rabbitmq", "pg_stop {}/postgres"):
            try:
                bash(server.format(self.dir))
            except Failed as e:
                print(f"chaos: {e}")
        if not keep:
            shutil.rmtree(self.dir, ignore_errors=True)
