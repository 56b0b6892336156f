"""The checks that need no database of their own: Django's, the settings for production, static files."""

import importlib
import inspect
import os
import re

import belay_databases as databases
import belay_places
from belay_task import describe
from django.conf import settings
from django.core import checks
from django.db import DEFAULT_DB_ALIAS, connections


def system(task):
    """Django's own checks."""
    for message in checks.run_checks():
        _tell(task, message, checks.ERROR)
    return task.end(_count(task))


def deploy(task):
    """What only counts in production; all of it is shown, and fails from the given level on."""
    level = getattr(checks, task.option("failLevel", "ERROR"))
    usual = {str(message) for message in checks.run_checks()}
    for message in checks.run_checks(include_deployment_checks=True):
        if str(message) not in usual:
            _tell(task, message, level)
    return task.end(_count(task))


def _tell(task, message, fail_level):
    if message.is_silenced() or message.level < checks.WARNING and message.level < fail_level:
        return
    hint = f" ({' '.join(str(message.hint).split())})" if message.hint else ""
    who = "" if message.obj is None else f"{_name(message.obj)}: "
    text = f"{who}{' '.join(str(message.msg).split())}{hint} [{message.id}]"
    place = _setting(text) if message.obj is None else belay_places.of_object(message.obj)
    task.finding("error" if message.level >= fail_level else "warning", text, place)


def _setting(text):
    """Where the first setting that the message names is set."""
    try:
        path = inspect.getsourcefile(importlib.import_module(os.environ["DJANGO_SETTINGS_MODULE"]))
        with open(path, encoding="utf-8") as file:
            lines = file.readlines()
    except (ImportError, KeyError, OSError, TypeError, UnicodeDecodeError):
        return {}
    if not belay_places.is_own(path):
        return {}
    for name in re.findall(r"\b[A-Z][A-Z_]{3,}\b", text):
        for number, line in enumerate(lines, 1):
            if re.match(name + r"\s*[:=]", line):
                return {"file": path, "line": number}
    return {"file": path, "line": 1}


def _name(thing):
    meta = getattr(thing, "_meta", None)
    return meta.label if meta is not None else str(thing)


def _count(task):
    return f"errors: {task.errors}" if task.errors else ""


def database(task):
    """Whether the databases answer, and may be tested with."""
    if DEFAULT_DB_ALIAS not in connections or not databases.usable(DEFAULT_DB_ALIAS):
        return task.skip("the settings name no database")
    for alias in databases.aliases():
        _look_at(task, alias)
    return task.end("no database for the tests" if task.errors else "")


def _look_at(task, alias):
    connection = connections[alias]
    if connection.vendor == "sqlite":
        return
    where = connection.settings_dict
    name = f"{where.get('HOST') or 'the local socket'}:{where.get('PORT') or 5432}"
    try:
        with connection._nodb_cursor() as cursor:
            if connection.vendor != "postgresql":
                cursor.execute("SELECT 1")
                return
            cursor.execute("SELECT rolcreatedb OR rolsuper, current_user FROM pg_roles WHERE rolname = current_user")
            allowed, user = cursor.fetchone()
    except Exception as error:
        task.error(f"the database {alias} at {name} cannot be reached: {describe(error)}. {_services(connection)}")
        return
    if not allowed:
        task.error(
            f"the role {user} at {name} may not make databases, and tests need one of their own: "
            f'run ALTER ROLE "{user}" CREATEDB'
        )


def _services(connection):
    if connection.vendor != "postgresql":
        return "Start it before this step."
    return (
        "Give `database-url`, or add to the job: services: { postgres: { image: 'postgres:17', "
        "env: { POSTGRES_PASSWORD: postgres }, ports: ['5432:5432'], "
        "options: '--health-cmd pg_isready --health-interval 2s --health-retries 20' } }"
    )


def static(task):
    """Collects the static files into a scratch folder under hashed names, and names every file that is missing."""
    from django.apps import apps

    if not apps.is_installed("django.contrib.staticfiles"):
        return task.skip("django.contrib.staticfiles is not installed")
    settings.STATIC_ROOT = os.path.join(task.option("folder"), "static")
    _with_manifest()
    from django.contrib.staticfiles.finders import get_finders
    from django.contrib.staticfiles.storage import staticfiles_storage
    from django.core.management import call_command

    call_command("collectstatic", interactive=False, verbosity=0, post_process=False)
    found = {
        os.path.join(getattr(storage, "prefix", None) or "", path): (storage, path)
        for finder in get_finders()
        for path, storage in finder.list([])
    }
    _post_process(task, staticfiles_storage, found)
    _templates(task, found)
    return task.end(f"files that are missing: {task.errors}" if task.errors else f"files: {len(found)}")


def _with_manifest():
    """A storage without hashed names would not notice what is missing."""
    plain = "django.contrib.staticfiles.storage.StaticFilesStorage"
    manifest = "django.contrib.staticfiles.storage.ManifestStaticFilesStorage"
    if hasattr(settings, "STORAGES") and "staticfiles" in settings.STORAGES:
        if settings.STORAGES["staticfiles"]["BACKEND"] == plain:
            settings.STORAGES = {**settings.STORAGES, "staticfiles": {"BACKEND": manifest}}
    elif getattr(settings, "STATICFILES_STORAGE", plain) == plain:
        settings.STATICFILES_STORAGE = manifest


def _post_process(task, storage, found):
    if not hasattr(storage, "post_process"):
        return
    told = set()
    # The storage's hashing goes over the files that refer to others again and again.
    for name, _, result in storage.post_process(found, dry_run=False):
        if isinstance(result, Exception):
            message = f"{name} refers to a file that is missing: {_missing(result)}"
            if message not in told:
                told.add(message)
                task.error(message, _place(found.get(name), name))


def _missing(error):
    match = re.search(r"The file '([^']+)' could not be found", str(error))
    return match.group(1) if match else describe(error)


def _place(source, name):
    if source is None:
        return {}
    storage, path = source
    full = storage.path(path)
    return {"file": full, "line": 1} if belay_places.is_own(full) else {}


_TAG = re.compile(r"""\{%\s*static\s+(['"])([^'"{}]+)\1""")


def _templates(task, found):
    """A template that names a file which is not there fails only when somebody asks for the page."""
    for path in _template_files():
        with open(path, encoding="utf-8", errors="replace") as file:
            for number, line in enumerate(file, 1):
                for match in _TAG.finditer(line):
                    name = match.group(2).split("?")[0].split("#")[0]
                    if name and name not in found and not name.endswith("/"):
                        task.error(f"the template names {name}, which is missing", {"file": path, "line": number})


def _template_files():
    from django.template import engines

    folders = []
    for engine in engines.all():
        folders += [str(folder) for folder in getattr(engine, "template_dirs", ())]
    seen = set()
    for folder in folders:
        for parent, _, files in os.walk(folder):
            for file in files:
                path = os.path.realpath(os.path.join(parent, file))
                if path not in seen and belay_places.is_own(path) and file.endswith((".html", ".txt", ".xml", ".svg")):
                    seen.add(path)
                    yield path


def clean(task):
    """Drops the scratch databases of this run that a check which was killed has left."""
    for alias in databases.aliases():
        names = databases.left_over(alias, task.option("token"))
        for name in names:
            databases.destroy({alias: name})
    return task.end()
