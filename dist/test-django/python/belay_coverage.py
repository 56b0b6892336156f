"""Writes coverage's configuration for a run of ours: the project's own, and what parallel runs need.

Prints one JSON object: the version of coverage, null where the project has none, and whether pytest-cov is there.
"""

import configparser
import importlib.util
import json
import sys

_KEPT = (
    ("run", "branch"),
    ("run", "cover_pylib"),
    ("run", "include"),
    ("run", "omit"),
    ("run", "plugins"),
    ("run", "source"),
    ("run", "source_pkgs"),
    ("report", "exclude_lines"),
    ("report", "partial_branches"),
)
_OMITTED = ["*/site-packages/*", "*/.venv/*", "*/venv/*", "*/migrations/*"]


def main(rcfile, data_file):
    if importlib.util.find_spec("coverage") is None:
        return {"version": None, "pytestCov": False}
    import coverage

    rc = configparser.ConfigParser(interpolation=None)
    settings = coverage.Coverage()
    for section, name in _KEPT:
        value = settings.get_option(f"{section}:{name}")
        if value:
            put(rc, section, name, value)
    if not rc.has_option("run", "source") and not rc.has_option("run", "source_pkgs"):
        put(rc, "run", "source", ["."])
        put(rc, "run", "omit", [*(settings.get_option("run:omit") or []), *_OMITTED])
    put(rc, "run", "data_file", data_file)
    put(rc, "run", "parallel", True)
    # A worker that ends without this leaves nothing: its tests would count as not measured.
    own = [one for one in settings.get_option("run:concurrency") or [] if one != "thread"]
    put(rc, "run", "concurrency", sorted({"multiprocessing", "thread", *own} if "gevent" not in own else own))
    if coverage.version_info >= (7, 10):
        put(rc, "run", "patch", ["subprocess"])
    with open(rcfile, "w", encoding="utf-8") as file:
        rc.write(file)
    return {"version": coverage.__version__, "pytestCov": importlib.util.find_spec("pytest_cov") is not None}


def put(rc, section, name, value):
    if not rc.has_section(section):
        rc.add_section(section)
    rc.set(section, name, "\n".join(["", *value]) if isinstance(value, (list, tuple, set)) else str(value))


if __name__ == "__main__":
    print(json.dumps(main(*sys.argv[1:3])))
