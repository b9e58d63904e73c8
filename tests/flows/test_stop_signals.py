"""Signals to stop the service: as many as come, and whenever they come."""

import os
import signal
import subprocess
import sys
import threading

from flows.service import StopSignals

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
