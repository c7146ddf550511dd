"""Dashboards: saved views side by side under one filter bar. The link holds which one, its filters and revision."""

from dashboard import load
from dashboard.auth import require
from dashboard.dashboards.actions import opened_by_link
from dashboard.dashboards.listing import dashboard_list
from dashboard.dashboards.page import show_dashboard
from data.queries.freshness import freshness

user = require("analyst")
opened, problem = opened_by_link(user)
with load.charting(user.scope) as conn:
    if opened is None:
        dashboard_list(user, zone=freshness(conn).time_zone, problem=problem)
    else:
        show_dashboard(conn, user, opened)
