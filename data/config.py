"""Settings, read from the environment once per process by whoever starts it; never at import."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, available_timezones

import platformdirs
from pydantic import Field, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from data.errors import SettingsError


def default_home() -> Path:
    """The folder for embedded data, keys and logs where `DAYBOOK_HOME` does not name one."""
    if os.geteuid() == 0:
        return Path("/var/lib/daybook")
    return Path(platformdirs.user_data_dir("daybook"))


_DSN = re.compile(r"https?://[^/@\s]+@[^/@\s]+/(\S*/)?[0-9]+\Z")
_ORIGIN = re.compile(r"https?://[A-Za-z0-9.-]+(:[0-9]{1,5})?\Z")


class Settings(BaseSettings):
    """What the environment decides; see `.env.example` for each variable."""

    model_config = SettingsConfigDict(env_ignore_empty=True, extra="ignore", frozen=True)

    database_url: SecretStr | None = Field(None, alias="DATABASE_URL")
    writer_url: SecretStr | None = Field(None, alias="DAYBOOK_WRITER_URL")
    reader_url: SecretStr | None = Field(None, alias="DAYBOOK_READER_URL")
    wal_archive: str = Field("", alias="DAYBOOK_WAL_ARCHIVE")
    replica_url: SecretStr | None = Field(None, alias="DAYBOOK_REPLICA_URL")
    home: Path = Field(default_factory=default_home, alias="DAYBOOK_HOME")
    host: str = Field("127.0.0.1", alias="DAYBOOK_HOST")
    port: int = Field(8501, alias="DAYBOOK_PORT", ge=1, le=65535)
    time_zone: str = Field("America/New_York", alias="DAYBOOK_TIMEZONE")
    admin_user: str = Field("admin", alias="DAYBOOK_ADMIN_USER", min_length=1)
    admin_password: SecretStr | None = Field(None, alias="DAYBOOK_ADMIN_PASSWORD")
    secret_key: SecretStr | None = Field(None, alias="DAYBOOK_SECRET_KEY")
    smtp_url: SecretStr | None = Field(None, alias="SMTP_URL")
    mail_from: str = Field("daybook@localhost", alias="DAYBOOK_MAIL_FROM", min_length=3, max_length=254)
    public_url: str = Field("", alias="DAYBOOK_PUBLIC_URL")
    webhook_origins: str = Field("", alias="DAYBOOK_WEBHOOK_ORIGINS")
    webhook_secret: SecretStr | None = Field(None, alias="DAYBOOK_WEBHOOK_SECRET")
    metrics_token: SecretStr | None = Field(None, alias="DAYBOOK_METRICS_TOKEN", min_length=16)
    audit_days: int | None = Field(None, alias="DAYBOOK_AUDIT_DAYS", ge=30, le=36_500)
    log_format: Literal["text", "json"] = Field("text", alias="DAYBOOK_LOG_FORMAT")
    sentry_dsn: SecretStr | None = Field(None, alias="SENTRY_DSN")
    statement_timeout_s: int = Field(30, alias="DAYBOOK_STATEMENT_TIMEOUT", ge=1, le=3600)

    @field_validator("time_zone")
    @classmethod
    def _known_zone(cls, value: str) -> str:
        if value not in available_timezones():
            raise ValueError(f"must be an IANA time zone such as America/New_York; got {value!r}")
        return ZoneInfo(value).key

    @field_validator("smtp_url")
    @classmethod
    def _mail_server(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None:
            parts = urlsplit(value.get_secret_value())
            if parts.scheme not in {"smtp", "smtps"} or not parts.hostname:
                raise ValueError("must be smtp://USER:PASSWORD@HOST:PORT, or smtps:// for TLS from the start")
        return value

    @field_validator("sentry_dsn")
    @classmethod
    def _sentry_project(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None and not _DSN.match(value.get_secret_value()):
            raise ValueError("must be https://KEY@HOST/PROJECT, as Sentry shows it in the project's settings")
        return value

    @field_validator("public_url", "webhook_origins")
    @classmethod
    def _origins(cls, value: str) -> str:
        for origin in value.split():
            if not _ORIGIN.match(origin):
                raise ValueError(f"must be https://HOST or http://HOST, without a path; got {origin!r}")
        return value

    @field_validator("wal_archive")
    @classmethod
    def _absolute_archive(cls, value: str) -> str:
        if not value.isprintable():
            raise ValueError(f"must consist of printable characters; got {value!r}")
        return value if value in {"", "off"} else str(Path(value).expanduser().absolute())

    @field_validator("home")
    @classmethod
    def _absolute_home(cls, value: Path) -> Path:
        return value.expanduser().absolute()

    @property
    def is_embedded(self) -> bool:
        """Whether the embedded server is used, because no `DATABASE_URL` is given."""
        return self.database_url is None


def load_settings() -> Settings:
    """Settings from the environment; raises SettingsError naming the variable, the rule and the value."""
    try:
        return Settings()
    except ValidationError as error:
        raise SettingsError("\n".join(_readable(item) for item in error.errors())) from None


_SECRET = ("PASSWORD", "URL", "TOKEN", "SECRET", "DSN")


def _readable(item: object) -> str:
    detail = dict(item)  # type: ignore[call-overload]
    name = ".".join(str(part) for part in detail["loc"])
    message = str(detail["msg"]).removeprefix("Value error, ")
    got = "" if "got" in message or any(word in name for word in _SECRET) else f"; got {detail['input']!r}"
    return f"{name}: {message}{got}"
