"""The same cycle on Label Studio: post an annotation, get the next task.

    LABEL_STUDIO=/path/to/label-studio python3 bench/label_studio.py [--tasks 10000] [--cycles 40] [--seconds 20]

Prints one JSON object. Starts a server of its own with a temporary SQLite folder and stops it at the end.
Needs nothing but the standard library and an installed `label-studio` (pip install label-studio).
"""
import argparse
import collections
import http.client
import json
import os
import pathlib
import shutil
import signal
import socket
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import threading
import time

TOKEN = "5f0d7c1b9e8a4d2c6b3a1f0e9d8c7b6a5f4e3d2c"
CONFIG = """<View>
  <Text name="prompt" value="$prompt"/>
  <Text name="left" value="$left"/><Text name="right" value="$right"/>
  <Choices name="preference" toName="prompt" choice="single">
    <Choice value="left"/><Choice value="tie"/><Choice value="right"/>
  </Choices>
</View>"""
WORDS = (
    "river answer because model table light seven garden reason water letter music during "
    "number often people between small window history never second country word city"
).split()


class Client:
    """One person's connection, kept alive."""

    def __init__(self, port, token):
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=120)
        self.headers = {"Authorization": f"Token {token}", "Content-Type": "application/json"}

    def call(self, method, path, body=None):
        data = None if body is None else json.dumps(body).encode()
        try:
            self.connection.request(method, path, data, self.headers)
            answer = self.connection.getresponse()
            text = answer.read()
        except (ConnectionError, http.client.HTTPException):
            self.connection.close()
            raise
        if answer.status >= 400:
            raise RuntimeError(f"{method} {path}: {answer.status} {text[:300]!r}")
        return json.loads(text) if text else None


class Server:
    """Label Studio on a free port with a folder of its own."""

    def __init__(self, program):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="label-studio-"))
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.command = [
            program, "start", "--no-browser", "--data-dir", str(self.folder), "--port", str(self.port),
            "--internal-host", "127.0.0.1", "--username", "owner@example.org", "--password", "a long pass phrase",
            "--user-token", TOKEN, "--enable-legacy-api-token", "--log-level", "ERROR",
        ]
        self.log = open(self.folder / "log", "wb")

    def start(self):
        """Seconds from the command to the first answer."""
        begun = time.monotonic()
        quiet = {"COLLECT_ANALYTICS": "0", "LATEST_VERSION_CHECK": "0", "SENTRY_DSN": ""}
        self.process = subprocess.Popen(
            self.command, stdout=self.log, stderr=self.log, env=os.environ | quiet, start_new_session=True,
        )
        while True:
            try:
                Client(self.port, TOKEN).call("GET", "/health")
                return time.monotonic() - begun
            except (OSError, http.client.HTTPException, RuntimeError, ValueError):
                if self.process.poll() is not None or time.monotonic() - begun > 300:
                    sys.exit((self.folder / "log").read_text(errors="replace")[-2000:])
                time.sleep(0.02)

    def stop(self):
        os.killpg(self.process.pid, signal.SIGTERM)
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()

    def memory_mib(self):
        """Resident memory of the process and what it started."""
        group, total = os.getpgid(self.process.pid), 0
        for entry in pathlib.Path("/proc").glob("[0-9]*"):
            try:
                if os.getpgid(int(entry.name)) == group:
                    status = (entry / "status").read_text()
                    total += int(status.split("VmRSS:")[1].split()[0])
            except (OSError, IndexError):
                pass
        return total / 1024

    def tokens(self, people):
        """Makes people; returns their tokens."""
        owner = Client(self.port, TOKEN)
        for n in range(people):
            owner.call("POST", "/api/users/", {"email": f"p{n}@example.org", "username": f"p{n}", "password": "a long pass phrase"})
        with sqlite3.connect(self.folder / "label_studio.sqlite3") as database:
            rows = database.execute(
                "SELECT t.key FROM authtoken_token t JOIN htx_user u ON u.id = t.user_id WHERE u.email LIKE 'p%@example.org'"
            ).fetchall()
        return [key for (key,) in rows]


def text(seed):
    """Some 600 characters, different for every seed."""
    out, state = [], seed * 2654435761 + 1
    for _ in range(100):
        state = (state * 6364136223846793005 + 1442695040888963407) % 2**64
        out.append(WORDS[(state >> 33) % len(WORDS)])
    return " ".join(out)


def project(owner, tasks, people):
    made = owner.call("POST", "/api/projects/", {
        "title": "Bench", "label_config": CONFIG, "maximum_annotations": 1, "sampling": "Sequential sampling",
    })
    for begin in range(0, tasks, 1000):
        rows = [
            {"prompt": f"Question {n}: {text(n)[:80]}?", "left": text(2 * n), "right": text(2 * n + 1)}
            for n in range(begin, min(begin + 1000, tasks))
        ]
        owner.call("POST", f"/api/projects/{made['id']}/import", rows)
    return made["id"]


def next_task(client, project):
    return client.call("GET", f"/api/projects/{project}/next")


def answer(client, project, task):
    choice = {"from_name": "preference", "to_name": "prompt", "type": "choices", "value": {"choices": ["left"]}}
    client.call("POST", f"/api/tasks/{task}/annotations/", {"result": [choice], "lead_time": 5, "project": project})


def sequential(client, project, cycles):
    times, task = [], next_task(client, project)
    for _ in range(cycles):
        begun = time.monotonic()
        answer(client, project, task["id"])
        task = next_task(client, project)
        times.append((time.monotonic() - begun) * 1000)
    return times


def parallel(port, tokens, project, seconds):
    handed, times, errors, lock = collections.Counter(), [], [0], threading.Lock()
    end = time.monotonic() + seconds

    def person(token):
        client = Client(port, token)
        task = None
        while time.monotonic() < end:
            begun = time.monotonic()
            try:
                if task is not None:
                    answer(client, project, task["id"])
                task, before = next_task(client, project), task
                with lock:
                    handed[task["id"]] += 1
                    if before is not None:
                        times.append((time.monotonic() - begun) * 1000)
            except (OSError, http.client.HTTPException, RuntimeError):
                with lock:
                    errors[0] += 1
                client, task = Client(port, token), None

    begun = time.monotonic()
    threads = [threading.Thread(target=person, args=(token,)) for token in tokens]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    took = time.monotonic() - begun
    total = sum(handed.values())
    return {
        "cycles_per_s": len(times) / took, "p95_ms": quantile(times, 95) if times else None,
        "handed_out": total, "duplicates": total - len(handed), "errors": errors[0],
    }


def quantile(times, percent):
    return sorted(times)[min(len(times) - 1, len(times) * percent // 100)]


def main():
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--tasks", type=int, default=10_000)
    options.add_argument("--cycles", type=int, default=40)
    options.add_argument("--seconds", type=float, default=20)
    options.add_argument("--people", type=int, default=8)
    options = options.parse_args()
    program = shutil.which(os.environ.get("LABEL_STUDIO", "label-studio"))
    if program is None:
        sys.exit("label-studio is not installed: pip install label-studio, or set LABEL_STUDIO to its path")
    server = Server(program)
    try:
        server.start()  # the first start makes the database; the second one is measured
        owner = Client(server.port, TOKEN)
        version = owner.call("GET", "/api/version")["release"]
        tokens = server.tokens(options.people)
        number = project(owner, options.tasks, options.people)
        server.stop()
        start = server.start()
        owner = Client(server.port, TOKEN)
        sequential(owner, number, 3)
        times = sequential(owner, number, options.cycles)
        together = parallel(server.port, tokens, number, options.seconds)
        print(json.dumps({
            "version": version, "tasks": options.tasks, "start_s": start,
            "sequential": {"cycles": len(times), "p50_ms": statistics.median(times), "p95_ms": quantile(times, 95)},
            "parallel": together | {"people": options.people, "seconds": options.seconds},
            "memory_mib": server.memory_mib(),
        }))
    finally:
        if server.process.poll() is None:
            server.stop()
        shutil.rmtree(server.folder, ignore_errors=True)


if __name__ == "__main__":
    main()
