#!/usr/bin/env python3
"""A bucket that speaks S3, as much of it as a store of recordings needs: PUT, GET with ranges, DELETE.

Every request must be signed (AWS signature, version 4). The check is written from Amazon's description,
and knows nothing of libcurl. Prints its port; lives until its standard input ends.
"""
import hashlib
import hmac
import http.server
import re
import sys
import threading
import urllib.parse

KEY, SECRET, REGION = sys.argv[1:4]
objects = {}


def mac(key, text):
    return hmac.new(key, text.encode(), hashlib.sha256).digest()


def wrong(request, body):
    """What is wrong with the signature of a request; None: nothing."""
    head = request.headers
    found = re.fullmatch(r"AWS4-HMAC-SHA256 Credential=([^/]+)/(\d{8})/([^/]+)/s3/aws4_request, ?"
                         r"SignedHeaders=([a-z0-9;-]+), ?Signature=([0-9a-f]{64})", head.get("Authorization", ""))
    if not found:
        return "no signature"
    key, day, region, signed, signature = found.groups()
    names = signed.split(";")
    if key != KEY or region != REGION:
        return "another key or region"
    if not {"host", "x-amz-date", "x-amz-content-sha256"} <= set(names) or names != sorted(names):
        return f"these headers are signed: {names}"
    if not head["x-amz-date"].startswith(day):
        return "another day"
    if head["x-amz-content-sha256"] != hashlib.sha256(body).hexdigest():
        return "another body"
    path, _, query = request.path.partition("?")
    lines = [request.command, urllib.parse.quote(urllib.parse.unquote(path)),
             "&".join(sorted(query.split("&"))) if query else ""]
    lines += [f"{n}:{' '.join((head.get(n) or '').split())}" for n in names] + ["", signed, head["x-amz-content-sha256"]]
    scope = f"{day}/{region}/s3/aws4_request"
    text = "\n".join(["AWS4-HMAC-SHA256", head["x-amz-date"], scope, hashlib.sha256("\n".join(lines).encode()).hexdigest()])
    secret = mac(mac(mac(mac(("AWS4" + SECRET).encode(), day), region), "s3"), "aws4_request")
    if mac(secret, text).hex() != signature:
        return "the signature is not of this request: " + "|".join(lines)
    return None


class Bucket(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def answer(self, status, body=b"", **headers):
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def handle_any(self):
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        why = wrong(self, body)
        if why:
            print("refused:", self.command, self.path, why, file=sys.stderr)
            return self.answer(403, why.encode(), Content_Type="application/xml")
        if self.command == "PUT":
            objects[self.path] = body
            return self.answer(200)
        if self.command == "DELETE":
            objects.pop(self.path, None)
            return self.answer(204)
        if self.path not in objects:
            return self.answer(404, b"<Error/>", Content_Type="application/xml")
        return self.send_object(objects[self.path])

    def send_object(self, whole):
        found = re.fullmatch(r"bytes=(\d*)-(\d*)", self.headers.get("Range") or "")
        if not found:
            return self.answer(200, whole, Content_Type="audio/wav")
        first, last = found.groups()
        begin = int(first) if first else max(len(whole) - int(last), 0)
        end = min(int(last), len(whole) - 1) if first and last else len(whole) - 1
        if begin > end:
            return self.answer(416, Content_Range=f"bytes */{len(whole)}")
        return self.answer(206, whole[begin:end + 1], Content_Type="audio/wav",
                           Content_Range=f"bytes {begin}-{end}/{len(whole)}")

    def handle(self):
        try:
            super().handle()
        except OSError:
            pass  # who listens has left

    do_GET = do_PUT = do_DELETE = handle_any

    def log_message(self, *unused):
        pass


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Bucket)
threading.Thread(target=server.serve_forever, daemon=True).start()
print(server.server_address[1], flush=True)
sys.stdin.read()
