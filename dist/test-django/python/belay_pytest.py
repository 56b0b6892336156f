"""Reports the tests of pytest, beside whatever the project reports by itself.

pytest loads it because PYTEST_PLUGINS names it. Under xdist the workers stay silent: the one that started them
hears of every test.
"""

import os
import re

import belay_places
from belay_events import tell

_RETRIED = ("rerun", "retried")
_root = ""
_attempts = {}
_phases = {}


def _speaks():
    return "PYTEST_XDIST_WORKER" not in os.environ


def pytest_configure(config):
    global _root
    _root = str(config.rootpath)


def pytest_collection_finish(session):
    if _speaks():
        tell("found", count=len(session.items))


def pytest_collectreport(report):
    if _speaks() and report.failed:
        message = _message(report)
        where = {"file": os.path.join(_root, report.fspath)} if getattr(report, "fspath", "") else {}
        who = {"id": report.nodeid, "name": report.nodeid, **where}
        tell("end", **who, outcome="failed", durationMs=0, message=message, detail=report.longreprtext, **_where(report))


def pytest_runtest_logstart(nodeid, location):
    if _speaks():
        tell("start", **_who(nodeid, location))


def pytest_runtest_logreport(report):
    if not _speaks():
        return
    phases = _phases.setdefault(report.nodeid, [])
    phases.append(report)
    if report.outcome in _RETRIED:
        _end(report.nodeid, report.location, "failed")


def pytest_runtest_logfinish(nodeid, location):
    if not _speaks():
        return
    outcomes = [report.outcome for report in _phases.get(nodeid, [])]
    if not outcomes:
        return
    outcome = "failed" if "failed" in outcomes else "skipped" if "skipped" in outcomes else "passed"
    _end(nodeid, location, outcome)


def pytest_sessionfinish():
    if _speaks():
        tell("done")


def _end(nodeid, location, outcome):
    phases = _phases.pop(nodeid, [])
    attempt = _attempts.get(nodeid, 0) + 1
    _attempts[nodeid] = attempt
    took = sum(report.duration for report in phases) * 1000
    told = [report for report in phases if report.outcome in ("failed", "skipped", *_RETRIED)]
    more = {}
    if told and outcome != "passed":
        more = {"message": _message(told[0]), **_where(told[0])}
        if outcome == "failed":
            more["detail"] = told[0].longreprtext
    tell("end", **_who(nodeid, location), outcome=outcome, durationMs=took, attempt=attempt, **more)


def _who(nodeid, location):
    path, line, _ = location
    full = os.path.join(_root, path)
    place = {"file": full, **({} if line is None else {"line": line + 1})} if belay_places.is_own(full) else {}
    return {"id": nodeid, "name": nodeid, **place}


def _message(report):
    longrepr = report.longrepr
    if isinstance(longrepr, tuple):
        return str(longrepr[2])
    crash = getattr(longrepr, "reprcrash", None)
    if crash is not None:
        return crash.message
    lines = [line for line in report.longreprtext.splitlines() if line.strip()]
    # What pytest marks with E is the error itself.
    return re.sub(r"^E\s+", "", lines[-1]) if lines else report.outcome


def _where(report):
    """The innermost line of the project's own code."""
    trace = getattr(report.longrepr, "reprtraceback", None)
    for entry in reversed(getattr(trace, "reprentries", [])):
        location = getattr(entry, "reprfileloc", None)
        if location is not None:
            path = os.path.join(_root, location.path)
            if belay_places.is_own(path):
                return {"failedFile": path, "failedLine": location.lineno}
    # A file that cannot be collected has its trace as text only.
    for line in reversed(report.longreprtext.splitlines()):
        found = re.match(r"(\S.*?):(\d+): in ", line)
        if found and belay_places.is_own(os.path.join(_root, found.group(1))):
            return {"failedFile": os.path.join(_root, found.group(1)), "failedLine": int(found.group(2))}
    return {}
