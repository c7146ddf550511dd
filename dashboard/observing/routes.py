"""What a request is called in figures and logs: the template of its route, never the path that somebody typed."""

from __future__ import annotations

from starlette.types import Scope

UNMATCHED = "unmatched"
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


def route_of(scope: Scope) -> str:
    """The template of the route that answered the request; known once it was."""
    route = scope.get("route")
    # FastAPI keeps the whole template of an included router's route beside the route.
    whole = scope.get("fastapi", {}).get("effective_route_context")
    template = getattr(whole, "path", None) or getattr(route, "path", None)
    if template is None:
        return UNMATCHED
    mounted = str(scope.get("root_path", "")).removeprefix(str(scope.get("app_root_path", "")))
    if hasattr(route, "routes"):  # a mount within which nothing matched
        return f"{template}/*"
    return f"{mounted}{template}"


def method_of(scope: Scope) -> str:
    """The request's method; one that is not usual is OTHER, for a method is free text."""
    return scope["method"] if scope["method"] in _METHODS else "OTHER"
