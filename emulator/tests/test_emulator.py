"""What nobody sees for certain from outside: ``python -m unittest discover``, as emulator.test.ts runs it."""

from __future__ import annotations

import os
import queue
import signal
import socket
import subprocess
import sys
import unittest
from collections.abc import Iterable
from typing import Any

from aws_emulator.eks import models
from aws_emulator.turns import each_once, turn


class Timers(unittest.TestCase):
    def test_take_their_turn_among_the_requests(self) -> None:
        seen: queue.Queue[bool] = queue.Queue()
        self.addCleanup(models.set_pace, models.pace)
        models.set_pace(0)
        models.later(lambda: seen.put(turn.locked()))
        self.assertTrue(seen.get())


class Requests(unittest.TestCase):
    def setUp(self) -> None:
        self.done: list[str] = []
        self.client, server = socket.socketpair()
        self.addCleanup(self.client.close)
        self.addCleanup(server.close)
        self.environ = {"werkzeug.socket": server, "PATH_INFO": "/"}

    def app(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        self.done.append(environ["PATH_INFO"])
        start_response("200 OK", [])
        return [b"done"]

    def ask(self) -> str:
        said: list[str] = []
        body = each_once(self.app)(self.environ, lambda status, headers: said.append(status))
        return " ".join([*said, *(part.decode() for part in body)])

    def test_are_done_for_who_waits_for_the_answer(self) -> None:
        self.assertEqual(self.ask(), "200 OK done")
        # As of a body that nobody has read yet.
        self.client.send(b"more")
        self.assertEqual(self.ask(), "200 OK done")

    def test_are_not_done_for_who_has_gone_before_their_turn(self) -> None:
        self.client.close()
        self.assertEqual(self.ask(), "499 Client Closed Request")
        self.assertEqual(self.done, [])


class Ends(unittest.TestCase):
    def test_with_the_process_that_was_named(self) -> None:
        starter = subprocess.Popen(["sleep", "600"])
        program = "from aws_emulator import ends; ends.with_starter(); print(); input()"
        started = subprocess.Popen(
            [sys.executable, "-c", program],
            env={**os.environ, "EMULATOR_ENDS_WITH": str(starter.pid)},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        self.addCleanup(started.communicate)
        assert started.stdout is not None
        started.stdout.readline()
        self.assertIsNone(started.poll())
        starter.kill()
        starter.wait()
        self.assertEqual(started.wait(), -signal.SIGTERM)
