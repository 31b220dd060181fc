"""Loads the programs of packaging/, which are no package: some have no ending either."""

import importlib.machinery
import importlib.util
import pathlib
import sys
from types import ModuleType

ROOT = pathlib.Path(__file__).resolve().parents[3]


def load(path: str) -> ModuleType:
    """Return a file below packaging/ as a module; its neighbours can be imported by it."""
    file = ROOT / "packaging" / path
    name = "packaging_" + path.replace("/", "_").replace("-", "_").removesuffix(".py")
    loader = importlib.machinery.SourceFileLoader(name, str(file))
    spec = importlib.util.spec_from_loader(name, loader)
    assert spec is not None
    module = importlib.util.module_from_spec(spec)
    before = list(sys.path)
    sys.path.insert(0, str(file.parent))
    sys.modules[name] = module  # dataclasses look for it there
    try:
        loader.exec_module(module)
    finally:
        sys.path[:] = before
    return module
