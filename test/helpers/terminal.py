"""Runs a program on a terminal of its own, for a test.

terminal.py COLUMNS PROGRAM ARGUMENT...

What the program prints goes to standard output. Lines of standard input say what the person does:
"interrupt" presses Ctrl-C, "close" closes the window, "type=TEXT" types a word and the return key, "press=0d" sends
the bytes of a key, in hexadecimal digits. The exit code is the program's, 128 and the signal's number when a signal
ended it.
"""

import fcntl
import os
import pty
import select
import struct
import sys
import termios

columns, program = int(sys.argv[1]), sys.argv[2:]
pid, terminal = pty.fork()
if pid == 0:
    os.execvp(program[0], program)
fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 50, columns, 0, 0))

watched = [terminal, sys.stdin.fileno()]
while terminal in watched:
    for ready in select.select(watched, [], [])[0]:
        if ready == terminal:
            try:
                data = os.read(terminal, 65536)
            except OSError:  # Linux says EIO when the program has closed its end.
                data = b""
            if not data:
                watched.remove(terminal)
            os.write(sys.stdout.fileno(), data)
        else:
            data = os.read(ready, 65536)
            if not data:
                watched.remove(ready)
            for word in data.split():
                if word == b"interrupt":
                    os.write(terminal, b"\x03")
                elif word.startswith(b"type="):
                    os.write(terminal, word[len(b"type=") :] + b"\n")
                elif word.startswith(b"press="):
                    os.write(terminal, bytes.fromhex(word[len(b"press=") :].decode()))
                elif word == b"close":
                    watched.remove(terminal)
                    os.close(terminal)

_, status = os.waitpid(pid, 0)
sys.exit(os.WEXITSTATUS(status) if os.WIFEXITED(status) else 128 + os.WTERMSIG(status))
