"""Scratch databases: each check has its own, beside those that the settings name."""

import contextlib
import os
import shutil

from django.core.exceptions import ImproperlyConfigured
from django.db import DEFAULT_DB_ALIAS, connections


def usable(alias):
    """Whether the settings name a database there at all."""
    return connections[alias].settings_dict["ENGINE"] not in ("", "django.db.backends.dummy")


def aliases():
    return [alias for alias in connections if usable(alias) and not is_mirror(alias)]


def is_mirror(alias):
    return bool((connections[alias].settings_dict.get("TEST") or {}).get("MIRROR"))


def vendor(alias=DEFAULT_DB_ALIAS):
    return connections[alias].vendor


def require():
    if DEFAULT_DB_ALIAS not in connections or not usable(DEFAULT_DB_ALIAS):
        raise ImproperlyConfigured("the settings name no database")


def names_for(task, purpose):
    """The scratch database of each alias."""
    token = task.option("token")
    return {
        alias: _name(alias, f"belay_{token}_{purpose}" + ("" if alias == DEFAULT_DB_ALIAS else f"_{alias}"), task)
        for alias in aliases()
    }


def _name(alias, name, task):
    if vendor(alias) == "sqlite":
        return os.path.join(task.option("folder"), f"{name}.sqlite3")
    return name[:63]


def use(names):
    """From now on the aliases mean these databases."""
    for alias, name in names.items():
        connections[alias].close()
        connections[alias].settings_dict["NAME"] = name
        # Django's own copy, for a connection of another thread.
        connections.settings[alias]["NAME"] = name


def create(names):
    """Makes them empty, also where an earlier run left some of the name."""
    for alias, name in names.items():
        if vendor(alias) == "sqlite":
            _remove(name)
            continue
        quoted = connections[alias].ops.quote_name(name)
        with _cursor(alias) as cursor:
            _drop(cursor, alias, name)
            cursor.execute(f"CREATE DATABASE {quoted}{_suffix(alias)}")


def _suffix(alias):
    creation = connections[alias].creation
    return " " + creation.sql_table_creation_suffix() if creation.sql_table_creation_suffix() else ""


def copy(source, target):
    """Makes the target databases as copies; False where the database system has no quick way."""
    for alias, name in target.items():
        kind = vendor(alias)
        if kind == "sqlite":
            shutil.copyfile(source[alias], name)
        elif kind == "postgresql":
            ops = connections[alias].ops
            with _cursor(alias) as cursor:
                _drop(cursor, alias, name)
                cursor.execute(
                    f"CREATE DATABASE {ops.quote_name(name)} TEMPLATE {ops.quote_name(source[alias])}"
                )
        else:
            return False
    return True


def destroy(names):
    """Never raises: what cannot be dropped is dropped by the clean-up at the end."""
    for alias, name in names.items():
        with contextlib.suppress(Exception):
            connections[alias].close()
            if vendor(alias) == "sqlite":
                _remove(name)
            else:
                with _cursor(alias) as cursor:
                    _drop(cursor, alias, name)


def left_over(alias, token):
    """Scratch databases of this run that are still there."""
    if vendor(alias) != "postgresql":
        return []
    with _cursor(alias) as cursor:
        cursor.execute("SELECT datname FROM pg_database WHERE starts_with(datname, %s)", [f"belay_{token}_"])
        return [name for (name,) in cursor.fetchall()]


def _cursor(alias):
    return connections[alias]._nodb_cursor()


def _drop(cursor, alias, name):
    quoted = connections[alias].ops.quote_name(name)
    if vendor(alias) == "postgresql":
        # A killed check's session may still be there; FORCE is not known before version 13.
        cursor.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s AND pid <> pg_backend_pid()"
            # An autovacuum worker, which has no user, counts as a superuser; the drop ends it by itself.
            " AND usesysid IS NOT NULL",
            [name],
        )
    cursor.execute(f"DROP DATABASE IF EXISTS {quoted}")


def _remove(path):
    with contextlib.suppress(FileNotFoundError):
        os.remove(path)
