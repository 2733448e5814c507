"""What the demonstration page refuses before anything else: it is for this computer's own browser only."""

from __future__ import annotations

import orjson
from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

LOOPBACK = "127.0.0.1"

_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "X-Frame-Options": "DENY",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cache-Control": "no-store",
}


def refusal(status: int, reason: str) -> web.Response:
    """A JSON body that says why. `reason` is for developers, in English, without personal data."""
    return web.Response(
        status=status, body=orjson.dumps({"error": reason}), content_type="application/json", charset="utf-8"
    )


def guard(signed_paths: frozenset[str], forms: str = "") -> Middleware:
    """A middleware that lets only this page talk to its own server.

    Host must name the loopback interface and the port in use (DNS rebinding); a POST must be JSON and come
    from the page's own origin (request forgery). Paths in `signed_paths` are called by programs, which send
    no Origin and sign what they send. What is posted below `forms` comes from plain forms that open with a secret of
    their own (bot/files/door.py).
    """

    @web.middleware
    async def check(request: web.Request, handler: Handler) -> web.StreamResponse:
        hosts = _own_hosts(request)
        if request.host.lower() not in hosts:
            return refusal(421, "this server answers to 127.0.0.1 and localhost only")
        if request.method not in ("GET", "HEAD", "POST"):
            return refusal(405, "method not allowed")
        if request.method == "POST" and not (forms and request.path.startswith(forms)):
            origin = request.headers.get("Origin")
            if origin is None and request.path not in signed_paths:
                return refusal(403, "a POST must name its Origin")
            if origin is not None and origin not in {f"http://{host}" for host in hosts}:
                return refusal(403, "this Origin is not the page's own")
            if request.content_type != "application/json":
                return refusal(415, "the body must be application/json")
        return await handler(request)

    return check


async def add_security_headers(_request: web.Request, response: web.StreamResponse) -> None:
    """For `on_response_prepare`: refusals and errors carry the headers too. Stricter ones of their own stay."""
    for name, value in _HEADERS.items():
        response.headers.setdefault(name, value)


def _own_hosts(request: web.Request) -> frozenset[str]:
    socket = request.transport.get_extra_info("sockname") if request.transport else None
    port = socket[1] if socket else 0
    names = (LOOPBACK, "localhost")
    return frozenset(f"{name}:{port}" for name in names) | (frozenset(names) if port == 80 else frozenset())
