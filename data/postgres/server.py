"""How to reach the embedded server."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote, urlencode

PORT = 5432
DATABASE = "daybook"
LOGIN = "daybook"
SUPERUSER = "postgres"


@dataclass(frozen=True)
class EmbeddedServer:
    """A running server and the two logins to it: the application's own, and the superuser for maintenance."""

    socket_dir: Path
    bin_dir: Path
    log_path: Path
    password: str = field(repr=False)
    superuser_password: str = field(repr=False)
    port: int = PORT
    database: str = DATABASE
    user: str = LOGIN

    @property
    def url(self) -> str:
        """SQLAlchemy address of the application's database, as its owner. It contains the password."""
        return self._url(self.user, self.password, self.database)

    @property
    def superuser_url(self) -> str:
        """SQLAlchemy address of the maintenance database `postgres`, as superuser. It contains the password."""
        return self._url(SUPERUSER, self.superuser_password, "postgres")

    @property
    def psql_path(self) -> Path:
        """The psql that belongs to the server."""
        return self.bin_dir / "psql"

    def _url(self, user: str, password: str, database: str) -> str:
        place = urlencode({"host": str(self.socket_dir), "port": self.port}, quote_via=quote)
        return f"postgresql+psycopg://{quote(user, safe='')}:{quote(password, safe='')}@/{quote(database)}?{place}"
