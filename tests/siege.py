"""Turns a user and a back-end into what every attack of the corpus gained there: nothing, or a list of faults, as JSON.

One warm judge a topic grades one attack after another, and after each of them an honest submission that also looks around.

    python tests/siege.py --backend bubblewrap --folder EMPTY --out FILE [--uid N] [--only NAME…]

With `--uid`, as root, everything runs as that user. Where Python or this checkout lies in a folder that is closed to others, a
private mount namespace opens the way to these two alone; the same makes Landlock usable as root.
"""

import argparse
import ctypes
import json
import os
import re
import resource
import shutil
import stat
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[1]
_CLONE_NEWNS, _MS_BIND, _MS_REC, _MS_PRIVATE, _MNT_DETACH = 0x20000, 4096, 16384, 1 << 18, 2
KEY = b"fortress key, 32 bytes of secret"
PATIENCE_S = 3.0
_BOX = re.compile(r"grader-box-\w+|\(\d+\)")


def main() -> int:
    """Set up the user and the way to Python, then start again as that user."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--backend", required=True)
    parser.add_argument("--folder", required=True, type=_absolute)
    parser.add_argument("--out", required=True, type=_absolute)
    parser.add_argument("--uid", type=int)
    parser.add_argument("--only", nargs="*")
    parser.add_argument("--begun", action="store_true")
    options = parser.parse_args()
    if not options.begun:
        if os.geteuid() == 0:
            open_the_way([Path(sys.prefix), Path(sys.base_prefix), CHECKOUT])
        if options.uid is not None and options.uid != os.geteuid():
            os.setgroups([])
            os.setresgid(options.uid, options.uid, options.uid)
            os.setresuid(options.uid, options.uid, options.uid)
        # From another folder now: paths as they were given would lead elsewhere, and of two options the last counts.
        words = [str(Path(__file__).resolve()), *sys.argv[1:], "--folder", str(options.folder), "--out", str(options.out)]
        os.chdir(options.folder)
        os.execve(sys.executable, [sys.executable, *words, "--begun"], _environment(options.folder))
    besiege(options)
    return 0


def _absolute(text: str) -> Path:
    return Path(text).resolve()


def open_the_way(paths: list[Path]) -> None:
    """Make `paths` reachable for every user, in a mount namespace of this process's own. `OSError` where that is refused."""
    tops: dict[Path, list[Path]] = {}
    for path in dict.fromkeys(path.resolve() for path in paths):
        top = next((folder for folder in reversed((path, *path.parents)) if not folder.stat().st_mode & stat.S_IXOTH), None)
        if top is not None:
            tops.setdefault(top, []).extend([path] if top != path else path.iterdir())
    if not tops:
        return
    _libc("unshare", _CLONE_NEWNS)
    _mount(None, "/", None, _MS_REC | _MS_PRIVATE, None)
    for top, wanted in tops.items():
        stage = Path(tempfile.mkdtemp())
        for number, path in enumerate(wanted):
            _make_like(path, stage / str(number))
            _mount(path, stage / str(number), None, _MS_BIND | _MS_REC, None)
        _mount("tmpfs", top, "tmpfs", 0, "mode=755")
        for number, path in enumerate(wanted):
            path.parent.mkdir(parents=True, exist_ok=True)
            _make_like(stage / str(number), path)
            _mount(stage / str(number), path, None, _MS_BIND | _MS_REC, None)
            _libc("umount2", os.fsencode(stage / str(number)), _MNT_DETACH)
        shutil.rmtree(stage)


def _make_like(model: Path, path: Path) -> None:
    path.mkdir() if model.is_dir() else path.touch()


def _mount(source: object, target: object, kind: str | None, flags: int, data: str | None) -> None:
    words = [None if word is None else os.fsencode(str(word)) for word in (source, target, kind)]
    _libc("mount", *words, ctypes.c_ulong(flags), None if data is None else data.encode())


def _libc(name: str, *arguments: object) -> None:
    library = ctypes.CDLL(None, use_errno=True)
    if getattr(library, name)(*arguments) != 0:
        raise OSError(ctypes.get_errno(), f"{name}: {os.strerror(ctypes.get_errno())}")


def _environment(folder: Path) -> dict[str, str]:
    """Return an environment without what measures coverage: the user may not write beside it, and the corpus is slow enough."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("COV", "PYTEST"))}
    rooms = {name: str(folder / name.lower()) for name in ("HOME", "TMPDIR")}
    for room in rooms.values():
        Path(room).mkdir(exist_ok=True)
    return kept | rooms | {"PYTHONPATH": str(CHECKOUT), "PYTHONDONTWRITEBYTECODE": "1"}


def besiege(options: argparse.Namespace) -> None:
    """Run the corpus and write what was found."""
    sys.path.insert(0, str(Path(__file__).parent))
    import corpus

    from grader.sandbox.backend import Backend, probe
    from grader.worker import confine

    confine.reap_orphans()  # whatever escapes from a box by orphaning itself becomes ours, and is seen
    backend = Backend(options.backend)
    if refusal := probe(backend):
        options.out.write_text(json.dumps({"refused": refusal.reason}))
        return
    shutil.copytree(corpus.COURSE, options.folder / "course", ignore=shutil.ignore_patterns("__pycache__"))
    if unknown := set(options.only or ()) - {attack.name for attack in corpus.attacks()}:
        raise SystemExit(f"There are no such attacks: {', '.join(sorted(unknown))}.")
    began_s, found = time.monotonic(), []
    for topic in ("fort", "race"):
        chosen = [a for a in corpus.attacks() if a.topic == topic and (a.name in options.only if options.only else not a.needs)]
        if chosen:
            with Siege(options.folder / "course", topic, backend) as siege:
                found += [siege.lay(attack) for attack in chosen]
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    report = {"attacks": found, "wall_s": time.monotonic() - began_s, "cpu_s": used.ru_utime + used.ru_stime}
    options.out.write_text(json.dumps(report, indent=1))


class Siege:
    """One warm judge of one topic, and how it and everything around it looks when nobody has attacked."""

    def __init__(self, root: Path, topic: str, backend: object) -> None:
        from grader.course import load_course
        from grader.runner import JudgeProcess

        self.course, self.topic = load_course(root), topic
        self.where = {str(backend), "root" if os.geteuid() == 0 else "user"}
        self.reference = (self.course.solution_dir(topic) / f"{topic}.py").read_text(encoding="utf-8")
        self.judge = JudgeProcess(self.course, topic, backend)
        self.honest = self.reference + _CENSUS
        self.full = self.grade(self.reference)
        if self.full.earned != 100:
            raise SystemExit(f"The reference is not worth full marks: {_told(self.full)}")
        census = self.grade(self.honest.replace("EXPECTED = {}", "EXPECTED = None"))
        seen = next(o.message for o in census.tests if o.id.startswith("public::"))
        self.honest = self.honest.replace("EXPECTED = {}", f"EXPECTED = {seen.rsplit('census ', 1)[1].split(' end')[0]}")
        if (again := self.grade(self.honest)).earned != 100:
            raise SystemExit(f"Two honest submissions do not find the same world: {_told(again)}")
        self.judge_pid = self.judge._process.pid
        self.around = self.look_around()

    def __enter__(self) -> "Siege":
        return self

    def __exit__(self, *_: object) -> None:
        self.judge.close()

    def grade(self, module: str) -> object:
        """Return the result of one submission."""
        from grader.submission import Submission

        digest = "sha256:" + "0" * 64
        return self.judge.grade(Submission(topic=self.topic, digest=digest, module=module, answers={}, form="module"), KEY)

    def lay(self, attack: object) -> dict[str, object]:
        """Return what an attack came to: its faults are what it gained, or what was not as its docstring says."""
        from grader import splice
        from grader.sandbox import clock

        text = attack.text.replace("COURSE", str(self.course.root))
        began_s, before_s = time.monotonic(), clock.tree_cpu_s(os.getpid()) + time.process_time()
        result = self.grade(text if attack.as_it_stands else splice.overlay(self.reference, text))
        wall_s = time.monotonic() - began_s
        secrets = _secrets() + ([] if "COURSE" in attack.text else [str(self.course.root)])  # what it was told itself is no secret
        faults = weigh(attack, result, self.full, self.where) + read_as_a_student(result, secrets)
        faults += self.left_behind()
        following = self.grade(self.honest)
        if following.earned != 100:
            faults.append(f"the next submission is harmed: {_told(following)}")
            self.judge.close()  # what comes after is not this one's fault
            self.grade(self.honest)
        if self.judge._process is None or self.judge._process.pid != self.judge_pid:
            faults.append("the judge is another process")
            self.judge.start()
            self.judge_pid = self.judge._process.pid
            self.around = self.look_around()
        if reason := attack.gets_through(self.where):
            faults = [] if faults else [f"it is said to get through ({reason}), and does not: take the line out"]
        cpu_s = clock.tree_cpu_s(os.getpid()) + time.process_time() - before_s
        print(f"{attack.name:32} {wall_s:5.1f} s, CPU {cpu_s:5.2f} s  {'; '.join(faults) or 'stopped'}", file=sys.stderr, flush=True)
        return {"name": attack.name, "faults": faults, "wall_s": round(wall_s, 2), "cpu_s": round(cpu_s, 2), "through": reason}

    def left_behind(self) -> list[str]:
        """Return what an attack left on this machine, once what is dying has died."""
        end_s = time.monotonic() + PATIENCE_S
        while (now := self.look_around()) != self.around and time.monotonic() < end_s:
            time.sleep(0.05)
        return [
            f"left behind, {what}: {sorted((Counter(now[what]) - Counter(self.around[what])).elements())}"
            for what in now
            if now[what] != self.around[what]
        ]

    def look_around(self) -> dict[str, list[str]]:
        """Return processes below this one, files that the box's user owns, and segments, as they are just now."""
        from grader.sandbox import clock

        processes = []
        for entry in clock._below(os.getpid()):
            command = _command_line(entry.pid)
            if command or not _reaped(entry.pid, self.judge_pid):
                processes.append(command or "(dead)")
        places = [Path(place) for place in (os.environ["TMPDIR"], "/tmp", "/dev/shm", "/var/tmp", "/dev/mqueue")]
        files = [str(path) for place in places for path in _owned(place)]
        segments = [line for kind in ("shm", "sem", "msg") for line in _segments(kind)]
        found = {"processes": processes, "files": files, "segments": segments}
        return {what: sorted(_BOX.sub("grader-box", line) for line in lines) for what, lines in found.items()}


def _command_line(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes()[:200].decode(errors="replace").replace("\0", " ").strip()
    except OSError:
        return ""


def _reaped(pid: int, judge_pid: int) -> bool:
    """Bury a dead orphan that came to us; say whether it was one."""
    try:
        return pid != judge_pid and os.waitpid(pid, os.WNOHANG)[0] == pid
    except ChildProcessError:
        return not Path(f"/proc/{pid}").exists()


def _owned(place: Path) -> list[Path]:
    """Return what the box's users own directly in a folder, and in the rooms of Landlock."""
    if not place.is_dir():
        return []
    found = []
    for path in (*place.iterdir(), *place.glob("grader-box-*/*"), *place.glob("grader-box-*/room/*")):
        try:
            owner = path.lstat().st_uid
        except OSError:
            continue
        if (owner == os.geteuid() and owner != 0) or 61_000 <= owner < 65_000 or place == Path(os.environ["TMPDIR"]):
            found.append(path)
    return found


def _segments(kind: str) -> list[str]:
    try:
        return Path(f"/proc/sysvipc/{kind}").read_text(encoding="ascii").splitlines()[1:]
    except OSError:
        return []


def weigh(attack: object, result: object, full: object, where: set[str]) -> list[str]:
    """Return how a result differs from what the attack deserves, part by part."""
    if not result.complete:
        return [f"the harness failed: {_told(result)}"]
    expected, faults, deserved = attack.expected(where), [], 0.0
    for part, best in zip(result.parts, full.parts, strict=True):
        verdicts = {str(o.verdict) for o in result.tests if o.part == part.part and o.verdict != "passed"}
        wanted = expected.get(part.part)
        deserved += best.earned if wanted is None or wanted.state == "earned" else 0
        right = part.state == "earned" if wanted is None else wanted.agrees(part.state, verdicts)
        if not right:
            said = f"{wanted.state} {'/'.join(sorted(wanted.verdicts))}" if wanted else "earned"
            faults.append(f"{part.part} is {part.state} {'/'.join(sorted(verdicts))}, expected {said}")
    if unknown := expected.keys() - {part.part for part in result.parts}:
        faults.append(f"no such part: {sorted(unknown)}")
    if result.earned != deserved:
        faults.append(f"the mark is {result.earned}, honest code deserves {deserved}")
    return [*faults, _told(result)] if faults else []


def read_as_a_student(result: object, secrets: list[str]) -> list[str]:
    """Return what of the hidden a student could read in a result, and what a terminal would obey."""
    faults = []
    for outcome in result.tests:
        text = f"{outcome.message}\n{outcome.suspected}"
        if hit := next((secret for secret in secrets if secret.lower() in text.lower()), None):
            faults.append(f"{outcome.id} tells {hit!r}: {text[:300]!r}")
        if not all(char.isprintable() or char == "\n" for char in text):
            faults.append(f"{outcome.id} has characters that a terminal obeys: {text[:300]!r}")
        if len(text) > 3000:
            faults.append(f"{outcome.id} has a text of {len(text)} characters")
    return faults


def _secrets() -> list[str]:
    """Return what no student may read, as it is and as an attack may have put it."""
    numbers = [73571113, 2 * 73571113, 4 * 73571113, 90909091]
    words = [f"{n:d}" for n in numbers] + [f"{n:x}" for n in numbers] + [f"{n:d}"[::-1] for n in numbers[::3]]
    words += [f"{n:d}".translate(str.maketrans("0123456789", "abcdefghij")) for n in numbers]
    words += [f"{n:.8e}"[:9] for n in numbers]
    return [*words, KEY.decode(), KEY.hex(), "test_marked", "MARK", "A house with"]


def _told(result: object) -> str:
    texts = [f"{o.id} {o.verdict} {(o.detail or o.message)[:300]}" for o in result.tests if o.verdict != "passed"]
    return " | ".join(texts[:3])


# What an honest submission finds when it is imported. It fails, and so loses its marks, where that is not what the first one found.
_CENSUS = """

EXPECTED = {}


def _census():
    import hashlib
    import os
    import resource
    import signal
    import sys

    def listed(folder):
        try:
            entries = os.listdir(folder)
        except OSError as error:
            return type(error).__name__
        kept = [e for e in entries if not any(p.startswith(os.path.join(folder, e) + "/") or p == os.path.join(folder, e) for p in sys.path)]
        return [e for e in kept if not sys.base_prefix.startswith(os.path.join(folder, e))]

    def said(get):
        try:
            return get()
        except OSError as error:
            return type(error).__name__

    own = os.environ["TMPDIR"]
    limits = {n: resource.getrlimit(getattr(resource, n)) for n in dir(resource) if n.startswith("RLIMIT_") and n not in ("RLIMIT_NPROC", "RLIMIT_CPU")}
    found = {
        "files": [listed(folder) for folder in (own, "/tmp", "/dev/shm", "/var/tmp", "/dev/mqueue")],
        "mode": [said(lambda: oct(os.stat(own).st_mode)), said(lambda: os.listxattr(own)), said(lambda: oct(os.stat("/dev/shm").st_mode))],
        "env": sorted((name, value.replace(own, "OWN")) for name, value in os.environ.items()),
        "mods": sorted(sys.modules),
        "limits": sorted(limits.items()),
        "sched": [os.getpriority(os.PRIO_PROCESS, 0), sorted(os.sched_getaffinity(0)), os.sched_getscheduler(0)],
        "place": [os.getcwd() == own, len(sys.path), sys.argv, os.umask(0o22)],
        "signals": [str(signal.getsignal(n)) for n in sorted(signal.valid_signals())],
        "torch": [torch.get_num_threads(), str(torch.get_default_dtype()), torch.is_grad_enabled()],
        "fds": said(lambda: len(os.listdir("/proc/self/fd"))),
        "ipc": [said(lambda: open("/proc/sysvipc/" + n).read().count("\\n")) for n in ("shm", "sem", "msg")],
        "users": [os.getresuid(), os.getresgid(), os.getgroups()],
        "procs": len(said(lambda: [e for e in os.listdir("/proc") if e.isdigit()])),
    }
    short = {name: hashlib.md5(repr(value).encode()).hexdigest()[:4] for name, value in found.items()}
    if EXPECTED is None:
        raise RuntimeError("census " + repr(short) + " end")
    strange = [name + ": " + repr(found[name])[:150] for name in short if short[name] != EXPECTED[name]]
    if strange:
        raise RuntimeError("; ".join(strange))


_census()
"""


if __name__ == "__main__":
    sys.exit(main())
