"""The days of an address as a span of the installation's time zone."""

from __future__ import annotations

from flask import current_app, request

from osm.reports.queries.counting import Span
from osm.settings import Settings
from osm.web.days import days_of


def span_asked() -> Span | None:
    """`from` and `to` of this request; None where they are no period."""
    days = days_of(request.args)
    settings: Settings = current_app.extensions["osm_settings"]
    return Span(*days, settings.time_zone) if days else None
