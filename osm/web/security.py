"""What the browser is told about trust: policy of content, frames, types, referrers, caches."""

from __future__ import annotations

from flask import Flask, Response, request

POLICY = {
    "default-src": "'self'",
    "script-src": "'self'",
    "style-src": "'self'",
    "img-src": "'self' data:",
    "object-src": "'none'",
    "base-uri": "'none'",
    "form-action": "'self'",
    "frame-ancestors": "'none'",
}

HEADERS = {
    "Content-Security-Policy": "; ".join(f"{name} {value}" for name, value in POLICY.items()),
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Permissions-Policy": "geolocation=(), microphone=(), payment=()",
}


def init_app(app: Flask) -> None:
    app.after_request(add_headers)


def add_headers(response: Response) -> Response:
    """Set what the view has not set itself. Pages are never kept by proxies and always asked for anew.

    A view that says who may frame it is understood by every browser that knows `frame-ancestors`.
    """
    is_framed = "frame-ancestors http" in response.headers.get("Content-Security-Policy", "")
    for name, value in HEADERS.items():
        if name != "X-Frame-Options" or not is_framed:
            response.headers.setdefault(name, value)
    if request.endpoint != "static":
        response.headers.setdefault("Cache-Control", "private, no-cache")
        response.headers.add("Vary", "HX-Request")
    return response
