"""make.py prepares .venv once, mends it, and says what it cannot do."""

from __future__ import annotations

import hashlib
import importlib.util
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

import make

ROOT = Path(__file__).parent.parent
# Of pip only what a test sets: nobody's own index or options.
ENVIRONMENT = {
    name: value
    for name, value in os.environ.items()
    if not name.startswith("PIP_") and name != "PORT"
} | {"PIP_CONFIG_FILE": os.devnull}
INSTALLING = "Installing the pinned packages into .venv"
NO_MAKE = sys.platform == "win32" or not shutil.which("make")


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A project with make.py, and a lock that pins one made-up package."""
    root = tmp_path / "미친 check-out"
    root.mkdir()
    shutil.copy(ROOT / "make.py", root)
    wheel = tmp_path / "tiny-1-py3-none-any.whl"
    with zipfile.ZipFile(wheel, "w") as files:
        for name, text in {
            "tiny.py": "",
            "tiny-1.dist-info/METADATA": "Name: tiny\nVersion: 1\n",
            "tiny-1.dist-info/WHEEL": "Wheel-Version: 1.0\nTag: py3-none-any",
            "tiny-1.dist-info/RECORD": "tiny.py,,\n",
        }.items():
            files.writestr(name, text)
    digest = hashlib.sha256(wheel.read_bytes()).hexdigest()
    (root / "requirements.txt").write_text(
        f"tiny==1 --hash=sha256:{digest}\n", encoding="utf-8"
    )
    (root / "chain").mkdir()
    (root / "chain" / "record.py").write_text(
        "import sys, tiny\nprint(sys.argv[1:])\nsys.exit(7)\n",
        encoding="utf-8",
    )
    return root


def start(
    checkout: Path, *words: str, **settings: str
) -> subprocess.Popen[str]:
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        # A shell's background job ignores Ctrl-C, and so would its children.
        signal.signal(signal.SIGINT, signal.default_int_handler)
    return subprocess.Popen(
        [sys.executable, "make.py", *words],
        cwd=checkout,
        env=ENVIRONMENT
        | {"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": str(checkout.parent)}
        | settings,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,  # Ctrl-C goes to a whole session
    )


def refused(checkout: Path, *words: str, **settings: str) -> str:
    """What make.py says before it gives up, in one line."""
    process = start(checkout, *words, **settings)
    output, said = process.communicate(timeout=120)
    assert process.returncode == 1, said
    assert output == ""
    *_, last = lines = said.splitlines()
    assert lines[:-1] in ([], [f"{INSTALLING} (minutes, but once) ..."])
    return last


@pytest.mark.parametrize(
    ("version", "enough"),
    [
        ((2, 7, 18), False),
        ((3, 9, 25), False),
        ((3, 10, 99), False),
        ((3, 11, 0), True),
        ((3, 14, 2), True),
        ((4, 0, 0), True),
    ],
)
def test_the_oldest_python(version: tuple[int, ...], enough: bool) -> None:
    assert (make.too_old(version) == "") is enough


def old_pythons() -> list[str]:
    found = [shutil.which(f"python{v}") for v in ("2.7", "3.6", "3.9")]
    pyenv = Path.home() / ".pyenv" / "versions"
    found += [str(p) for p in pyenv.glob("*/bin/python")]
    # What is there may be a mere stand-in for one that is not.
    old = ["-c", "import sys; sys.exit(sys.version_info >= (3, 11))"]
    return [
        python
        for python in found
        if python
        and not subprocess.call([python, *old], stderr=subprocess.DEVNULL)
    ]


def test_an_old_python_is_told_so(checkout: Path) -> None:
    pythons = old_pythons()
    if not pythons:
        pytest.skip("no Python older than 3.11 here")
    for python in pythons:
        run = subprocess.run(
            [python, "make.py", "test"],
            cwd=checkout,
            capture_output=True,
            text=True,
            check=False,
        )
        assert run.returncode == 1
        assert re.fullmatch(
            r"Python 3\.11 or newer is needed, and this is [\d.]+: .*\n",
            run.stderr,
        )
    assert not (checkout / ".cache").exists()


def test_the_commands_have_one_list(checkout: Path) -> None:
    said = refused(checkout, "tset")
    assert said.startswith("There is no command `tset`, only: ")
    names = set(make.COMMANDS)
    assert set(re.findall(r"(?m)^make ([\w-]+)", make.HELP)) == names
    makefile = (ROOT / "Makefile").read_text("utf-8")
    makefile = makefile.replace("\\\n", "")
    [listed] = re.findall(r"(?m)^COMMANDS := (.*)", makefile)
    assert set(listed.split()) == names


def test_a_port_that_is_taken(checkout: Path) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = str(other.getsockname()[1])
        said = refused(checkout, "serve", PORT=port)
        assert said.startswith(f"Port {port}: ")
        assert "PORT=8001" in said
        assert refused(checkout, "serve", "--port", port) == said
        assert refused(checkout, "serve", f"--port={port}") == said
    assert "8001" in refused(checkout, "serve", "--port", "http")
    assert "0-65535" in refused(checkout, "serve", "--port", "70000")
    assert not (checkout / ".cache").exists()


@pytest.mark.skipif(NO_MAKE, reason="no make here")
def test_no_python_for_make(checkout: Path) -> None:
    shutil.copy(ROOT / "Makefile", checkout)
    run = subprocess.run(
        ["make", "PYTHON=python9", "test"],
        cwd=checkout,
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 2
    assert run.stderr.startswith("There is no python9: ")


@pytest.mark.skipif(NO_MAKE, reason="no make here")
def test_a_name_is_asked_for_by_hand() -> None:
    def would_run(*words: str) -> str:
        return subprocess.run(
            ["make", "--dry-run", "record", *words],
            cwd=ROOT,
            env=ENVIRONMENT | {"NAME": "the-host"},
            capture_output=True,
            text=True,
            check=True,
        ).stdout

    assert "the-host" not in would_run()
    assert "make.py record pooling" in would_run("NAME=pooling")


def test_two_first_runs_at_once(checkout: Path) -> None:
    runs = [start(checkout, "record", "a b", "-x") for _ in range(2)]
    said = []
    for run in runs:
        output, errors = run.communicate(timeout=120)
        assert (run.returncode, output) == (7, "['a b', '-x']\n"), errors
        said.append(errors)
    assert "".join(said).count(INSTALLING) == 1
    again = start(checkout, "record")
    assert again.communicate(timeout=60) == ("[]\n", "")


def test_an_index_out_of_reach(checkout: Path) -> None:
    (checkout / ".venv").mkdir()  # half-made by a run that was killed
    (checkout / ".venv" / "pyvenv.cfg").touch()
    said = refused(
        checkout,
        "test",
        PIP_NO_INDEX="",
        PIP_FIND_LINKS="",
        PIP_INDEX_URL="http://127.0.0.1:9/simple",
    )
    log = checkout / ".cache" / "install.log"
    assert said.startswith(
        "Nothing is installed: the package index cannot be reached (details"
    )
    assert "Retrying" in log.read_text("utf-8")
    assert not (checkout / ".venv").exists()


def test_a_package_that_was_changed(checkout: Path) -> None:
    lock = checkout / "requirements.txt"
    lock.write_text(f"tiny==1 --hash=sha256:{'0' * 64}\n", encoding="utf-8")
    said = refused(checkout, "test")
    assert "tiny==1 is not what the hash promises" in said
    assert not (checkout / ".venv").exists()


def test_control_c_while_it_installs(checkout: Path) -> None:
    if sys.platform == "win32":
        pytest.skip("no signal there that is like Ctrl-C")
    run = start(checkout, "test")
    assert run.stderr is not None
    assert INSTALLING in run.stderr.readline()
    os.killpg(run.pid, signal.SIGINT)
    _, said = run.communicate(timeout=60)
    assert (run.returncode, said) == (130, "Stopped.\n")
    assert not (checkout / ".venv").exists()


def test_a_folder_that_cannot_be_written(checkout: Path) -> None:
    (checkout / ".cache").touch()  # root may write everywhere else
    assert refused(checkout, "test").startswith("make.py cannot go on: ")
    assert refused(checkout, "lock").startswith("make.py cannot go on: ")


@pytest.fixture
def inside(checkout: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The made-up project, for the functions of make.py themselves."""
    monkeypatch.setattr(make, "ROOT", str(checkout))
    for name, path in {
        "CACHE": ".cache",
        "VENV": ".venv",
        "STAMP": ".venv/made-from",
    }.items():
        monkeypatch.setattr(make, name, str(checkout / path))
    (checkout / ".cache").mkdir()
    return checkout


@pytest.mark.parametrize(
    ("printed", "cause"),
    [
        ("OSError: [Errno 28] No space left on device", "the disk is full"),
        (
            "WARNING: Retrying (Retry(total=1, ...\n"
            "ERROR: No matching distribution found for jax==1",
            "the package index cannot be reached",
        ),
        (
            "error: Request failed after 3 retries",
            "the package index cannot be reached",
        ),
        (
            "ERROR: Could not find a version\n"
            "ERROR: No matching distribution found for jax==1",
            f"jax==1 has no wheel for Python {sys.version.split()[0]}",
        ),
        ("ERROR: Hashes are required", "Hashes are required"),
        ("Collecting a\nERROR: first\nERROR: last\n", "last"),
        ("Segmentation fault", "Segmentation fault"),
        ("", "it did not say why"),
    ],
)
def test_why_it_failed(inside: Path, printed: str, cause: str) -> None:
    command = [
        sys.executable,
        "-c",
        f"import sys; sys.stdout.write({printed!r}); sys.exit(3)",
    ]
    with pytest.raises(SystemExit, match=re.escape(f"Sorry: {cause}")):
        make.run_quietly([command], str(inside), "log", "Sorry")


def test_a_python_without_venv(
    inside: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    (inside / ".venv").mkdir()
    with pytest.raises(SystemExit, match=r"apt install python3\.\d+-venv"):
        make.prepare()
    assert (inside / ".venv").exists()  # whatever it was, it is untouched


def test_what_makes_venv_anew(
    inside: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = []

    def make_venv(source: str) -> None:
        make.remove_venv()
        python = Path(make.python(make.VENV))
        python.parent.mkdir(parents=True)
        python.touch()
        Path(make.STAMP).write_text(source, encoding="utf-8")
        made.append(source)

    monkeypatch.setattr(make, "make_venv", make_venv)
    # Held until the process ends: a second time it would wait for itself.
    monkeypatch.setattr(make, "hold", lambda lock, alone: None)

    def prepared_anew() -> bool:
        before = len(made)
        make.prepare()
        after = len(made)
        make.prepare()
        assert len(made) == after
        return after > before

    assert prepared_anew()
    assert not prepared_anew()
    with (inside / "requirements.txt").open("a", encoding="utf-8") as lock:
        lock.write("# newer\n")
    assert prepared_anew()
    Path(make.python(make.VENV)).unlink()
    assert prepared_anew()
    Path(make.STAMP).unlink()  # written last, so an install was cut short
    assert prepared_anew()
    for name, value in {
        "version_info": (3, 99, 0),
        "base_prefix": "/another/python",
    }.items():
        with monkeypatch.context() as patch:
            patch.setattr(sys, name, value)
            assert prepared_anew()
    shutil.rmtree(make.VENV)
    Path(make.VENV).touch()
    assert prepared_anew()
    monkeypatch.setattr(make, "ROOT", str(inside.parent))  # moved
    shutil.copy(inside / "requirements.txt", inside.parent)
    assert prepared_anew()


def test_the_lock_pins_every_package_once() -> None:
    """Two versions of one package would give two sets of numbers."""
    lines = (ROOT / "requirements.txt").read_text("utf-8").splitlines()
    command = [word for word in make.COMPILE[1:] if word != "--upgrade"]
    assert lines[1] == "#    " + " ".join(command)
    pins = [line.split("==")[0] for line in lines if line[0].isalpha()]
    assert len(pins) == len(set(pins)) > 0
