"""What a real shell completes: types a line with tabs on a terminal of its own, and prints the words that the command was then given.

Usage: complete.py SHELL SETUP LINE, where SETUP is run first and LINE may contain \\t.
"""

import os
import pty
import select
import sys
import time

shell, setup, line = sys.argv[1:]
options = {"bash": ["--norc", "--noprofile", "-i"], "zsh": ["-f", "-i"]}[shell]
child, terminal = pty.fork()
if child == 0:
    os.environ.update(TERM="dumb", PS1="$ ", HISTFILE="/dev/null")
    os.execvp(shell, [shell, *options])

seen = ""


def read_until(mark: str, seconds: float) -> bool:
    """Reads what the shell prints until it has printed the mark."""
    global seen
    end = time.monotonic() + seconds
    while mark not in seen:
        ready, _, _ = select.select([terminal], [], [], max(0, end - time.monotonic()))
        if not ready:
            return False
        try:
            seen += os.read(terminal, 65536).decode(errors="replace")
        except OSError:
            return False
    return True


def send(text: str) -> None:
    os.write(terminal, text.encode())


# The marks are written in two parts, so that the shell's echo of them is none.
send("fogbell() { printf 'GI''VEN'; printf '<%s>' \"$@\"; printf 'E''ND\\n'; }; " + setup + "; printf 'SET''UP\\n'\n")
read_until("SETUP", 20)
send(line.encode().decode("unicode_escape") + "\n")
found = read_until("END", 20)
print(seen.split("GIVEN")[-1].split("END")[0] if found else "nothing: " + seen)
