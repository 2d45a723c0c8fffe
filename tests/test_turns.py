"""Judges work side by side until one wants to be alone."""

import multiprocessing
import time
from pathlib import Path

from grader import turns
from grader.turns import Turns

PROCESSES = multiprocessing.get_context("spawn")


def _work(folder, name, alone, log, ready):
    mine = Turns(folder)
    ready.wait(30)
    for round_ in range(3):
        with mine.side_by_side():
            time.sleep(0.02)
            if alone and round_ == 1:
                with mine.alone(lambda: None):
                    log.put((time.monotonic(), name, "alone"))
                    time.sleep(0.2)
                    log.put((time.monotonic(), name, "not alone"))
            else:
                log.put((time.monotonic(), name, "in"))
                time.sleep(0.02)
                log.put((time.monotonic(), name, "out"))


def test_nobody_works_while_one_is_alone(tmp_path):
    """Four processes, two of which want to be alone: they do not wait for each other for ever, and nobody is inside meanwhile."""
    log, ready = PROCESSES.Queue(), PROCESSES.Barrier(4)
    workers = [PROCESSES.Process(target=_work, args=(tmp_path, i, i < 2, log, ready)) for i in range(4)]
    for worker in workers:
        worker.start()
    events = sorted(log.get(timeout=30) for _ in range(4 * 3 * 2))
    for worker in workers:
        worker.join(30)
        assert worker.exitcode == 0
    inside = 0
    for _, _, what in events:
        inside += {"in": 1, "out": -1}.get(what, 0)
        assert what != "alone" or inside == 0
    assert [what for _, _, what in events if "alone" in what] == ["alone", "not alone"] * 2
    assert len([what for _, _, what in events if what == "in"]) == 10


def test_a_process_that_dies_lets_go(tmp_path):
    """A judge that is killed while it is alone stops nobody."""
    dying = PROCESSES.Process(target=_die_alone, args=(tmp_path,))
    dying.start()
    dying.join(30)
    began_s = time.monotonic()
    with Turns(tmp_path).side_by_side():
        assert time.monotonic() - began_s < 5


def _die_alone(folder: Path) -> None:
    import os

    mine = Turns(folder)
    with mine.side_by_side(), mine.alone(lambda: None):
        os._exit(1)


def test_who_waits_says_so(tmp_path, monkeypatch):
    """Whoever waits for long tells it, so that silence still means a fault."""
    monkeypatch.setattr(turns, "SAY_AGAIN_S", 0.1)
    first, second, said = Turns(tmp_path), Turns(tmp_path), []
    share = first.side_by_side()
    share.__enter__()

    def waiting():
        said.append(True)
        if len(said) == 2:
            share.__exit__(None, None, None)

    with second.side_by_side(), second.alone(waiting):
        assert len(said) == 2
