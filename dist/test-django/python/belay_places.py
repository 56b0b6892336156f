"""Where in the project something stands: files from the folder of the project, lines from 1 on."""

import ast
import inspect
import os
import re
import sysconfig
import traceback

_HERE = os.path.realpath(os.path.dirname(os.path.abspath(__file__)))
_ROOT = os.path.realpath(os.environ.get("BELAY_ROOT") or os.getcwd())
_LIBRARIES = tuple(
    {
        os.path.realpath(path)
        for name in ("stdlib", "platstdlib", "purelib", "platlib")
        for path in [sysconfig.get_paths().get(name)]
        if path
    }
)
_FOREIGN = ("site-packages", "dist-packages", "node_modules")


def is_own(path):
    """Whether the file is the project's own, and not a library's or ours."""
    if not path or path.startswith("<"):
        return False
    real = os.path.realpath(path)
    if not real.startswith(_ROOT + os.sep) or any(part in _FOREIGN for part in real.split(os.sep)):
        return False
    # A project may lie below a library's folder, but then not the other way round.
    return not any(
        real.startswith(library + os.sep) and not _ROOT.startswith(library + os.sep)
        for library in (*_LIBRARIES, _HERE)
    )


def of_exception(error):
    """The innermost line of the project that led to the exception."""
    if isinstance(error, SyntaxError) and is_own(error.filename):
        return {"file": error.filename, "line": error.lineno or 1}
    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if is_own(frame.filename)]
    if frames:
        return {"file": frames[-1].filename, "line": frames[-1].lineno or 1}
    cause = error.__cause__ or error.__context__
    return of_exception(cause) if cause is not None else {}


def of_traceback(text):
    """The innermost line of the project in a traceback that is there as text alone."""
    lines = [(file, int(line)) for file, line in re.findall(r'File "(.+?)", line (\d+)', text)]
    own = [{"file": file, "line": line} for file, line in lines if is_own(file)]
    return own[-1] if own else {}


def of_object(thing):
    """The line of a class, a function or a model's field."""
    model = getattr(thing, "model", None)
    if model is not None and hasattr(thing, "attname"):
        return _of_field(thing, model)
    try:
        target = thing if inspect.isclass(thing) or inspect.isroutine(thing) else type(thing)
        path = inspect.getsourcefile(target)
        if not is_own(path):
            return {}
        return {"file": path, "line": inspect.getsourcelines(target)[1]}
    except (TypeError, OSError):
        return {}


def _of_field(field, model):
    place = of_object(model)
    if not place:
        return {}
    lines = inspect.getsourcelines(model)[0]
    for number, line in enumerate(lines):
        if line.strip().startswith((field.name + " ", field.name + "=", field.name + ":")):
            return {"file": place["file"], "line": place["line"] + number}
    return place


def of_operation(migration, number):
    """The line of the migration's operation with that number, from 0 on."""
    path = inspect.getsourcefile(type(migration))
    if not is_own(path):
        return {}
    try:
        with open(path, encoding="utf-8") as file:
            tree = ast.parse(file.read())
    except (OSError, SyntaxError, UnicodeDecodeError):
        return {"file": path, "line": 1}
    for node in ast.walk(tree):
        named = isinstance(node, ast.Assign) and any(
            isinstance(target, ast.Name) and target.id == "operations" for target in node.targets
        )
        if named and isinstance(node.value, ast.List) and number < len(node.value.elts):
            return {"file": path, "line": node.value.elts[number].lineno}
    return {"file": path, "line": 1}


def of_migration(migration):
    path = inspect.getsourcefile(type(migration))
    return {"file": path, "line": 1} if is_own(path) else {}
