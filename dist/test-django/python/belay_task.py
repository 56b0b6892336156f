"""What the action asks a check for, and what the check says: JSON in, one JSON object a line out."""

import json
import os
import sys
import traceback

import belay_places


class Task:
    """One check: its options, and the file that takes its findings as they are found."""

    def __init__(self, path):
        with open(path, encoding="utf-8") as file:
            self.options = json.load(file)
        self._out = os.open(self.options["out"], os.O_WRONLY | os.O_APPEND)
        self.errors = 0

    def option(self, name, default=None):
        return self.options.get(name, default)

    def say(self, **record):
        os.write(self._out, (json.dumps(record, default=str) + "\n").encode())

    def finding(self, level, message, place=None):
        if level == "error":
            self.errors += 1
        self.say(finding={"level": level, "message": str(message), **(place or {})})

    def error(self, message, place=None):
        self.finding("error", message, place)

    def warning(self, message, place=None):
        self.finding("warning", message, place)

    def exception(self, error, what):
        """An exception of the project's code as a finding; the whole trace goes to the log."""
        traceback.print_exception(type(error), error, error.__traceback__, file=sys.stderr)
        self.error(f"{what}: {describe(error)}", belay_places.of_exception(error))

    def end(self, reason=""):
        """The last word; without one the check has broken off."""
        self.say(status="failed" if self.errors else "passed", reason=reason)

    def skip(self, reason):
        self.say(status="skipped", reason=reason)


def describe(error):
    text = " ".join(str(error).split())
    name = type(error).__name__
    return f"{name}: {text}" if text else name
