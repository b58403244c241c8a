#!/usr/bin/env python3
"""Write messages.h and messages.c from JSON schemas.

    msggen.py OUTDIR FILES...

proto/call.dial.schema.json         message call.dial: struct call_dial, CALL_DIAL, call_dial_decode()
                                    and call_dial_encode()
proto/http/calls.initiate.schema.json
                                    request body: struct calls_initiate and calls_initiate_decode() only;
                                    control characters are refused unless allowed

The accepted part of JSON Schema: type object (with properties, required, additionalProperties),
string (minLength, maxLength, enum, format), integer and number (minimum, maximum), boolean, array
(items, minItems, maxItems, uniqueItems); "type": [x, "null"] makes a member nullable. An object
without properties is free (struct js *). "x-text" says which control characters a string may have:
"line" none (so it is in request bodies), "lines" tab and line ends, "free" all (so in messages).
What is not understood is refused, never ignored. common/io/record.h says how it lies in C.
"""
import json
import os
import re
import sys

FORMATS = {None: "ANY", "uuid": "UUID", "date": "DATE", "date-time": "DATE_TIME", "e164": "E164",
           "uri": "URI", "email": "EMAIL"}
CONTROLS = {"line": "NONE", "lines": "LINES", "free": "FREE"}
SCALARS = {"string": ("TEXT", "const char *"), "integer": ("INT", "long long "),
           "number": ("REAL", "double "), "boolean": ("BOOL", "bool ")}
NOTES = {"$schema", "$id", "$comment", "title", "description", "examples", "default"}
KEYWORDS = {
    "string": {"minLength", "maxLength", "enum", "format", "x-text"},
    "integer": {"minimum", "maximum"},
    "number": {"minimum", "maximum"},
    "boolean": set(),
    "array": {"items", "minItems", "maxItems", "uniqueItems"},
    "object": {"properties", "required", "additionalProperties"},
}
RESERVED = set("""auto break bool case char const continue default do double else enum extern false
    float for goto if inline int long register restrict return short signed sizeof static struct switch
    true typedef union unsigned void volatile while""".split())


class Bad(Exception):
    """A schema we cannot express; the text says where."""


def kind_of(schema, where):
    """(type, nullable) of a schema, after refusing every keyword that does not belong to it."""
    declared = schema.get("type")
    names = declared if isinstance(declared, list) else [declared]
    plain = [n for n in names if n != "null"]
    if len(plain) != 1 or plain[0] not in KEYWORDS:
        raise Bad(f"{where}: type must be one of {', '.join(KEYWORDS)}, or that with \"null\"")
    unknown = set(schema) - {"type"} - NOTES - KEYWORDS[plain[0]]
    if unknown:
        raise Bad(f"{where}: {', '.join(sorted(unknown))} means nothing for a {plain[0]}")
    return plain[0], len(names) > 1


def identifier(name, where):
    if not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", name) or name in RESERVED:
        raise Bad(f"{where}: \"{name}\" cannot be the name of a C member")
    return name


def singular(name):
    if name.endswith("ies"):
        return name[:-3] + "y"
    return name[:-1] if name.endswith("s") and not name.endswith("ss") else name


class Field:
    """One member of a record, or the items of an array (then without a name)."""

    def __init__(self, schema, where, name, required, strict, owner, records):
        self.schema, self.where, self.name, self.required = schema, where, name, required
        self.type, self.nullable = kind_of(schema, where)
        self.strict = strict
        self.note = schema.get("description")
        self.record = self.item = None
        if self.type == "object" and "properties" in schema:
            self.record = Record(f"{owner}_{name}", schema, where, strict, records)
        elif self.type == "object" and (schema.get("required") or schema.get("additionalProperties") is False):
            raise Bad(f"{where}: an object without properties is free; nothing else can be said of it")
        elif self.type == "array":
            self.read_items(owner, records)

    def read_items(self, owner, records):
        items = self.schema.get("items")
        if not isinstance(items, dict):
            raise Bad(f"{self.where}: items must be one schema")
        self.item = Field(items, self.where + "[]", singular(self.name), True,
                          self.strict, owner, records)
        if self.item.type == "array" or self.item.nullable:
            raise Bad(f"{self.where}: items can be neither arrays nor null")
        if self.schema.get("uniqueItems") and self.item.type not in ("string", "integer"):
            raise Bad(f"{self.where}: uniqueItems is for strings and integers")

    def scalar(self):
        return self.type in ("integer", "number", "boolean")

    def has(self):
        return self.scalar() and (not self.required or self.nullable)

    def null(self):
        return self.nullable and not self.required

    def c_kind(self):
        if self.type in SCALARS:
            return SCALARS[self.type][0]
        return "ARRAY" if self.item else "RECORD" if self.record else "FREE"

    def c_item(self):
        """The C type of one item of this in an array, ready for a name."""
        if self.type in SCALARS:
            return SCALARS[self.type][1]
        return f"struct {self.record.c} " if self.record else "struct js *"

    def members(self):
        """Lines of the struct."""
        if self.item:
            kind = self.item.c_item()
            lines = [f"{kind}*{self.name};", f"size_t {self.name}_n;"]
        elif self.record:
            lines = [f"struct {self.record.c} *{self.name};"]
        else:
            lines = [f"{self.c_item()}{self.name};"]
        lines += [f"bool has_{self.name};"] * self.has() + [f"bool null_{self.name};"] * self.null()
        return lines

    def bounds(self):
        s = self.schema
        if self.type == "number":
            return [f".real_least = {float(s['minimum'])}" if "minimum" in s else ".real_least = -DBL_MAX",
                    f".real_most = {float(s['maximum'])}" if "maximum" in s else ".real_most = DBL_MAX"]
        low, high = {"integer": ("minimum", "maximum"), "string": ("minLength", "maxLength"),
                     "array": ("minItems", "maxItems")}[self.type]
        least = s.get(low, "LLONG_MIN" if self.type == "integer" else 0)
        return [f".least = {least}"] * (least != 0) + [f".most = {s.get(high, 'LLONG_MAX')}"]

    def row(self, owner):
        """The initialiser of its struct field. owner is the struct's name, None for an item."""
        parts = [f".kind = FIELD_{self.c_kind()}"]
        if owner:
            at = lambda member: f"offsetof(struct {owner}, {member})"
            parts = [f".name = \"{self.name}\""] + parts + [f".at = {at(self.name)}"]
            parts += [f".count_at = {at(self.name + '_n')}"] if self.item else []
            parts += [f".has_at = {at('has_' + self.name)}"] if self.has() else []
            parts += [f".null_at = {at('null_' + self.name)}"] if self.null() else []
            parts += [".required = true"] * self.required + [".nullable = true"] * self.nullable
        if self.type in ("string", "integer", "number", "array"):
            parts += self.bounds()
        if self.type == "string":
            parts += self.text_rules()
        if self.record:
            parts.append(f".record = &{self.record.c}_record")
        if self.item:
            parts += [".unique = true"] * bool(self.schema.get("uniqueItems"))
            parts.append(f".item = &(const struct field){{{', '.join(self.item.row(None))}}}")
        return parts

    def text_rules(self):
        form = self.schema.get("format")
        if form not in FORMATS:
            raise Bad(f"{self.where}: format must be one of {', '.join(filter(None, FORMATS))}")
        parts = [f".format = FORMAT_{FORMATS[form]}"] if form else []
        controls = self.schema.get("x-text", "line" if self.strict else "free")
        if controls not in CONTROLS:
            raise Bad(f"{self.where}: x-text must be one of {', '.join(CONTROLS)}")
        parts += [f".controls = CONTROLS_{CONTROLS[controls]}"] * (controls != "free")
        if "enum" in self.schema:
            words = ", ".join(quoted(w, self.where) for w in self.schema["enum"] if w is not None)
            parts.append(f".choices = (const char *const[]){{{words}, NULL}}")
        return parts


class Record:
    """One struct. Adds itself to records after those it consists of, as C wants them."""

    def __init__(self, c_name, schema, where, strict, records):
        kind, _ = kind_of(schema, where)
        if kind != "object" or schema.get("additionalProperties") not in (None, True, False):
            raise Bad(f"{where}: an object is wanted, additionalProperties true or false")
        self.c, self.note = c_name, schema.get("description")
        self.closed = schema.get("additionalProperties") is False
        required = schema.get("required", [])
        properties = schema.get("properties", {})
        missing = set(required) - set(properties)
        if missing:
            raise Bad(f"{where}: required but not described: {', '.join(sorted(missing))}")
        if any(r.c == c_name for r in records):
            raise Bad(f"{where}: struct {c_name} exists already")
        self.fields = [Field(p, f"{where}.{n}", identifier(n, where), n in required, strict, c_name, records)
                       for n, p in properties.items()]
        self.refuse_twins(where)
        records.append(self)

    def refuse_twins(self, where):
        names = [re.sub(r".*\W(\w+);", r"\1", line) for f in self.fields for line in f.members()]
        for name in names:
            if names.count(name) > 1:
                raise Bad(f"{where}: two C members would be called {name}")

    def struct(self):
        out = [f"/* {clean(self.note)} */"] if self.note else []
        out.append(f"struct {self.c} {{")
        for f in self.fields:
            lines = f.members()
            out.append(f"    {lines[0]}" + (f" /* {clean(f.note)} */" if f.note else ""))
            out += [f"    {line}" for line in lines[1:]]
        return out + (["    char nothing; /* no members are described */"] if not self.fields else []) + ["};", ""]

    def table(self, wire_name):
        out = []
        if self.fields:
            out.append(f"static const struct field {self.c}_fields[] = {{")
            for f in self.fields:
                out += wrapped(f.row(self.c))
            out.append("};")
        fields = f"{self.c}_fields, {len(self.fields)}" if self.fields else "NULL, 0"
        out.append(f"static const struct record {self.c}_record = {{")
        out.append(f"    \"{wire_name}\", sizeof(struct {self.c}), {fields}, {str(self.closed).lower()},")
        return out + ["};", ""]


class Unit:
    """One schema file: a message, or a request body."""

    def __init__(self, path):
        self.path = path
        self.http = os.path.basename(os.path.dirname(path)) == "http"
        self.name = os.path.basename(path)[:-len(".schema.json")]
        self.c = identifier(re.sub(r"[.-]", "_", self.name), path)
        self.records = []
        try:
            with open(path, encoding="utf-8") as f:
                schema = json.load(f)
        except ValueError as e:
            raise Bad(f"{path}: not JSON: {e}") from None
        Record(self.c, schema, path, self.http, self.records)

    def header(self):
        c = self.c
        out = [f"/* ---- {'body of ' if self.http else ''}{self.name} ---- */", ""]
        if not self.http:
            out += [f"#define {c.upper()} \"{self.name}\"", ""]
        for r in self.records:
            out += r.struct()
        out.append(f"enum err {c}_decode(struct scope *s, const char *text, size_t n, struct {c} *out) MUST_CHECK;")
        if not self.http:
            out.append(f"const char *{c}_encode(struct scope *s, const struct {c} *in);")
        return out + [""]

    def source(self):
        c = self.c
        out = [f"/* ---- {self.name} ---- */", ""]
        for r in self.records:
            out += r.table(self.name if r.c == c else r.c)
        out += [f"enum err {c}_decode(struct scope *s, const char *text, size_t n, struct {c} *out)", "{",
                f"    return record_decode(s, &{c}_record, text, n, out);", "}", ""]
        if not self.http:
            out += [f"const char *{c}_encode(struct scope *s, const struct {c} *in)", "{",
                    f"    return record_encode(s, &{c}_record, in);", "}", ""]
        return out


def quoted(word, where):
    if not isinstance(word, str) or not re.fullmatch(r'[ -~]*', word) or re.search(r'["\\]', word):
        raise Bad(f"{where}: enum words are plain ASCII strings")
    return f'"{word}"'


def clean(note):
    return re.sub(r"\s+", " ", note).replace("*/", "* /")


def wrapped(parts):
    """{.a = 1, .b = 2}, in lines of at most 100 columns."""
    lines, line = [], "    {"
    for i, part in enumerate(parts):
        word = part + ("," if i + 1 < len(parts) else "},")
        if len(line) + len(word) > 98 and not line.endswith("{"):
            lines.append(line.rstrip())
            line = "     "
        line += word + " "
    return lines + [line.rstrip()]


def all_of(units, name, note):
    rows = [f"    &{u.c}_record," for u in units]
    return [f"/* {note} */", f"const struct record *const {name}[] = {{"] + rows + ["    NULL,", "};", ""]


def write(path, lines):
    with open(path, "w", encoding="utf-8") as f:
        f.write("\n".join(lines).rstrip("\n") + "\n")


def main():
    out, files = sys.argv[1], sorted(sys.argv[2:])
    units = [Unit(f) for f in files]
    for u in units:
        if sum(u.c == other.c for other in units) > 1:
            raise Bad(f"{u.path}: another schema has that name in C, {u.c}")
    messages, bodies = [u for u in units if not u.http], [u for u in units if u.http]
    os.makedirs(out, exist_ok=True)
    head = ["/* Written by tools/msggen.py from proto/; do not edit. */"]
    write(os.path.join(out, "messages.h"),
          head + ["#pragma once", '#include "io/record.h"', "",
                  "extern const struct record *const MESSAGE_TYPES[]; /* NULL-terminated */",
                  "extern const struct record *const REQUEST_BODIES[];", ""]
          + [line for u in units for line in u.header()])
    write(os.path.join(out, "messages.c"),
          head + ['#include "messages.h"', "#include <float.h>", "#include <limits.h>", "#include <stddef.h>", ""]
          + [line for u in units for line in u.source()]
          + all_of(messages, "MESSAGE_TYPES", "Every message, by name.")
          + all_of(bodies, "REQUEST_BODIES", "Every request body."))


if __name__ == "__main__":
    try:
        main()
    except Bad as e:
        sys.exit(f"msggen: {e}")
