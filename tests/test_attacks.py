"""No attack of the corpus gains anything: against every back-end that starts here, as a user and, where the tests run so, as root."""

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from pathlib import Path

import pytest

from grader.plugin import import_file
from grader.sandbox.backend import Backend

corpus = import_file(Path(__file__).with_name("corpus.py"), "corpus")
siege = import_file(Path(__file__).with_name("siege.py"), "siege")

README = Path(__file__).resolve().parents[1] / "README.md"
# A user of the tests' own for each back-end: nobody else's processes count against the limit, or can be mistaken for a leftover.
USERS = {Backend.BUBBLEWRAP: 60_991, Backend.LANDLOCK: 60_992}
WHO = ["user", "root"] if os.geteuid() == 0 else ["user"]
LEAST = 85


@pytest.fixture(scope="module")
def attacks():
    """Every attack, read from its docstring."""
    return corpus.attacks()


@pytest.mark.slow
@pytest.mark.timeout(1200)
@pytest.mark.parametrize("backend", list(Backend))
@pytest.mark.parametrize("who", WHO)
def test_no_attack_gains_anything(attacks, who, backend):
    """Each mark is what honest code of the same content deserves; judge and next submission are unharmed; nothing stays, nothing is told."""
    report = besieged(who, backend)
    if "refused" in report:
        pytest.skip(f"{backend} does not start here: {report['refused']}")
    run = {attack["name"]: attack for attack in report["attacks"]}
    assert run.keys() == {attack.name for attack in attacks if not attack.needs}
    through = [name for name, attack in run.items() if attack["through"]]
    faults = {name: attack["faults"] for name, attack in run.items() if attack["faults"]}
    print(f"{backend} as {who}: {len(run) - len(faults) - len(through)} of {len(run)} stopped, {len(through)} known to get through")
    assert not faults, "\n\n".join(f"{name}:\n  " + "\n  ".join(said) for name, said in faults.items())


def besieged(who, backend):
    """Return what a siege found, run in a process of that user."""
    folder = Path(tempfile.mkdtemp(prefix="siege-", dir="/tmp"))
    uid = USERS[backend] if who == "user" and os.geteuid() == 0 else os.geteuid()
    try:
        folder.chmod(0o755)
        os.chown(folder, uid, -1)
        command = [sys.executable, siege.__file__, "--backend", backend, "--folder", folder, "--out", folder / "found", "--uid", str(uid)]
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=1100)
        assert done.returncode == 0, done.stderr[-3000:]
        return json.loads((folder / "found").read_text())
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@pytest.mark.parametrize("name", [attack.name for attack in corpus.attacks() if attack.needs == "cuda"])
def test_attacks_on_a_device(name):
    """What attacks a GPU is run where there is one."""
    import torch

    if not torch.cuda.is_available():
        pytest.skip("there is no CUDA device here")
    report = besieged_on_device(name)
    assert not report["faults"], report


def besieged_on_device(name):
    """Return what one attack came to, on the first back-end that starts."""
    folder = Path(tempfile.mkdtemp(prefix="siege-", dir="/tmp"))
    try:
        words = ["--backend", Backend.BUBBLEWRAP, "--folder", folder, "--out", folder / "found", "--only", name]
        subprocess.run([sys.executable, siege.__file__, *words], check=True, timeout=280)
        return json.loads((folder / "found").read_text())["attacks"][0]
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def test_the_corpus_is_large_and_every_attack_says_what_it_would_gain(attacks):
    """At least 85 attacks of every class, each with its own sentence and claim, what stops it, and the verdict it must get."""
    assert len(attacks) >= LEAST
    assert {attack.attack_class for attack in attacks} == set(corpus.AttackClass)
    for what in ("does", "claim"):
        assert [said for said, times in Counter(getattr(attack, what) for attack in attacks).items() if times > 1] == []
    assert [attack.name for attack in attacks if not attack.stopped_by or ";" in attack.stopped_by] == []


@pytest.mark.parametrize(
    "change",
    [
        ("Claim:", "Clam:"),
        ("lost wrong", "lost"),
        ("double.gradient: blocked", "double.gradient: blocked wrong"),
        ("integration:", "integration [windows]:"),
        ("Class: forged answers", "Class: something else"),
        ("Claim:", "Claim: twice\nClaim:"),
    ],
)
def test_a_docstring_that_is_not_as_it_must_be_is_refused(tmp_path, change):
    """A typing error cannot make an expectation vanish."""
    good = (corpus.FOLDER / "nothing.py").read_text()
    path = tmp_path / "attack.py"
    path.write_text(good)
    corpus.read(path)
    path.write_text(good.replace(*change))
    with pytest.raises((ValueError, KeyError)):
        corpus.read(path)


def test_the_readme_has_the_corpus_table(attacks):
    """`python tests/corpus.py` prints what stands between the marks."""
    shown = README.read_text(encoding="utf-8").split("<!-- attacks -->\n")[1].split("<!-- /attacks -->")[0]
    assert shown.strip() == corpus.table(attacks)


def test_a_siege_sees_what_an_attack_gains(attacks):
    """A lost part that is earned, a secret that is told, a terminal that is obeyed: each is a fault, and a right result has none."""
    from grader.result import Outcome, PartScore, Result, State, Verdict

    def result(state, verdict, message=""):
        part = PartScore(part="double.correctness", points=15, earned=15 * (state is State.EARNED), state=state)
        outcome = Outcome(id="hidden::TestDouble::test_marked", part=part.part, verdict=verdict, message=message)
        rest = dict.fromkeys(("topic", "submission", "grader", "key", "backend", "device", "torch", "started_at"), "")
        numbers = {"cpu_s": 0, "wall_s": 0, "complete": verdict is not Verdict.HARNESS, "possible": 15, "pending": 0}
        return Result(**rest, **numbers, earned=part.earned, parts=(part,), tests=(outcome,))

    full = result(State.EARNED, Verdict.PASSED)
    attack = next(attack for attack in attacks if attack.name == "gone")
    one = {"double.correctness": attack.entries["double.correctness"]}
    attack = corpus.Attack(**{**vars(attack), "entries": one})
    assert siege.weigh(attack, result(State.LOST, Verdict.MISSING), full, {"user"}) == []
    assert siege.weigh(attack, full, full, {"user"})
    assert siege.weigh(attack, result(State.LOST, Verdict.WRONG), full, {"user"})
    assert siege.weigh(attack, result(State.LOST, Verdict.HARNESS), full, {"user"})
    for secret in ("73571113", "bcdefghij 147142226", siege.KEY.hex(), "\x1b[2J", "x" * 4000):
        assert siege.read_as_a_student(result(State.LOST, Verdict.WRONG, f"It is {secret}."), siege._secrets())
    assert siege.read_as_a_student(result(State.LOST, Verdict.WRONG, "The result is wrong."), siege._secrets()) == []
