"""Lets every Python that a seed line starts use the scratch databases, whatever the settings name.

Python imports the first sitecustomize of its path by itself. The one that would have been found without us is
run as well.
"""

import importlib.abc
import importlib.machinery
import importlib.util
import json
import os
import sys

_here = os.path.dirname(os.path.abspath(__file__))


def _rename(module):
    names = json.loads(os.environ["BELAY_DATABASES"])
    handler = module.ConnectionHandler
    configure = handler.configure_settings

    def configure_settings(self, databases):
        databases = configure(self, databases)
        for alias, name in names.items():
            if alias in databases:
                databases[alias]["NAME"] = name
        return databases

    handler.configure_settings = configure_settings


class _After(importlib.abc.MetaPathFinder):
    """Does its work once django.db.utils has been loaded in the usual way."""

    def find_spec(self, name, path, target=None):
        if name != "django.db.utils":
            return None
        sys.meta_path.remove(self)
        spec = importlib.util.find_spec(name)
        load = spec.loader.exec_module

        def exec_module(module):
            load(module)
            _rename(module)

        spec.loader.exec_module = exec_module
        return spec


def _run_next():
    others = [path for path in sys.path if os.path.abspath(path or ".") != _here]
    spec = importlib.machinery.PathFinder.find_spec("sitecustomize", others)
    if spec is not None and spec.loader is not None:
        spec.loader.exec_module(importlib.util.module_from_spec(spec))


if os.environ.get("BELAY_DATABASES"):
    sys.meta_path.insert(0, _After())
_run_next()
