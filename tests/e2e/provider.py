"""A provider of identities as a process: OpenID Connect, with a mistake to make on demand.

``python provider.py`` prints its port. Of ``POST /be`` the query ``mistake`` names what it does
wrong from then on, ``sub`` and ``amr`` who comes next.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import secrets
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import ClassVar
from urllib.parse import parse_qs, urlencode, urlsplit

from joserfc import jwt
from joserfc.jwk import ECKey, RSAKey

CLIENT, SECRET = "chengyun", "a secret of the client / with + signs"
OWN = RSAKey.generate_key(2048, parameters={"kid": "own"}, private=True)
NEXT = ECKey.generate_key("P-256", parameters={"kid": "next"}, private=True)
OTHER = RSAKey.generate_key(2048, parameters={"kid": "own"}, private=True)


def part(content):
    return base64.urlsafe_b64encode(json.dumps(content).encode()).decode().rstrip("=")


class Provider(BaseHTTPRequestHandler):
    state: ClassVar = {"mistake": "", "sub": "42", "amr": "pwd", "keys": 0}
    codes: ClassVar[dict[str, dict[str, str]]] = {}

    def log_message(self, *args):
        pass

    @property
    def issuer(self):
        return f"http://127.0.0.1:{self.server.server_port}"

    def query(self):
        given = parse_qs(urlsplit(self.path).query, keep_blank_values=True)
        return {name: one[0] for name, one in given.items()}

    def do_GET(self):
        path, mistake = urlsplit(self.path).path, self.state["mistake"]
        if path == "/.well-known/openid-configuration":
            issuer = self.issuer + ("/other" if mistake == "issuer_of_description" else "")
            self.says(
                {
                    "issuer": issuer,
                    "authorization_endpoint": f"{self.issuer}/go",
                    "token_endpoint": f"{self.issuer}/token",
                    "jwks_uri": f"{self.issuer}/keys",
                }
            )
        elif path == "/keys":
            self.state["keys"] += 1
            keys = [OWN.as_dict(private=False)]
            keys += [NEXT.as_dict(private=False)] if mistake == "rotated" else []
            self.says({"keys": keys})
        elif path == "/go":
            given = self.query()
            code = secrets.token_urlsafe(16)
            self.codes[code] = given
            back = urlencode({"code": code, "state": given["state"]})
            self.send_response(302)
            self.send_header("Location", f"{given['redirect_uri']}?{back}")
            self.send_header("Content-Length", "0")
            self.end_headers()
        else:
            self.says({}, 404)

    def do_POST(self):
        length = int(self.headers.get("Content-Length", 0))
        body = {k: v[0] for k, v in parse_qs(self.rfile.read(length).decode()).items()}
        if self.path.startswith("/be"):
            self.state.update(self.query())
            return self.says({"keys": self.state["keys"]})
        known = self.codes.pop(body.get("code", ""), None)
        digest = hashlib.sha256(body.get("code_verifier", "").encode()).digest()
        challenge = base64.urlsafe_b64encode(digest).decode().rstrip("=")
        who = base64.b64encode(f"{CLIENT}:{SECRET}".encode()).decode()
        right = known is not None and known["code_challenge"] == challenge
        right = right and known["redirect_uri"] == body.get("redirect_uri")
        if not right or self.headers.get("Authorization") != f"Basic {who}":
            return self.says({"error": "invalid_grant"}, 400)
        mistake = self.state["mistake"]
        if mistake == "long":
            return self.says({"id_token": "x" * 1_000_000})
        if mistake == "no_token":
            return self.says({"access_token": "x"})
        return self.says({"id_token": self.token(known["nonce"], mistake)})

    def token(self, nonce, mistake):
        now = int(time.time())
        claims = {
            "iss": self.issuer,
            "aud": CLIENT,
            "sub": self.state["sub"],
            "nonce": nonce,
            "iat": now,
            "exp": now + 300,
            "amr": self.state["amr"].split(),
            "preferred_username": "li.hua",
            "name": "李华",
        }
        claims |= {
            "issuer": {"iss": "http://127.0.0.1:1"},
            "audience": {"aud": "another"},
            "audiences": {"aud": [CLIENT, "another"]},
            "nonce": {"nonce": "another"},
            "expired": {"exp": now - 3_600, "iat": now - 7_200},
        }.get(mistake, {})
        if mistake == "no_subject":
            del claims["sub"]
        if mistake == "none":
            return f"{part({'alg': 'none'})}.{part(claims)}."
        if mistake == "symmetric":  # the public key taken as a secret
            signed = f"{part({'alg': 'HS256', 'kid': 'own'})}.{part(claims)}"
            mac = hmac.new(OWN.as_pem(private=False), signed.encode(), hashlib.sha256).digest()
            return f"{signed}.{base64.urlsafe_b64encode(mac).decode().rstrip('=')}"
        key = {"key": OTHER, "rotated": NEXT}.get(mistake, OWN)
        alg = "ES256" if mistake == "rotated" else "RS256"
        token = jwt.encode({"alg": alg, "kid": key.kid}, claims, key)
        if mistake == "changed":
            head, _, rest = token.partition(".")
            said, _, sign = rest.partition(".")
            return f"{head}.{said[:-2]}AA.{sign}"
        return token

    def says(self, content, status=200):
        body = json.dumps(content).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


if __name__ == "__main__":
    server = ThreadingHTTPServer(("127.0.0.1", 0), Provider)
    print(server.server_port, flush=True)
    server.serve_forever()
