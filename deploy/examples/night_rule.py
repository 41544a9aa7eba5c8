#!/usr/bin/env python3
"""A rule processor for Causeway's fraud screening. Nothing but Python is needed:

    python3 night_rule.py 127.0.0.1:4222 default X01@1.0.0

The scorer asks it about each payment before it judges it, and waits scorer.rules_budget_ms
(docs/screening.md, "Rules that others answer"). With a client library (nats-py) only `rule` remains.
"""

import json
import socket
import sys
from datetime import datetime, timezone


def rule(attempt: dict, parameters: dict) -> dict:
    """One of the outcomes that the catalogue weighs, the number behind it, and why."""
    at = datetime.fromtimestamp(attempt["atMs"] / 1000, timezone.utc)
    return {
        "subRuleRef": ".02" if at.hour < 5 else ".01",
        "indpdntVarbl": at.hour,
        "reason": f"the payment is made at {at:%H:%M} UTC",
    }


def token(text: str) -> str:
    """A name as one token of a subject, as the scorer writes it."""
    plain = lambda b: chr(b).isascii() and (chr(b).isalnum() or chr(b) in "-_@")
    return "".join(chr(b) if plain(b) else f"={b:02x}" for b in text.encode())


def serve(address: str, tenant: str, name: str) -> None:
    host, port = address.rsplit(":", 1)
    server = socket.create_connection((host, int(port)))
    lines = server.makefile("rb")
    lines.readline()  # INFO: what the server can do
    subject = f"causeway.frm.{token(tenant)}.rule.{token(name)}"
    # A queue group (rules): several of these share the work.
    hello = 'CONNECT {"verbose":false,"headers":false}\r\n' + f"SUB {subject} rules 1\r\nPING\r\n"
    server.sendall(hello.encode())
    for line in lines:
        words = line.decode().split()
        if words[0] == "PING":
            server.sendall(b"PONG\r\n")
        elif words[0] == "PONG":
            print("ready", flush=True)
        elif words[0] == "-ERR":
            sys.exit(line.decode())
        elif words[0] == "MSG":  # MSG subject 1 [reply] bytes
            question = json.loads(lines.read(int(words[-1]) + 2))
            if len(words) < 5:
                continue
            said = json.dumps(rule(question["attempt"], question["parameters"])).encode()
            server.sendall(f"PUB {words[3]} {len(said)}\r\n".encode() + said + b"\r\n")


if __name__ == "__main__":
    serve(*sys.argv[1:4])
