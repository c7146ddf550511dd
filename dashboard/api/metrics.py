"""Figures for Prometheus, for whoever holds the token; without a token, for this machine alone."""

from __future__ import annotations

import ipaddress
import secrets
from typing import Annotated

from fastapi import APIRouter, Header, Request, Response
from prometheus_client.exposition import choose_encoder

from dashboard.observing.figures import REGISTRY
from data.config import Settings, load_settings

router = APIRouter(tags=["health"])
_FORWARDED = ("forwarded", "x-forwarded-for", "x-real-ip", "via")
_OURS = frozenset({"localhost", "127.0.0.1", "::1", "[::1]"})


@router.get("/metrics", include_in_schema=False)
def metrics(request: Request, accept: Annotated[str, Header()] = "") -> Response:
    """Every figure that the process keeps, as text; 401 without the right token, 403 from elsewhere without any."""
    settings = load_settings()
    if settings.metrics_token is None and not _is_local(request):
        return _refusal(403, "Set DAYBOOK_METRICS_TOKEN to read figures from another machine or through a proxy.")
    if settings.metrics_token is not None and not _has_token(request, settings):
        return _refusal(401, "The bearer token of DAYBOOK_METRICS_TOKEN is needed.")
    text, content_type = metrics_text(accept)
    return Response(text, headers={"content-type": content_type, "cache-control": "no-store"})


def metrics_text(accept: str) -> tuple[bytes, str]:
    """Every figure, in the form that the reader accepts, and what that form is called."""
    encode, content_type = choose_encoder(accept)
    return encode(REGISTRY), content_type


def _has_token(request: Request, settings: Settings) -> bool:
    assert settings.metrics_token is not None  # noqa: S101  asked before
    scheme, _, given = request.headers.get("authorization", "").partition(" ")
    right = settings.metrics_token.get_secret_value().encode()
    return scheme.lower() == "bearer" and secrets.compare_digest(given.strip().encode(), right)


def _is_local(request: Request) -> bool:
    """Whether a program on this machine asks by itself: through no proxy, and by no name that a page made up."""
    if request.client is None or any(name in request.headers for name in _FORWARDED):
        return False
    try:
        address = ipaddress.ip_address(request.client.host)
    except ValueError:
        return False
    return address.is_loopback and request.url.hostname in _OURS


def _refusal(status: int, text: str) -> Response:
    headers = {"www-authenticate": "Bearer"} if status == 401 else {}
    return Response(text, status_code=status, media_type="text/plain", headers=headers)
