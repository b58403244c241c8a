#!/usr/bin/env python3
"""The house rules a compiler does not know. Prints file:line: what, and exits 1 when there is any.

- layers: base < loop < io < voice < services; no service includes another's files
- a library's headers are included by one .c file only (uv.h: by common/loop and common/io)
- outside the tests: no unbounded string functions, no SQL in C string literals
- a public header begins with a comment that says what it is for, and has #pragma once
- docs/METRICS.md lists the metrics of the code, and deploy/observability names no others
"""
import os
import pathlib
import re
import sys

LAYERS = ["base", "loop", "io", "voice"]

# The libraries. Each of their headers has one .c file; libuv's has two folders.
THIRD_PARTY = re.compile(r"microhttpd\.h|curl/.*|libpq.*|(rabbitmq-c/)?amqp.*\.h|jansson\.h|openssl/.*|argon2\.h"
                         r"|csv\.h|wslay/.*|expat\.h|espeak-ng/.*|zlib\.h")
UV_HOMES = ("common/loop", "common/io")

BANNED = {
    "strcpy": "buf_puts or arena_strdup", "strcat": "buf_puts", "sprintf": "buf_printf or snprintf",
    "vsprintf": "vsnprintf", "gets": "fgets", "strtok": "strtok_r or strchr",
}
BANNED_CALL = re.compile(r"(?<![\w.>])(" + "|".join(BANNED) + r")\s*\(")
SQL = re.compile(r"^\s*(select\s+.+\s+from|select\s+\w+\(|insert\s+into|update\s+\S+\s+set|delete\s+from"
                 r"|(create|alter|drop)\s+(table|role|index|schema|database|view)|with\s+\w+\s+as\s*\()",
                 re.IGNORECASE | re.DOTALL)

TOKEN = re.compile(r"""(?P<comment>//[^\n]*|/\*.*?\*/)|(?P<text>"(?:[^"\\\n]|\\.)*")|'(?:[^'\\\n]|\\.)+'""",
                   re.DOTALL)
INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]+(?:<([^>]+)>|"([^"]+)")', re.MULTILINE)

problems = []


def complain(path, text, offset, what):
    problems.append(f"{path}:{text.count(chr(10), 0, offset) + 1}: {what}")


def blanked(text, *kinds):
    """The text with its comments and literals as blanks, so that offsets stay."""
    def blank(match):
        if match["comment"] and "comment" not in kinds or match["text"] and "text" not in kinds:
            return match[0]
        return re.sub(r"[^\n]", " ", match[0])
    return TOKEN.sub(blank, text)


def layer_of(path):
    parts = path.parts
    if parts[0] == "common":
        return LAYERS.index(parts[1]) if parts[1] in LAYERS else None
    return len(LAYERS) if parts[0] == "services" else None


def check_layers(path, text, offset, name):
    own = layer_of(path)
    first = name.split("/")[0]
    if own is None:
        return
    if first in LAYERS and LAYERS.index(first) > own:
        complain(path, text, offset, f"layer {path.parts[1]} must not include {name}")
    if path.parts[0] == "services":
        target = pathlib.Path(os.path.normpath(path.parent / name))
        if target.parts[:2] != path.parts[:2] and target.exists() or name.startswith("services/"):
            complain(path, text, offset, f"a service must not include another's {name}")
    elif "services" in name.split("/"):
        complain(path, text, offset, f"the library must not include {name}")


def check_owner(path, text, offset, name, owners):
    if path.parts[0] == "tests":
        return
    if name == "uv.h" and str(path.parent) not in UV_HOMES:
        complain(path, text, offset, f"<uv.h> belongs to {' and '.join(UV_HOMES)}")
    if not THIRD_PARTY.fullmatch(name):
        return
    if path.suffix == ".h":
        complain(path, text, offset, f"<{name}> in a header: wrap it in one .c file")
    elif owners.setdefault(name, path) != path:
        complain(path, text, offset, f"<{name}> is included by {owners[name]} already")


def check_literals(path, text):
    """Adjacent literals are one text."""
    if path.parts[0] == "tests":
        return
    code = blanked(text, "comment")
    for run in re.finditer(r'"(?:[^"\\\n]|\\.)*"(?:\s*"(?:[^"\\\n]|\\.)*")*', code):
        if SQL.match(re.sub(r'"\s*"', "", run[0])[1:-1]):
            complain(path, text, run.start(), "SQL belongs in a .sql file")


def check_banned(path, text):
    if path.parts[0] == "tests":
        return
    for match in BANNED_CALL.finditer(blanked(text, "comment", "text")):
        complain(path, text, match.start(), f"{match[1]}: use {BANNED[match[1]]}")


def check_header(path, text):
    if path.suffix != ".h" or ".tbl." in path.name or path.parent.name == "tbl":
        return
    if not text.startswith("/*"):
        complain(path, text, 0, "a header begins with a comment: what for, and how to use it")
    if "#pragma once" not in text:
        complain(path, text, 0, "#pragma once is missing")


METRIC = re.compile(r'\bmetric_(add|set|time)\(\s*("(\w+)"|\w+(?:\[\w+\])?\.metric)')
METRIC_ROW = re.compile(r"^\| `(\w+)` \| (\w+) \|", re.MULTILINE)
METRIC_NAMED = re.compile(r"\b(?:va|process)_[a-z_]+[a-z]\b")
TYPES = {"add": "counter", "set": "gauge", "time": "histogram"}


def metrics_of_code():
    """Name -> (type, file, text, offset). A table that holds names holds them in its second column (pulse.c)."""
    found = {}
    for path in [p for top in ("common", "services") for p in sorted(pathlib.Path(top).rglob("*.c"))
                 if "node_modules" not in p.parts]:
        text = path.read_text(encoding="utf-8")
        for match in METRIC.finditer(text):
            names = [match[3]] if match[3] else re.findall(r'\{"\w+",\s*"(\w+)"', text)
            for name in names:
                found.setdefault(name, (TYPES[match[1]], path, text, match.start()))
    return found


def check_metrics():
    listing, code = pathlib.Path("docs/METRICS.md"), metrics_of_code()
    text = listing.read_text(encoding="utf-8")
    listed = dict(METRIC_ROW.findall(text))
    for name, (kind, path, source, at) in code.items():
        if listed.get(name) != kind:
            complain(path, source, at, f"{name} ({kind}) is not in {listing} as such")
    for name in listed.keys() - code.keys() - {"va_metrics_dropped_total"}: # metric.c's own
        complain(listing, text, text.index(f"`{name}`"), f"{name}: no such metric in the code")
    for path in sorted(pathlib.Path("deploy/observability").glob("*")):
        named = path.read_text(encoding="utf-8")
        for match in METRIC_NAMED.finditer(named):
            base = re.sub(r"_(bucket|sum|count)$", "", match[0])
            if match[0] not in listed and listed.get(base) != "histogram":
                complain(path, named, match.start(), f"{match[0]} is not in {listing}")


def check(path, owners):
    text = path.read_text(encoding="utf-8")
    for match in INCLUDE.finditer(blanked(text, "comment")):
        if match[1]:
            check_owner(path, text, match.start(), match[1], owners)
        else:
            check_layers(path, text, match.start(), match[2])
    check_literals(path, text)
    check_banned(path, text)
    check_header(path, text)


def main():
    os.chdir(pathlib.Path(__file__).resolve().parent.parent)
    owners = {}
    files = [p for top in ("common", "services", "tests") for p in pathlib.Path(top).rglob("*.[ch]")
             if "node_modules" not in p.parts]
    for path in sorted(files):
        check(path, owners)
    check_metrics()
    print("\n".join(problems) if problems else f"house rules: {len(files)} files, nothing to say")
    return bool(problems)


if __name__ == "__main__":
    sys.exit(main())
