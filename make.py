"""The commands of this site by name, on any platform: python make.py."""
# A Python that is too old must be able to read this file, to be told so:
# hence no f-strings, types in comments, and some imports inside functions.
# ruff: noqa: PLC0415, RUF005, SIM905, UP031

import hashlib
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile

HELP = """\
make serve                the site, rebuilt as you write (PORT=8001)
make test                 every check (ARGS="-k links": some)
make record NAME=pooling  what that snippet prints and draws, kept
make robust NAME=pooling  that snippet with other seeds, threads, machines
make notebooks            the notebooks of the studies, run and kept
make cards                what is shown where somebody shares a page
make bench                how long things take
make bench-pages          what pages weigh and how fast they are
make build                the site as files, in site/
make offline              the site as a zip that opens from a disk
make screenshots          pictures of every page, in .cache/screenshots
make browser              a Chromium for the tests that need one
make lock                 the newest versions, into requirements.txt
Without make: python make.py serve --port 8001, python make.py test, ...
"""
TOOLS = {
    "serve": ["mkdocs", "serve", "--livereload", "--dev-addr"],
    "test": ["pytest"],
    "record": ["chain.record"],
    "robust": ["chain.robust"],
    "notebooks": ["chain.notebooks"],
    "cards": ["chain.cards"],
    "bench": ["chain.bench"],
    "bench-pages": ["chain.pages"],
    "build": ["mkdocs", "build", "--strict"],
    "offline": ["chain.offline"],
    "screenshots": ["chain.screenshots"],
    "browser": ["playwright", "install", "chromium"],
}
COMMANDS = list(TOOLS) + ["lock"]
ROOT = os.path.dirname(os.path.realpath(__file__))
CACHE = os.path.join(ROOT, ".cache")
VENV = os.path.join(ROOT, ".venv")
STAMP = os.path.join(VENV, "made-from")
# A package without a wheel would be compiled for minutes, and then fail.
PIP = (
    "-m pip install --only-binary :all: --retries 2 --timeout 15 --no-input"
    " --progress-bar off --disable-pip-version-check"
).split()
COMPILE = (
    "-m uv pip compile requirements.in --universal --python-version 3.11"
    " --fork-strategy fewest --generate-hashes --upgrade -o requirements.txt"
).split()
# What pip and uv print, and what it means; a cause stands above its effects.
CAUSES = [
    (r"NOT MATCH THE HASHES.*\s+(\S+)", r"\1 is not what the hash promises"),
    (r"No space left on device", "the disk is full"),
    (r"Retrying|Request failed", "the package index cannot be reached"),
    (
        r"No matching distribution found for (\S+)",
        r"\1 has no wheel for Python %s on %s"
        % (sys.version.split()[0], sys.platform),
    ),
    (r"(?im)^error: (.+)", r"\1"),
    (r"(.+)\s*\Z", r"\1"),
]


def say(sentence):
    # type: (str) -> None
    """Tell the reader what no tool tells."""
    sys.stderr.write(sentence + "\n")


def too_old(version):
    # type: (tuple[int, ...]) -> str
    """Why this version of Python is not enough, if it is not."""
    if version >= (3, 11):
        return ""
    return (
        "Python 3.11 or newer is needed, and this is %s: name another one,"
        " as in `make PYTHON=python3.12 test` or `python3.12 make.py test`."
        % ".".join(map(str, version))
    )


def run(command, cwd=ROOT, log=None):
    # type: (list[str], str, int | None) -> int
    """Run a program to its end, and return its exit status."""
    child = subprocess.Popen(command, cwd=cwd, stdout=log, stderr=log)
    try:
        status = child.wait()
    except KeyboardInterrupt:  # the program got it too
        status = child.wait()
        if log is not None:
            raise
    except SystemExit:  # SIGTERM, which the program did not get
        child.terminate()
        child.wait()
        raise
    return status if status >= 0 else 128 - status


def run_quietly(commands, cwd, log, failure):
    # type: (list[list[str]], str, str, str) -> None
    """Run programs, their output in a file that is named if one fails."""
    path = os.path.join(CACHE, log)
    with open(path, "wb") as output:
        if not any(run(words, cwd, output.fileno()) for words in commands):
            return
    with open(path, errors="replace") as output:
        said = output.read()
    if shutil.disk_usage(CACHE).free < 1e6:  # so that they could say nothing
        said += "No space left on device"
    cause = "it did not say why"
    for pattern, meaning in CAUSES:
        found = list(re.finditer(pattern, said))
        if found:
            cause = found[-1].expand(meaning)
            break
    sys.exit("%s: %s (details in %s)." % (failure, cause, path))


def python(venv):
    # type: (str) -> str
    """The interpreter in a virtual environment."""
    if sys.platform == "win32":
        return os.path.join(venv, "Scripts", "python.exe")
    return os.path.join(venv, "bin", "python")


def install(venv, packages):
    # type: (str, list[str]) -> list[list[str]]
    """The commands that make a virtual environment with these packages."""
    import importlib.util

    if importlib.util.find_spec("ensurepip") is None:
        sys.exit(
            "This Python cannot make a virtual environment: install what it"
            " lacks (Debian, Ubuntu: `apt install python3.%d-venv`) and try"
            " again." % sys.version_info[1]
        )
    # Run by the Python in .venv, it needs the one behind it: .venv is to go.
    base = getattr(sys, "_base_executable", sys.executable)
    return [[base, "-m", "venv", venv], [python(venv)] + PIP + packages]


def remove_venv():
    # type: () -> None
    """Remove .venv at once, so that nothing ever finds half of it."""
    old = os.path.join(CACHE, "old")
    shutil.rmtree(old, ignore_errors=True)
    if os.path.lexists(VENV):
        os.mkdir(old)
        os.rename(VENV, os.path.join(old, "venv"))
        shutil.rmtree(old, ignore_errors=True)


def make_venv(source):
    # type: (str) -> None
    """Make .venv anew; leave none if that fails."""
    pins = ["--require-hashes", "-r", "requirements.txt"]
    commands = install(VENV, pins)
    say("Installing the pinned packages into .venv (minutes, but once) ...")
    remove_venv()
    try:
        run_quietly(commands, ROOT, "install.log", "Nothing is installed")
        with open(STAMP, "w") as stamp:
            stamp.write(source)
    except BaseException:
        remove_venv()
        raise


def is_made(source):
    # type: (str) -> bool
    """Whether .venv is whole, and made from this."""
    try:
        with open(STAMP) as stamp:
            return stamp.read() == source and os.path.exists(python(VENV))
    except OSError:
        return False


def hold(lock, alone):
    # type: (int, bool) -> None
    """Wait for the run that makes .venv, or, `alone`, for all that use it."""
    if sys.platform == "win32":
        import msvcrt

        while alone:  # use needs no lock there: what runs can't be removed
            try:
                msvcrt.locking(lock, msvcrt.LK_LOCK, 1)
                alone = False
            except OSError:  # after ten seconds
                say("Waiting for another run that makes .venv ...")
    else:
        import fcntl

        kind = fcntl.LOCK_EX if alone else fcntl.LOCK_SH
        try:
            fcntl.flock(lock, kind | fcntl.LOCK_NB)
        except BlockingIOError:
            does = "uses" if alone else "makes"
            say("Waiting for another run that %s .venv ..." % does)
            fcntl.flock(lock, kind)


def prepare():
    # type: () -> None
    """Have a .venv that fits, and keep other runs from replacing it."""
    with open(os.path.join(ROOT, "requirements.txt"), "rb") as pins:
        facts = (pins.read(), sys.version_info[:3], sys.base_prefix, ROOT)
    source = hashlib.sha256(repr(facts).encode()).hexdigest()
    # Never closed: the lock ends with this process, however it ends.
    lock = os.open(os.path.join(CACHE, "lock"), os.O_RDWR | os.O_CREAT)
    hold(lock, alone=False)
    while not is_made(source):
        hold(lock, alone=True)
        if not is_made(source):
            make_venv(source)
        hold(lock, alone=False)


def lock():
    # type: () -> None
    """Write the newest versions that fit together to requirements.txt."""
    folder = tempfile.mkdtemp(dir=CACHE)
    venv = os.path.join(folder, "uv")
    commands = install(venv, ["uv"]) + [[python(venv)] + COMPILE]
    say("Asking for the newest versions that fit together ...")
    try:
        shutil.copy(os.path.join(ROOT, "requirements.in"), folder)
        run_quietly(commands, folder, "lock.log", "The lock stays as it was")
        new = os.path.join(folder, "requirements.txt")
        os.replace(new, os.path.join(ROOT, "requirements.txt"))
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def address(args):
    # type: (list[str]) -> str
    """Where to serve the site, if that is free."""
    words = " ".join(args).replace("=", " ").split()
    words = words or ["--port", os.environ.get("PORT") or "8000"]
    port = words[-1]
    how = "`make serve PORT=8001` or `python make.py serve --port 8001`"
    if words[:-1] != ["--port"] or not port.isdigit():
        sys.exit("The port must be a number, as in %s." % how)
    probe = socket.socket()
    try:
        if sys.platform != "win32":  # there it would share a taken port
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        probe.bind(("127.0.0.1", int(port)))
    except (OSError, OverflowError) as error:
        why = getattr(error, "strerror", None) or error
        sys.exit("Port %s: %s. Choose another, as in %s." % (port, why, how))
    finally:
        probe.close()
    return "127.0.0.1:" + port


def main(args):
    # type: (list[str]) -> int
    """Do what the first word says, with the words after it."""
    problem = too_old(sys.version_info[:3])
    if problem:
        sys.exit(problem)
    if not args or args[0] in ("-h", "--help"):
        sys.stdout.write(HELP)
        return 0
    command, args = args[0], args[1:]
    if command not in COMMANDS:
        known = ", ".join(COMMANDS)
        sys.exit("There is no command `%s`, only: %s." % (command, known))
    if command == "lock" and args:
        sys.exit("`lock` takes no further words.")
    if command == "serve":
        args = [address(args)]  # before the long wait
    os.makedirs(CACHE, exist_ok=True)
    if command == "lock":
        lock()
        return 0
    prepare()
    os.environ["NO_MKDOCS_2_WARNING"] = "1"
    return run([python(VENV), "-m"] + TOOLS[command] + args)


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    try:
        sys.exit(main(sys.argv[1:]))
    except KeyboardInterrupt:
        say("Stopped.")
        sys.exit(130)
    except OSError as error:
        sys.exit("make.py cannot go on: %s." % error)
