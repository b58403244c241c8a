#!/usr/bin/env python3
"""The containers and Kubernetes files against the code: every setting that a service has can be made, none is made that
it has not, ports and names are the services' own. Prints what is wrong, a line each; exit 1 when there is any.
"""
import pathlib
import re
import shutil
import subprocess
import sys

import yaml

ROOT = pathlib.Path(__file__).resolve().parents[2]
SERVICES = ("api-gateway", "webhook-ingestor", "call-dialer", "ai-pipeline", "stats-aggregator")
ROW = re.compile(r'CFG\(\s*\w+,\s*"(\w+)",\s*(\w+),\s*(NULL|"[^"]*"|OPS_PORT_DEFAULT)')
# Told by the image or by where it runs, and never by its operator.
OWN = {"BIND_ADDRESS", "PORT", "OPS_PORT", "AMQP_PREFIX", "DASHBOARD_DIR"}
LIBPQ = {"PGPASSWORD"}

wrong = []


def expect(condition, what):
    if not condition:
        wrong.append(what)


def rows(path):
    """{variable: (type, default)} of a table and the tables it includes."""
    text = path.read_text(encoding="utf-8")
    found = {}
    for included in re.findall(r'#include "(voice/tbl/\w+\.h)"', text):
        found |= rows(ROOT / "common" / included)
    found |= {name: (kind, fallback.strip('"')) for name, kind, fallback in ROW.findall(text)}
    ops = re.search(r'#define OPS_PORT_DEFAULT "(\d+)"', text)
    return found | ({"OPS_PORT": ("INT", ops.group(1))} if ops else {})


TABLES = {name: rows(ROOT / "services" / name / "config.tbl.h") for name in SERVICES}


def secrets(name):
    return {variable for variable, (kind, _) in TABLES[name].items() if kind == "SECRET"}


def settings(name):
    """What an operator may set: the variables, and the files of the secrets."""
    return (set(TABLES[name]) | {s + "_FILE" for s in secrets(name)}) - OWN


def ports(name):
    table = TABLES[name]
    return {int(table[v][1]) for v in ("PORT", "OPS_PORT") if v in table}


def check_dockerfile():
    text = (ROOT / "Dockerfile").read_text(encoding="utf-8")
    for main in sorted(ROOT.glob("services/*/main.c")):
        expect(re.search(rf"^FROM \S+ AS {main.parent.name}$", text, re.M), f"Dockerfile: no target {main.parent.name}")
    for name in SERVICES:
        stage = text.partition(f" AS {name}\n")[2].partition("\nFROM ")[0]
        exposed = set(map(int, re.search(r"^EXPOSE (.*)$", stage, re.M).group(1).split()))
        expect(ports(name) <= exposed, f"Dockerfile: {name} exposes {exposed}, it has {ports(name)}")
        expect(f'CMD ["/usr/local/bin/{name}", "--healthcheck"]' in stage, f"Dockerfile: {name} has no HEALTHCHECK of its own")


def check_compose():
    services = yaml.safe_load((ROOT / "docker-compose.yml").read_text(encoding="utf-8"))["services"]
    for name in SERVICES:
        given = set(services[name]["environment"])
        for variable in sorted(settings(name) - given):
            wrong.append(f"docker-compose.yml: {name} cannot be given {variable}")
        for variable in sorted(given - settings(name) - LIBPQ):
            wrong.append(f"docker-compose.yml: {name} knows no {variable}")
        expect(services[name]["read_only"] and services[name]["cap_drop"] == ["ALL"], f"docker-compose.yml: {name} may too much")
    override = yaml.safe_load((ROOT / "docker-compose.override.yml").read_text(encoding="utf-8"))["services"]
    for name in set(SERVICES) & set(override):
        for variable in sorted(set(override[name]["environment"]) - settings(name)):
            wrong.append(f"docker-compose.override.yml: {name} knows no {variable}")


def documents(path):
    return [d for d in yaml.safe_load_all(path.read_text(encoding="utf-8")) if d]


def check_deployment(name):
    deployment = next(d for d in documents(ROOT / f"deploy/k8s/base/{name}.yaml") if d["kind"] == "Deployment")
    container = deployment["spec"]["template"]["spec"]["containers"][0]
    env = {e["name"]: e for e in container["env"]}
    expect(container["image"] == f"voice-agent/{name}", f"k8s: {name} has the image {container['image']}")
    expect(ports(name) <= {p["containerPort"] for p in container["ports"]}, f"k8s: {name} has other ports")
    expect(env.pop("OPS_PORT")["value"] == TABLES[name]["OPS_PORT"][1], f"k8s: {name} has another OPS_PORT")
    expect(set(env) == secrets(name), f"k8s: {name}'s secrets differ from its table: {set(env) ^ secrets(name)}")
    for variable, e in env.items():
        key = e["valueFrom"]["secretKeyRef"]
        expect(key["key"] == variable, f"k8s: {name}: {variable} is taken from {key['key']}")


def check_kubernetes():
    for name in SERVICES:
        check_deployment(name)
    known = set().union(*(TABLES[name] for name in SERVICES))
    config = documents(ROOT / "deploy/k8s/base/config.yaml")[0]["data"]
    expect(set(config) <= known, f"k8s: nobody knows {set(config) - known}")
    expect(not set(config) & set().union(*map(secrets, SERVICES)), "k8s: a secret is in the ConfigMap")
    example = documents(ROOT / "deploy/k8s/secret.example.yaml")[0]["stringData"]
    expect(set(example) <= set().union(*map(secrets, SERVICES)), "k8s: the example's secrets are not the services'")


def check_overlays():
    """As kustomize lays them out, where it is; with kubernetes-validate (PyPI) also against the API's schemas."""
    kustomize = ["kubectl", "kustomize"] if shutil.which("kubectl") else ["kustomize", "build"]
    if not shutil.which(kustomize[0]):
        return
    for folder in ("base", "overlays/keda", "overlays/three-nodes", "overlays/sandbox"):
        done = subprocess.run([*kustomize, ROOT / "deploy/k8s" / folder], text=True, capture_output=True)
        expect(done.returncode == 0, f"k8s: {folder}: {done.stderr.strip()}")
        for document in filter(None, yaml.safe_load_all(done.stdout)):
            check_schema(folder, document)


def check_schema(folder, document):
    try:
        import kubernetes_validate
    except ImportError:
        return
    try:
        kubernetes_validate.validate(document, "1.32", strict=True)
    except kubernetes_validate.SchemaNotFoundError:
        pass  # KEDA's and the operators' own kinds
    except kubernetes_validate.ValidationError as e:
        wrong.append(f"k8s: {folder}: {document['kind']} {document['metadata']['name']}: {e.message}")


check_dockerfile()
check_compose()
check_kubernetes()
check_overlays()
print("\n".join(wrong))
sys.exit(1 if wrong else 0)
