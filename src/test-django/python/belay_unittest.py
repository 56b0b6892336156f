"""Reports the tests of unittest and of Django's runner, beside whatever the project reports by itself."""

import inspect
import time
import traceback
import unittest

import belay_places
from belay_events import tell

_started = {}
_state = {}


def listen():
    """Every kind of result stands on unittest.TestResult, those of Django's parallel workers too."""
    result = unittest.TestResult
    _around(result, "startTest", _start)
    _around(result, "stopTest", _stop)
    _around(result, "addError", lambda test, error: _failed(test, error))
    _around(result, "addFailure", lambda test, error: _failed(test, error))
    _around(result, "addSubTest", lambda test, subtest, error: error and _failed(test, error, subtest))
    _around(result, "addSkip", lambda test, reason: _set(test, "skipped", str(reason)))
    _around(result, "addUnexpectedSuccess", lambda test: _set(test, "failed", "passed, and was expected to fail"))
    _around(result, "stopTestRun", lambda: tell("done"))


def _around(result, name, also):
    method = getattr(result, name)

    def wrapped(self, *words, **more):
        also(*words)
        return method(self, *words, **more)

    wrapped.__name__ = name
    setattr(result, name, wrapped)


def _start(test):
    _started[test.id()] = time.perf_counter()
    _state[test.id()] = ("passed", "", "", {})
    tell("start", **_who(test))


def _stop(test):
    outcome, message, detail, place = _state.pop(test.id(), ("passed", "", "", {}))
    begun = _started.pop(test.id(), None)
    took = 0 if begun is None else (time.perf_counter() - begun) * 1000
    tell("end", **_who(test), outcome=outcome, durationMs=took, message=message, detail=detail, **place)


def _failed(test, error, subtest=None):
    kind, value, trace = error
    if _is_import(test):
        _set(test, "failed", _last_line(value), str(value), _where(belay_places.of_traceback(str(value))))
        return
    message = f"{kind.__name__}: {value}" if str(value) else kind.__name__
    if subtest is not None:
        message = f"{subtest._subDescription()} {message}"
    detail = "".join(traceback.format_exception(kind, value, trace))
    place = _where(belay_places.of_exception(value))
    if test.id() in _started:
        _set(test, "failed", message, detail, place)
    else:
        # setUpClass and setUpModule fail without any test that began.
        who = {"id": test.id(), "name": test.id()}
        tell("end", **who, outcome="failed", durationMs=0, message=message, detail=detail, **place)


def _is_import(test):
    """Whether it stands for a module that unittest could not import; its error holds the traceback of that as text."""
    return type(test).__module__ == "unittest.loader" and type(test).__name__ == "_FailedTest"


def _last_line(error):
    return f"it cannot be imported: {str(error).strip().splitlines()[-1].strip()}"


def _set(test, outcome, message, detail="", place=None):
    # What failed first says most; a test that failed stays so.
    if _state.get(test.id(), ("",))[0] != "failed":
        _state[test.id()] = (outcome, message, detail, place or {})


def _where(place):
    return {"failedFile": place["file"], "failedLine": place["line"]} if place else {}


def _who(test):
    who = {"id": test.id(), "name": test.id().replace("unittest.loader._FailedTest.", "", 1)}
    method = getattr(test, getattr(test, "_testMethodName", ""), None)
    code = getattr(inspect.unwrap(method), "__code__", None) if callable(method) else None
    if code is not None and belay_places.is_own(code.co_filename):
        who.update(file=code.co_filename, line=code.co_firstlineno)
    return who
