"""Runs one check in the project's own Python: driver.py CHECK TASK-FILE.

Everything before the check is the project's: its manage.py runs as it would for any command, so that its
settings, paths and environment files count; only the command is ours.
"""

import os
import runpy
import signal
import sys

_HERE = os.path.dirname(os.path.abspath(__file__))


def main():
    check, path = sys.argv[1], sys.argv[2]
    sys.path[:] = [os.getcwd(), *[entry for entry in sys.path if entry != _HERE], _HERE]
    if check == "test":
        return run_tests(path)
    # Ended from outside, a check still drops its database. A test would take this for its own failure.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    from belay_task import Task

    task = Task(path)
    try:
        through_manage(lambda: look(check, task), ["manage.py", check])
    except Exception as error:
        task.exception(error, "the project does not start" if not task.option("began") else "the check broke off")
        task.end("the check broke off")
    return 0


def look(check, task):
    import django

    django.setup()
    task.options["began"] = True
    import belay_checks
    import belay_migrations

    looks = {
        "system": belay_checks.system,
        "deploy": belay_checks.deploy,
        "database": belay_checks.database,
        "static": belay_checks.static,
        "clean": belay_checks.clean,
        "migrations": belay_migrations.missing,
        "migrate": belay_migrations.migrate,
        "reverse": belay_migrations.reverse,
        "compatible": belay_migrations.compatible,
        "base": belay_migrations.base,
    }
    looks[check](task)


def through_manage(body, argv):
    """Runs manage.py with `body` in place of Django's commands; without manage.py the settings must be named."""
    if not os.path.exists("manage.py"):
        return body()
    import django.core.management

    ran = []

    def instead(*_):
        ran.append(True)
        body()

    django.core.management.execute_from_command_line = instead
    sys.argv = argv
    runpy.run_path("manage.py", run_name="__main__")
    if not ran:
        raise RuntimeError("manage.py did not call execute_from_command_line")


def run_tests(path):
    """manage.py test, with our reporter beside the project's own."""
    import json

    import belay_unittest

    with open(path, encoding="utf-8") as file:
        words = json.load(file)["arguments"]
    belay_unittest.listen()
    sys.argv = ["manage.py", "test", *words]
    runpy.run_path("manage.py", run_name="__main__")
    return 0


if __name__ == "__main__":
    sys.exit(main())
