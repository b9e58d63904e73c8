"""The end of the service: signals, as many as come and whenever they come, and what is left to read of it."""

import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

from flows.service import StopSignals, new_log

STORM = """
import os, signal, sys, threading
from flows.service import StopSignals

sys.setswitchinterval(1e-6)

def storm():
    for _ in range(2_000):
        os.kill(os.getpid(), signal.SIGTERM)
        os.kill(os.getpid(), signal.SIGINT)

with StopSignals() as stop:
    sender = threading.Thread(target=storm)
    sender.start()
    while sender.is_alive():
        assert stop.wait(60)
    assert stop.wait(0)
"""


def test_no_number_of_signals_holds_it_up() -> None:
    subprocess.run([sys.executable, "-c", STORM], check=True, timeout=600)


def test_a_signal_ends_the_wait_and_is_not_forgotten() -> None:
    before = signal.getsignal(signal.SIGTERM)
    with StopSignals() as stop:
        assert not stop.wait(0)
        threading.Timer(0, os.kill, (os.getpid(), signal.SIGTERM)).start()
        assert stop.wait(60)
        assert stop.wait(0)
    assert signal.getsignal(signal.SIGTERM) is before


def test_what_a_part_ended_with_is_there_after_the_next_start(tmp_path: Path) -> None:
    for said in ("the first", "the second", "the third"):
        new_log(tmp_path, "server").write_text(said, "utf-8")
    left = {file.name: file.read_text("utf-8") for file in tmp_path.iterdir()}
    assert left == {"server.log": "the third", "server.log.1": "the second"}
