import pytest

from data.config import load_settings
from data.errors import SettingsError
from data.scope import Scope


@pytest.fixture(autouse=True)
def _clean(monkeypatch):
    for name in ("DATABASE_URL", "DAYBOOK_HOME", "DAYBOOK_PORT", "DAYBOOK_TIMEZONE"):
        monkeypatch.delenv(name, raising=False)


def test_without_variables_the_embedded_server_on_the_default_port_is_meant():
    settings = load_settings()
    assert settings.is_embedded
    assert (settings.host, settings.port, settings.time_zone) == ("127.0.0.1", 8501, "America/New_York")


def test_only_our_own_variables_are_read(monkeypatch, tmp_path):
    for name, value in {"HOME": str(tmp_path), "HOST": "0.0.0.0", "PORT": "1", "ADMIN_USER": "root"}.items():
        monkeypatch.setenv(name, value)
    settings = load_settings()
    assert settings.home != tmp_path
    assert (settings.host, settings.port, settings.admin_user) == ("127.0.0.1", 8501, "admin")


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("DAYBOOK_PORT", "eight", "DAYBOOK_PORT: .*got 'eight'"),
        ("DAYBOOK_PORT", "70000", "DAYBOOK_PORT: .*got '70000'"),
        ("DAYBOOK_TIMEZONE", "Mars/Base", "DAYBOOK_TIMEZONE: must be an IANA time zone .*'Mars/Base'"),
    ],
)
def test_a_wrong_setting_names_variable_rule_and_value(monkeypatch, name, value, words):
    monkeypatch.setenv(name, value)
    with pytest.raises(SettingsError, match=words):
        load_settings()


def test_secrets_do_not_show_in_settings(monkeypatch):
    monkeypatch.setenv("DATABASE_URL", "postgresql://me:hidden-word@h/d")
    assert "hidden-word" not in repr(load_settings())


def test_scope_as_the_database_reads_it():
    assert Scope.everything().as_setting() == "all"
    assert Scope.of_stores(9, 3).as_setting() == "{3,9}"
    assert Scope.of_stores().as_setting() == "{}"
