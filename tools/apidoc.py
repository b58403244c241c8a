#!/usr/bin/env python3
"""The API's contract, in the forms in which the gateway serves it.

    apidoc.py OUTDIR proto/openapi.yaml     OUTDIR/apidoc.h, apidoc.c: the document and its page as constants
    apidoc.py --yaml proto/openapi.yaml     the document on standard output
    apidoc.py --html proto/openapi.yaml     the page

The source may be short: anchors, merges, and references to JSON schemas in files beside it. What is served
is plain OpenAPI: everything written out, the files' schemas among its components. The page needs nothing
but itself: no script, no font, no request; its one style sheet is allowed by its hash.
"""
import base64
import hashlib
import html
import json
import pathlib
import re
import sys

import yaml

USUAL = {"UriTooLong": 414, "Limited": 429, "HeadersTooLarge": 431, "InternalError": 500, "Unavailable": 503,
         "Timeout": 504}  # told once
METHODS = ("get", "post", "put", "patch", "delete")
SCHEMAS = "#/components/schemas/"


# ---- the document ----

class Strict(yaml.SafeLoader):
    """A key that stands twice would silently win over the first one."""


def mapping(loader, node, deep=False):
    seen = set()
    for key, _ in node.value:
        if key.value in seen and key.value != "<<":
            sys.exit(f"{key.start_mark.name}:{key.start_mark.line + 1}: {key.value} is there twice")
        seen.add(key.value)
    return yaml.SafeLoader.construct_mapping(loader, node, deep)


Strict.construct_mapping = mapping


class Plain(yaml.SafeDumper):
    """No anchors: every reader understands it."""

    def ignore_aliases(self, data):
        return True


def adopt(node, folder, schemas):
    """Replaces references to files by references to components, which it adds."""
    if isinstance(node, list):
        return [adopt(item, folder, schemas) for item in node]
    if not isinstance(node, dict):
        return node
    ref = node.get("$ref", "")
    if ref.endswith(".schema.json") and not ref.startswith("#"):
        name = pathlib.PurePath(ref).name[:-len(".schema.json")]
        schema = json.loads((folder / ref).read_text(encoding="utf-8"))
        schema.pop("$schema", None)
        schemas[name] = schema
        return {"$ref": SCHEMAS + name}
    return {key: adopt(value, folder, schemas) for key, value in node.items()}


def load(path):
    path = pathlib.Path(path)
    source = yaml.load(path.read_text(encoding="utf-8"), Loader=Strict)
    source.pop("x-shared", None)
    bodies = {}
    document = adopt(source, path.parent, bodies)
    document["components"]["schemas"].update(sorted(bodies.items()))
    return document


def as_yaml(document):
    head = "# Written from proto/openapi.yaml and proto/http/*.schema.json.\n"
    return head + yaml.dump(document, Dumper=Plain, sort_keys=False, allow_unicode=True, width=100)


def resolved(document, node):
    while "$ref" in node:
        target = document
        for part in node["$ref"][2:].split("/"):
            target = target[part.replace("~1", "/").replace("~0", "~")]
        node = target
    return node


def operations(document):
    """(method, path, operation, parameters) of each."""
    for path, item in document["paths"].items():
        for method in METHODS:
            if method in item:
                both = item.get("parameters", []) + item[method].get("parameters", [])
                yield method.upper(), path, item[method], [resolved(document, p) for p in both]


# ---- the page ----

STYLE = """
:root { color-scheme: light dark; --line: #8884; --soft: #8881; --accent: #1d4ed8; --on: #fff;
  --get: #15803d; --post: #1d4ed8; --patch: #b45309; --put: #b45309; --delete: #b91c1c;
  font: 16px/1.55 system-ui, sans-serif; scroll-padding-top: 1rem; }
@media (prefers-color-scheme: dark) { :root { --accent: #93b4ff; --on: #111; --get: #6ee7a0; --post: #93b4ff;
  --patch: #fbbf6b; --put: #fbbf6b; --delete: #fca5a5; } }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 78rem; padding: 1rem; display: grid; gap: 0 2.5rem;
  grid-template-columns: minmax(0, 1fr); overflow-wrap: break-word; }
h1 { font-size: 1.6rem; margin: .5rem 0; }
h2 { font-size: 1.2rem; margin: 2.5rem 0 .5rem; padding-top: .5rem; border-top: 1px solid var(--line); }
h3 { font-size: .95rem; margin: 1.25rem 0 .4rem; }
p { margin: .5rem 0; max-width: 46rem; }
a { color: var(--accent); text-underline-offset: .15em; }
code, pre, .path { font: .9em/1.5 ui-monospace, monospace; }
code { background: var(--soft); padding: .1em .3em; border-radius: .25rem; }
pre { background: var(--soft); border: 1px solid var(--line); border-radius: .5rem; padding: .75rem; margin: .5rem 0;
  overflow-x: auto; }
pre code { background: none; padding: 0; }
.index { font-size: .9rem; }
.index ul { list-style: none; margin: 0 0 .75rem; padding: 0; }
.index li { padding: .12rem 0; }
.index a { color: inherit; text-decoration: none; }
.index a:hover { text-decoration: underline; }
.index .tag { font-weight: 600; }
.operation, .schema { border: 1px solid var(--line); border-radius: .5rem; margin: .5rem 0; }
summary { cursor: pointer; padding: .55rem .75rem; display: flex; flex-wrap: wrap; gap: .15rem .75rem;
  align-items: baseline; border-radius: .5rem; list-style: none; }
summary::-webkit-details-marker { display: none; }
summary:hover { background: var(--soft); }
:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; }
.inside { padding: 0 .75rem .75rem; scroll-margin-top: 4rem; } /* a link to it opens it */
.method { font: 700 .8rem/1.6 ui-monospace, monospace; min-width: 3.6rem; }
.get { color: var(--get); } .post { color: var(--post); } .patch { color: var(--patch); }
.put { color: var(--put); } .delete { color: var(--delete); }
.path { font-weight: 600; overflow-wrap: anywhere; }
.what { opacity: .8; flex: 1 1 12rem; }
.role { font-size: .78rem; border: 1px solid var(--line); border-radius: 1rem; padding: 0 .6rem; white-space: nowrap; }
.wide { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; font-size: .92rem; }
th { text-align: left; font-weight: 600; opacity: .7; font-size: .8rem; }
th, td { padding: .3rem 1rem .3rem 0; border-bottom: 1px solid var(--line); vertical-align: top; }
td:first-child { white-space: nowrap; }
td p { margin: 0; }
.quiet { opacity: .7; }
.need { color: var(--delete); }
@media (max-width: 61.99rem) {
  .index ul { display: none; }
  .index { display: flex; flex-wrap: wrap; gap: .25rem 1.25rem; padding: .25rem 0 .75rem; border-bottom: 1px solid var(--line); }
}
@media (max-width: 40rem) {
  .what { flex-basis: 100%; }
  table, tbody, tr, td { display: block; }
  thead { display: none; }
  tr { padding: .4rem 0; border-bottom: 1px solid var(--line); }
  td { border: 0; padding: .05rem 0; }
  td:first-child { white-space: normal; font-weight: 600; overflow-wrap: anywhere; }
}
@media (min-width: 62rem) {
  body { grid-template-columns: 18rem minmax(0, 1fr); }
  .index { position: sticky; top: 0; align-self: start; max-height: 100vh; overflow-y: auto; padding: 1rem .25rem; }
  .index .tag { display: block; }
}
@media print { .index { display: none; } }
"""


def esc(text):
    return html.escape(str(text), quote=True)


def prose(text):
    """Paragraphs, **bold**, `code`: all the Markdown we write."""
    out = esc(text.strip())
    out = re.sub(r"`([^`]+)`", r"<code>\1</code>", out)
    out = re.sub(r"\*\*([^*]+)\*\*", r"<strong>\1</strong>", out)
    return "".join(f"<p>{p}</p>" for p in re.split(r"\n\s*\n", out))


def line(text):
    return prose(text)[3:-4] if text else ""


def limits(schema):
    """What its keywords say beyond the type, in words."""
    words = []
    low, high = schema.get("minimum", schema.get("minLength")), schema.get("maximum", schema.get("maxLength"))
    unit = " characters" if "maxLength" in schema or "minLength" in schema else ""
    if low and high is not None:
        words.append(f"{low} to {high:,}{unit}")
    elif high is not None:
        words.append(f"at most {high:,}{unit}")
    elif low is not None:
        words.append(f"at least {low}{unit}")
    if "maxItems" in schema:
        words.append(f"at most {schema['maxItems']:,} items")
    if schema.get("uniqueItems"):
        words.append("each once")
    if "format" in schema:
        words.append(schema["format"])
    if "default" in schema:
        words.append(f"default {schema['default']}")
    return words


def kind(schema):
    """A schema's type as a phrase, with links."""
    if "$ref" in schema:
        name = schema["$ref"][len(SCHEMAS):]
        return f'<a href="#schema-{esc(name)}">{esc(name)}</a>'
    if "const" in schema:
        return f"<code>{esc(json.dumps(schema['const']))}</code>"
    if "enum" in schema:
        return " ".join(f"<code>{esc('null' if word is None else word)}</code>" for word in schema["enum"])
    types = schema.get("type", "any")
    types = types if isinstance(types, list) else [types]
    words = [f"array of {kind(schema.get('items', {}))}" if t == "array" else t for t in types]
    return esc(" or ".join(words)) if "array" not in types else " or ".join(words)


def rows(schema, prefix=""):
    """(name, required, schema) of the members, those of plain inner objects too."""
    for name, member in schema.get("properties", {}).items():
        yield prefix + name, name in schema.get("required", []), member
        inner, below = member, prefix + name + "."
        if inner.get("type") == "array" and isinstance(inner.get("items"), dict):
            inner, below = inner["items"], prefix + name + "[]."
        yield from rows(inner, below)


def table(head, body):
    cells = lambda tag, row: "".join(f"<{tag}>{cell}</{tag}>" for cell in row)
    return (f'<div class="wide"><table><thead><tr>{cells("th", head)}</tr></thead><tbody>'
            + "".join(f"<tr>{cells('td', row)}</tr>" for row in body) + "</tbody></table></div>")


def member_row(name, required, schema):
    star = ' <span class="need" title="required">*</span>' if required else ""
    note = "; ".join(limits(schema))
    return (f"<code>{esc(name)}</code>{star}", kind(schema) + (f' <span class="quiet">{esc(note)}</span>' if note else ""),
            line(schema.get("description", "")))


def members(schema):
    found = [member_row(*row) for row in rows(schema)]
    if found:
        return table(("Member", "Type", ""), found)
    return f"<p>{kind(schema)} <span class=\"quiet\">{esc('; '.join(limits(schema)))}</span></p>"


def curl(method, path, operation, parameters, value):
    path = re.sub(r"\{(\w+)\}", lambda m: f"${m[1].upper()}", path)
    words = ["curl" if method == "GET" else f"curl -X {method}"]
    if operation.get("x-role") != "public":
        words.append('-H "Authorization: Bearer $TOKEN"')
    if any(p["name"] == "Idempotency-Key" for p in parameters):
        words.append('-H "Idempotency-Key: $(uuidgen)"')
    if value is not None:
        words.append("--json '" + json.dumps(value, ensure_ascii=False).replace("'", "'\\''") + "'")
    query = "&".join(f"{p['name']}={p['example']}" for p in parameters if p["in"] == "query" and "example" in p)
    words.append(f'"$API{path}' + (f"?{query}" if query else "") + '"')
    return "<pre><code>" + esc(" \\\n  ".join(words)) + "</code></pre>"


def shown_request(document, method, path, operation, parameters):
    out = []
    if parameters:
        out.append("<h3>Parameters</h3>" + table(("Name", "Type", ""), [
            (f"<code>{esc(p['name'])}</code>" + (' <span class="need" title="required">*</span>' if p.get("required") else ""),
             f"{kind(p.get('schema', {}))} <span class=\"quiet\">{esc('; '.join(limits(p.get('schema', {})) + ['in ' + p['in']]))}</span>",
             line(p.get("description", ""))) for p in parameters]))
    examples = {"": {"value": None}}
    for media, content in operation.get("requestBody", {}).get("content", {}).items():
        note = operation["requestBody"].get("description")
        required = "" if operation["requestBody"].get("required") else ' <span class="quiet">(optional)</span>'
        out.append(f"<h3>Body <code>{esc(media)}</code>{required}</h3>" + (prose(note) if note else "")
                   + members(resolved(document, content.get("schema", {}))))
        examples = content.get("examples", examples)
    shown = [curl(method, path, operation, parameters, e["value"]) for e in examples.values() if "value" in e]
    return "".join(out) + ("<h3>Examples</h3>" if len(shown) > 1 else "<h3>Example</h3>") + "".join(shown)


def shown_responses(document, operation):
    found, usual = [], []
    for status, response in sorted(operation["responses"].items()):
        if response.get("$ref", "").rpartition("/")[2] in USUAL:
            usual.append(f"<code>{status}</code>")
            continue
        response = resolved(document, response)
        says = [line(response["description"])]
        if response.get("x-codes"):
            says.append(" ".join(f"<code>{esc(code)}</code>" for code in response["x-codes"]))
        body = [kind(c["schema"]) if "schema" in c and "x-codes" not in response else
                "" if "x-codes" in response else esc(media) for media, c in response.get("content", {}).items()]
        headers = [f"<span class=\"quiet\">header {esc(name)}</span>" for name in response.get("headers", {})]
        found.append((f"<code>{status}</code>", "<br>".join(says), "<br>".join(filter(None, body + headers))))
    also = f'<p class="quiet">And, like any request: {" ".join(usual)}</p>' if usual else ""
    return "<h3>Answers</h3>" + table(("Status", "Meaning", ""), found) + also


def shown_operation(document, method, path, operation, parameters):
    return (f'<details class="operation"><summary>'
            f'<span class="method {method.lower()}">{method}</span> <span class="path">{esc(path)}</span> '
            f'<span class="what">{esc(operation["summary"])}</span> <span class="role">{esc(operation["x-role"])}</span>'
            f'</summary><div class="inside" id="{esc(operation["operationId"])}">{prose(operation.get("description", ""))}'
            + shown_request(document, method, path, operation, parameters)
            + shown_responses(document, operation) + "</div></details>")


def anchor(tag):
    return "tag-" + re.sub(r"\W+", "-", tag["name"].lower())


def index(tags, by_tag):
    items = []
    for tag in tags:
        links = "".join(f'<li><a href="#{esc(o["operationId"])}"><span class="method {m.lower()}">{m}</span> {esc(o["summary"])}</a></li>'
                        for m, _, o, _ in by_tag[tag["name"]])
        items.append(f'<a class="tag" href="#{anchor(tag)}">{esc(tag["name"])}</a><ul>{links}</ul>')
    return ('<nav class="index" aria-label="Contents">' + "".join(items)
            + '<a class="tag" href="#schemas">Shapes</a></nav>')


def as_html(document):
    info, tags = document["info"], document["tags"]
    by_tag = {tag["name"]: [] for tag in tags}
    for row in operations(document):
        by_tag[row[2]["tags"][0]].append(row)
    tags = [tag for tag in tags if by_tag[tag["name"]]]
    body = [index(tags, by_tag), "<main>", f"<h1>{esc(info['title'])}</h1>", prose(info["description"]),
            '<p>The same for machines: <a href="/openapi.yaml">/openapi.yaml</a>.</p>']
    everywhere = document["components"]["responses"]
    body.append("<h3>Answers that any request may get</h3>" + table(("Status", "Meaning", ""), [
        (f"<code>{USUAL[name]}</code>", line(everywhere[name]["description"]), " ".join(f"<code>{c}</code>" for c in everywhere[name]["x-codes"]))
        for name in USUAL]))
    for tag in tags:
        body.append(f'<h2 id="{anchor(tag)}">{esc(tag["name"])}</h2>' + prose(tag.get("description", "")))
        body += [shown_operation(document, *row) for row in by_tag[tag["name"]]]
    body.append('<h2 id="schemas">Shapes</h2>')
    for name, schema in document["components"]["schemas"].items():
        body.append(f'<details class="schema"><summary><span class="path">{esc(name)}</span>'
                    f'<span class="what">{line(schema.get("description", ""))}</span></summary>'
                    f'<div class="inside" id="schema-{esc(name)}">{members(schema)}</div></details>')
    return ('<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
            '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
            f'<title>{esc(info["title"])}: API</title>\n<link rel="icon" href="data:,">\n'
            f"<style>{STYLE}</style>\n</head>\n<body>\n" + "\n".join(body) + "\n</main>\n</body>\n</html>\n")


def policy():
    digest = base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()
    return (f"default-src 'none'; style-src 'sha256-{digest}'; img-src data:; base-uri 'none'; "
            "form-action 'none'; frame-ancestors 'none'")


# ---- C ----

def constant(name, text):
    lines = []
    for part in text.splitlines(keepends=True):
        for at in range(0, len(part), 90):
            piece = part[at:at + 90].replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n").replace("??", "?\\?")
            lines.append('    "' + piece + '"')
    return f"const char {name}[] =\n" + "\n".join(lines) + ";\n" + f"const size_t {name}_N = sizeof {name} - 1;\n"


def write(path, text):
    if not path.exists() or path.read_text(encoding="utf-8") != text:
        path.write_text(text, encoding="utf-8")


def main(args):
    if len(args) != 2:
        sys.exit(__doc__)
    document = load(args[1])
    if args[0] == "--yaml":
        print(as_yaml(document), end="")
    elif args[0] == "--html":
        print(as_html(document), end="")
    else:
        out, head = pathlib.Path(args[0]), "/* Written by tools/apidoc.py from proto/openapi.yaml. */\n"
        names = {"API_YAML": as_yaml(document), "API_PAGE": as_html(document), "API_PAGE_POLICY": policy()}
        out.mkdir(parents=True, exist_ok=True)
        write(out / "apidoc.h", head + "#pragma once\n#include <stddef.h>\n\n"
              + "".join(f"extern const char {n}[];\nextern const size_t {n}_N;\n" for n in names))
        write(out / "apidoc.c", head + '#include "apidoc.h"\n\n' + "\n".join(constant(*row) for row in names.items()))


if __name__ == "__main__":
    main(sys.argv[1:])
