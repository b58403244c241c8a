#!/usr/bin/env python3
"""Write the numbering areas for C and for the database from common/voice/tbl/areas.csv.

    areagen.py            writes common/voice/tbl/area.h and migrations/0002_numbering_areas.sql
    areagen.py --check    exits with 1 when they are not what it would write
"""
import csv
import os
import re
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
SOURCE = "common/voice/tbl/areas.csv"


def areas():
    """(prefix, country, zones) in the order of the prefixes; no prefix twice."""
    calling, found = "", {}
    with open(os.path.join(ROOT, SOURCE), encoding="utf-8", newline="") as f:
        for row in csv.reader(line for line in f if not line.startswith("#")):
            if len(row) == 1:
                calling = row[0].lstrip("+")
                continue
            country, _, zones, prefixes = row
            for prefix in prefixes.split() or [""]:
                key = calling + prefix
                if key in found or not re.fullmatch(r"\d{1,7}", key):
                    sys.exit(f"areagen: {SOURCE}: {key} is there twice, or no prefix of at most 7 digits")
                found[key] = (country, zones.split())
    return [(key, *found[key]) for key in sorted(found)]


def header(rows):
    out = [f"/* Written by tools/areagen.py from {SOURCE}; do not edit. AREA(prefix, country, zones...) */"]
    for prefix, country, zones in rows:
        names = ", ".join(f'"{z}"' for z in zones)
        out.append(f'AREA("{prefix}", "{country}", {names})')
    return "\n".join(out) + "\n"


def migration(rows):
    values = [f"    ('{prefix}', '{country}', '{{{','.join(zones)}}}')" for prefix, country, zones in rows]
    return "\n".join([
        "-- migrate:up",
        "",
        f"-- Written by tools/areagen.py from {SOURCE}; do not edit.",
        "-- Where a number is at home by its first digits (E.164 without the plus; the longest prefix wins),",
        "-- and every time zone its owner may be in.",
        "create table numbering_areas (",
        "    prefix  text primary key check (prefix ~ '^[0-9]{1,7}$'),",
        "    country text not null,",
        "    zones   text[] not null check (cardinality(zones) > 0)",
        ");",
        "",
        "insert into numbering_areas (prefix, country, zones) values",
        ",\n".join(values) + ";",
        "",
        "-- migrate:down",
        "",
        "drop table numbering_areas;",
        "",
    ])


def main():
    rows = areas()
    wanted = {"common/voice/tbl/area.h": header(rows), "migrations/0002_numbering_areas.sql": migration(rows)}
    stale = []
    for name, text in wanted.items():
        path = os.path.join(ROOT, name)
        old = open(path, encoding="utf-8").read() if os.path.exists(path) else None
        if old != text:
            stale.append(name)
            if "--check" not in sys.argv:
                with open(path, "w", encoding="utf-8") as f:
                    f.write(text)
    if "--check" in sys.argv and stale:
        sys.exit(f"areagen: not up to date: {', '.join(stale)}")


if __name__ == "__main__":
    main()
