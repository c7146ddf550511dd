"""Saved views: one's own and the shared ones."""

from __future__ import annotations

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field

from dashboard.api.callers import Reading, Saving
from dashboard.load import database
from data.views.reading import Content, SavedView, views_for
from data.views.writing import save_view

router = APIRouter(tags=["views"])


class ViewRequest(BaseModel):
    """A view to save: which page, and what stands after the question mark of its link."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [{"name": "Fuel by week", "link": "m=net_sales&r=period&by=week&f=department.in:FUEL"}]
        },
    )

    name: str = Field(min_length=1, max_length=120)
    link: str = Field(max_length=8192)
    page: str = Field("explore", max_length=50)
    description: str = Field("", max_length=2000)
    folder: str = Field("", max_length=120)
    shared: bool = False


class ViewInfo(ViewRequest):
    """A saved view, where it opens, and whose it is."""

    view_id: int
    version: int
    address: str
    owner: str


@router.get("/views")
def list_views(found: Reading) -> list[ViewInfo]:
    """List one's own views and the shared ones, by folder and name."""
    with database().accounts() as conn:
        return [_info(view) for view in views_for(conn, account_id=found.user.account_id)]


@router.post("/views", status_code=201)
def make_view(asked: ViewRequest, found: Saving) -> ViewInfo:
    """Save a view of one's own."""
    content = Content(asked.page, asked.link, asked.name, asked.description, asked.folder, asked.shared)
    with database().accounts() as conn:
        return _info(save_view(conn, content, account_id=found.user.account_id))


def _info(view: SavedView) -> ViewInfo:
    content = view.content
    return ViewInfo(view_id=view.view_id, version=view.version, address=view.address, owner=view.owner,
                    name=content.name, link=content.link, page=content.page, description=content.description,
                    folder=content.folder, shared=content.shared)  # fmt: skip
