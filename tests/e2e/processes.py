"""Child processes of the demonstration: started, watched, ended by pid, never by name."""

import os
import signal
import subprocess
import time


def wait_until(condition, limit_s, what):
    """Polls `condition` until it returns something true; the polling pause is no synchronisation.

    Returns (value, seconds waited); raises TimeoutError naming `what` after `limit_s`.
    """
    start = time.monotonic()
    while True:
        value = condition()
        if value:
            return value, time.monotonic() - start
        if time.monotonic() - start > limit_s:
            raise TimeoutError(f"{what}: not within {limit_s} s")
        time.sleep(0.02)


class Process:
    """One child with its output in a log file."""

    def __init__(self, name, argv, directory, env=None):
        self.name = name
        self.log_path = os.path.join(directory, f"{name}.log")
        self._log = open(self.log_path, "ab")
        self.child = subprocess.Popen(
            argv,
            cwd=directory,
            stdin=subprocess.DEVNULL,
            stdout=self._log,
            stderr=subprocess.STDOUT,
            env={**os.environ, **(env or {})},
            start_new_session=True,
        )

    @property
    def pid(self):
        return self.child.pid

    def is_running(self):
        return self.child.poll() is None

    def output(self):
        with open(self.log_path, encoding="utf-8", errors="replace") as log:
            return log.read()

    def kill(self):
        """SIGKILL, as a power cut: nothing of the process runs any more."""
        self.child.send_signal(signal.SIGKILL)
        self.child.wait()

    def end(self, limit_s=5):
        """SIGTERM, then SIGKILL after the limit. Returns the exit code, None when it had to be killed."""
        if self.is_running():
            self.child.terminate()
            try:
                self.child.wait(limit_s)
            except subprocess.TimeoutExpired:
                self.child.kill()
                self.child.wait()
                return None
        return self.child.returncode


class Processes:
    """All children of one run; leaving the `with` block ends what still runs."""

    def __init__(self, directory):
        self.directory = directory
        self.all = []

    def start(self, name, argv, directory=None, env=None):
        process = Process(name, argv, directory or self.directory, env)
        self.all.append(process)
        return process

    def running(self):
        return [process.name for process in self.all if process.is_running()]

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for process in reversed(self.all):
            process.end()
