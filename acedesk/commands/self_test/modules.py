"""Whether every module of the program is there and can be imported.

In a frozen program there are no files to look at: the import system lists what was packed, and the
code of what was imported names what else is imported later.
"""

import dis
import importlib
import importlib.util
import pkgutil
import sys
import types
from collections.abc import Iterator
from typing import Final

import acedesk
from acedesk.doctor.finding import Finding, Level

NAME: Final = "Modules"
# It runs the program when it is the main module, and nothing imports it.
_MAIN: Final = "acedesk.__main__"
# Each system has its own keyring, and the library of the other is not installed.
_OF_OTHER_SYSTEM: Final = "acedesk.store.keyring." + (
    "secret_service" if sys.platform in ("win32", "darwin") else "credential_stores"
)
# What the program does without: faults of the demo engine and the export of spans, which packages
# leave out, and what not every system has.
_OPTIONAL: Final = (
    *("acedesk.demo.fault_injection.", "opentelemetry", _OF_OTHER_SYSTEM),
    *(f"{name}:" for name in ("fcntl", "grp", "msvcrt", "pwd", "resource", "termios")),
    *(f"{name}:" for name in ("uvloop", "winreg")),
)
_IMPORT: Final = dis.opmap["IMPORT_NAME"]


def check_modules(package: types.ModuleType = acedesk) -> Finding:
    """Import all modules of a package, and look for those they would import later.

    Among these are modules of others: what builds a program may have overlooked or left them out.
    """
    names = [name for name in module_names(package) if name not in (_MAIN, _OF_OTHER_SYSTEM)]
    problems = [problem for name in names if (problem := import_problem(name))]
    if not problems:
        wanted = {one for name in names for one in imported_names(name)}
        problems = [
            f"{one} is missing"
            for one in sorted(wanted)
            if not one.startswith(_OPTIONAL) and not is_there(*one.split(":"))
        ]
    if problems:
        return Finding(NAME, Level.FAIL, "; ".join(problems))
    return Finding(NAME, Level.PASS, f"All {len(names)} modules can be imported.")


def module_names(package: types.ModuleType) -> list[str]:
    """Return the names of a package and of everything in it."""
    inside = pkgutil.walk_packages(
        package.__path__, prefix=f"{package.__name__}.", onerror=lambda _name: None
    )
    return [package.__name__, *(found.name for found in inside)]


def import_problem(name: str) -> str:
    """Return why a module cannot be imported, "" when it can."""
    try:
        importlib.import_module(name)
    except Exception as exc:  # noqa: BLE001 - whatever a broken module raises is what is wrong
        return f"{name}: {' '.join(str(exc).split()) or type(exc).__name__}"
    return ""


def imported_names(name: str) -> Iterator[str]:
    """Yield "module:name" for each import in the functions of a module.

    Those outside of functions were tried when it was imported.
    """
    spec = sys.modules[name].__spec__
    get_code = getattr(spec.loader if spec is not None else None, "get_code", None)
    code = get_code(name) if get_code is not None else None
    waiting = _functions_of(code) if code is not None else []
    while waiting:
        part = waiting.pop()
        waiting += _functions_of(part)
        if _IMPORT in part.co_code[::2]:
            yield from _imports_of(part)


def _functions_of(code: types.CodeType) -> list[types.CodeType]:
    return [one for one in code.co_consts if isinstance(one, types.CodeType)]


def _imports_of(code: types.CodeType) -> Iterator[str]:
    module = ""
    for step in dis.get_instructions(code):
        if step.opname == "IMPORT_NAME":
            module = str(step.argval)
            yield f"{module}:"
        elif step.opname == "IMPORT_FROM":
            yield f"{module}:{step.argval}"


def is_there(module: str, name: str = "") -> bool:
    """Tell whether a module is there, and has the name or a module of it."""
    try:
        if not name or hasattr(importlib.import_module(module), name):
            return bool(module in sys.modules or importlib.util.find_spec(module))
        return importlib.util.find_spec(f"{module}.{name}") is not None
    except ImportError:
        return False
