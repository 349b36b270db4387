"""What every answer says to a browser."""

from __future__ import annotations

from aiohttp import web

POLICY = "Content-Security-Policy"
HEADERS = {
    POLICY: (
        "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; img-src 'self' blob:; "
        "font-src 'self'; connect-src 'self'; worker-src 'self'; manifest-src 'self'; base-uri 'none'; "
        "form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; "
        "trusted-types svelte-trusted-html decoders notifier default"
    ),
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": (
        "camera=(self), display-capture=(), geolocation=(), hid=(), microphone=(), midi=(), payment=(), "
        "publickey-credentials-create=(self), publickey-credentials-get=(self), serial=(), usb=()"
    ),
    "Referrer-Policy": "no-referrer",
    "Server": "InScope",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}


async def security_headers(request: web.Request, response: web.StreamResponse) -> None:
    """On every answer, pages and data alike. aiohttp has named itself and its version by now: no reader needs that."""
    response.headers["Server"] = HEADERS["Server"]
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)
