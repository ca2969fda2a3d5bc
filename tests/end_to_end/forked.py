"""Runs a command in a fork of a process that has imported tchat (`forking.py`), and ends as it ends.

`python -I -S forked.py SOCKET ARGUMENT...`: it stands before every command, so it imports only what Python has built
in; `socket` alone would take longer than all the rest.
"""

import marshal
import os
import sys
from _socket import AF_UNIX, SCM_RIGHTS, SOL_SOCKET, socket

forking = socket(AF_UNIX)
forking.connect(sys.argv[1])
command = marshal.dumps((sys.argv[2:], dict(os.environ), os.getcwd()))  # noqa: PTH109  # pathlib takes time
message = len(command).to_bytes(4, "big") + command
streams = b"".join(number.to_bytes(4, sys.byteorder) for number in (0, 1, 2))
sent = forking.sendmsg([message], [(SOL_SOCKET, SCM_RIGHTS, streams)])
forking.sendall(message[sent:])
code = int(forking.recv(16))
if code < 0:
    os.kill(os.getpid(), -code)
os._exit(code)
