"""The checks of migrations: missing ones, from an empty database, from the base state, and back."""

import contextlib

import belay_databases as databases
import belay_places
from belay_task import describe
from django.apps import apps
from django.core.exceptions import FieldDoesNotExist
from django.core.management import call_command
from django.db import DEFAULT_DB_ALIAS, connections
from django.db.migrations.autodetector import MigrationAutodetector
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.questioner import MigrationQuestioner
from django.db.migrations.state import ProjectState


def missing(task):
    """Names what makemigrations would make, by app and model."""
    loader = MigrationLoader(None, ignore_no_migrations=True)
    for label, names in loader.detect_conflicts().items():
        task.error(
            f"{label} has several last migrations: {', '.join(names)}; makemigrations --merge joins them",
            _place_of(loader, (label, names[-1])),
        )
    if task.errors:
        return task.end("migrations conflict")
    autodetector = MigrationAutodetector(
        loader.project_state(),
        ProjectState.from_apps(apps),
        MigrationQuestioner(defaults={"ask_initial": True}, dry_run=True),
    )
    changes = autodetector.changes(graph=loader.graph, trim_to_apps=None, convert_apps=None)
    for label, migrations in sorted(changes.items()):
        for operation in (one for migration in migrations for one in migration.operations):
            _missing(task, label, operation)
    return task.end(f"changes of models without a migration: {task.errors}" if task.errors else "")


def _missing(task, label, operation):
    name = getattr(operation, "model_name", None) or getattr(operation, "name", "")
    place = {}
    with contextlib.suppress(LookupError):
        model = apps.get_model(label, name)
        place = belay_places.of_object(model)
        with contextlib.suppress(FieldDoesNotExist):
            place = belay_places.of_object(model._meta.get_field(operation.name)) or place
    message = f"{label}.{name} has no migration for this: {operation.describe()}"
    # Of a library's app the project cannot make one.
    own = belay_places.is_own(getattr(apps.get_app_config(label).module, "__file__", "") or "")
    if own or place:
        task.error(message, place or belay_places.of_object(apps.get_app_config(label)))
    else:
        task.warning(f"{message} (the app is a library's)")


def _place_of(loader, key):
    migration = loader.disk_migrations.get(key)
    return belay_places.of_migration(migration) if migration else {}


@contextlib.contextmanager
def scratch(task, purpose, source=None):
    """A database of the check's own for each alias, empty or as a copy; gone afterwards."""
    databases.require()
    before = {alias: connections[alias].settings_dict["NAME"] for alias in databases.aliases()}
    names = databases.names_for(task, purpose)
    try:
        if source is None:
            databases.create(names)
        elif not databases.copy(source, names):
            raise NotImplementedError("this database system copies no databases")
        databases.use(names)
        yield names
    finally:
        databases.use(before)
        databases.destroy(names)


class Steps:
    """Applies migrations one at a time, and knows which one it is at."""

    def __init__(self, task, alias):
        self._task = task
        self._alias = alias
        self.executor = MigrationExecutor(connections[alias])

    def plan(self):
        loader = self.executor.loader
        return self.executor.migration_plan(loader.graph.leaf_nodes())

    def forward(self, after=lambda migration: None):
        """False when one failed; it is named."""
        state = self.executor._create_project_state(with_applied_migrations=True)
        self.executor.recorder.ensure_schema()
        for migration, _ in self.plan():
            try:
                state = self.executor.apply_migration(state, migration)
            except Exception as error:
                _told(self._task, f"{migration} cannot be applied", error, migration)
                return False
            after(migration)
        return True

    def backward(self, migrations):
        """Takes the migrations back, the last one first; False when one failed."""
        for migration in reversed(migrations):
            targets = [
                (app, name) for app, name in self.executor.loader.graph.node_map[(migration.app_label, migration.name)].parents
                if app == migration.app_label
            ] or [(migration.app_label, None)]
            try:
                self.executor.migrate([tuple(target) for target in targets])
                self.executor.loader.build_graph()
            except Exception as error:
                _told(self._task, f"{migration} cannot be undone", error, migration)
                return False
        return True


def _told(task, what, error, migration):
    task.error(
        f"{what}: {describe(error)}",
        belay_places.of_exception(error) or belay_places.of_migration(migration),
    )


def migrate(task):
    """All migrations on empty databases, then the new ones over the base state."""
    with scratch(task, "migrate"):
        for alias in databases.aliases():
            if not _from_empty(task, alias):
                return task.end("the migrations do not run on an empty database")
    base = task.option("base")
    if base is None:
        return task.end("on an empty database only: " + task.option("noBase", "there is no base state"))
    with scratch(task, "forward", base["databases"]):
        for alias in databases.aliases():
            if not Steps(task, alias).forward():
                return task.end("the new migrations do not run over the base state")
    return task.end("on an empty database and over the base state" + (" with rows" if base["seeded"] else ""))


def _from_empty(task, alias):
    """As migrate does it, with the tables of apps that have no migrations; the migration that fails is named."""
    at = []
    apply = MigrationExecutor.apply_migration

    def noted(executor, state, migration, *words, **more):
        at[:] = [migration]
        state = apply(executor, state, migration, *words, **more)
        at.clear()
        return state

    MigrationExecutor.apply_migration = noted
    try:
        call_command("migrate", database=alias, run_syncdb=True, verbosity=0, interactive=False)
        return True
    except Exception as error:
        if at:
            _told(task, f"{at[0]} cannot be applied to an empty database", error, at[0])
        else:
            task.exception(error, "migrate failed on an empty database")
        return False
    finally:
        MigrationExecutor.apply_migration = apply


def _new(task, loader):
    """The project's own migrations that the base state has not."""
    base = task.option("base")
    known = {tuple(key) for key in (base or {}).get("migrations", [])}
    keys = [key for node in loader.graph.leaf_nodes() for key in loader.graph.forwards_plan(node)]
    found = {key: loader.get_migration(*key) for key in dict.fromkeys(keys)}
    return [
        migration
        for key, migration in found.items()
        if key not in known and belay_places.of_migration(migration)
    ]


def reverse(task):
    """Names the new migrations that cannot be taken back, and takes the others back to see that it works."""
    level = "error" if task.option("strict") else "warning"
    loader = MigrationLoader(None, ignore_no_migrations=True)
    new = _new(task, loader)
    stuck = 0
    for migration in new:
        for number, operation in enumerate(migration.operations):
            if not operation.reversible:
                stuck += 1
                place = belay_places.of_operation(migration, number)
                task.finding(level, f"{migration} cannot be undone: {operation.describe()}", place)
    base = task.option("base")
    if stuck:
        return task.end(f"operations that cannot be undone: {stuck}")
    if base is None or not new:
        return task.end("" if new else "no new migrations")
    with scratch(task, "reverse", base["databases"]):
        steps = Steps(task, DEFAULT_DB_ALIAS)
        applied = [migration for migration, _ in steps.plan()]
        if steps.forward():
            back = Steps(task, DEFAULT_DB_ALIAS)
            back.backward(applied)
    return task.end("" if not task.errors else "the way back failed")


def compatible(task):
    """The catalogue before and after each new migration, for the comparison that both kinds of project share."""
    base = task.option("base")
    if base is None:
        return task.skip(task.option("noBase", "there is no base state to compare with"))
    if databases.vendor() != "postgresql":
        return task.skip(f"the catalogue of {databases.vendor()} is not compared")
    with scratch(task, "compatible", base["databases"]):
        steps = Steps(task, DEFAULT_DB_ALIAS)

        def tell(migration):
            place = belay_places.of_operation(migration, 0) if migration.operations else {}
            task.say(catalogue=_catalogue(task), migration=str(migration), **place)

        task.say(catalogue=_catalogue(task))
        steps.forward(tell)
    return task.end()


def _catalogue(task):
    with connections[DEFAULT_DB_ALIAS].cursor() as cursor:
        # The query has percent signs of its own; without parameters nothing looks for them.
        cursor.execute(task.option("catalogueQuery"))
        return cursor.fetchone()[0]


def base(task):
    """Makes the databases of this state of the project; they stay for those who copy them."""
    databases.require()
    mine = databases.names_for(task, "base")
    databases.create(mine)
    databases.use(mine)
    for alias in mine:
        if not _from_empty(task, alias):
            return task.end("the migrations of the base state do not run")
    loader = MigrationLoader(None, ignore_no_migrations=True)
    task.say(databases=mine, migrations=[list(key) for key in loader.disk_migrations])
    return task.end()
