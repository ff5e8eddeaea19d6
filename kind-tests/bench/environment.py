"""The Python environment of the replaced design, and the vocabulary it counts tokens with."""

from __future__ import annotations

import importlib.util
import os
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

HERE = Path(__file__).resolve().parent
REPOSITORY = HERE.parent.parent

Say = Callable[[str], None]


class EnvironmentFailure(Exception):
    """Something that cannot be installed, in a sentence that says what to do."""


@dataclass(frozen=True)
class PythonEnvironment:
    """A Python with the libraries of `requirements.txt`."""

    python: Path
    #: Where `tiktoken` finds its vocabulary before it would ask the network.
    vocabulary: Path

    def variables(self) -> dict[str, str]:
        """The environment variables of its programs: nothing of the caller's but what programs need to run at all."""
        kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG", "TMPDIR") if name in os.environ}
        return {**kept, "TIKTOKEN_CACHE_DIR": str(self.vocabulary), "PYTHONUNBUFFERED": "1"}


def cache(name: str = "bench-throughput") -> Path:
    """The folder that later runs find again, of the program with the name."""
    home = os.environ.get("SOCRATE_CACHE") or Path.home() / ".cache" / "socrate-encoder"
    return Path(home) / name


def prepare(say: Say) -> PythonEnvironment:
    """Installs what is missing; the second time it is a look at files.

    The encoder's own bench knows how: one list of how packages are installed and where the vocabulary comes from is enough.
    """
    install = encoders_installer()
    folder = cache()
    try:
        python = install.environment_with(HERE / "requirements.txt", folder / "python", say)
        install.install_vocabulary(folder / "vocabulary", say)
    except install.InstallError as error:
        raise EnvironmentFailure(str(error)) from error
    return PythonEnvironment(python, folder / "vocabulary")


def encoders_installer() -> ModuleType:
    """The module `install` of the encoder's bench, under another name than the modules here could have."""
    path = REPOSITORY / "encoder-job" / "bench" / "install.py"
    name = "encoder_bench_install"
    if name in sys.modules:
        return sys.modules[name]
    specification = importlib.util.spec_from_file_location(name, path)
    if specification is None or specification.loader is None:
        raise EnvironmentFailure(f"{path} is missing: take the repository whole")
    module = importlib.util.module_from_spec(specification)
    sys.modules[name] = module
    specification.loader.exec_module(module)
    return module
