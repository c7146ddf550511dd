"""The embedded PostgreSQL server: used when no `DATABASE_URL` is given.

`running_server(home)` joins the server of a home folder or starts it, and keeps it running for the block.
"""

from data.postgres.layout import prepare_home
from data.postgres.lease import ServerLease, open_server, running_server
from data.postgres.server import EmbeddedServer

__all__ = ["EmbeddedServer", "ServerLease", "open_server", "prepare_home", "running_server"]
