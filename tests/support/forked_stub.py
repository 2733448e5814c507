"""Stands for a program that tests/support/forked.py forks: hands over its own arguments, folder, environment and streams,
passes on signals, and ends as the program ends."""

import marshal
import os
import signal
import socket
import sys

link = socket.socket(socket.AF_UNIX)
link.connect(sys.argv[1])
message = marshal.dumps((sys.argv[2:], os.getcwd(), dict(os.environ)))
socket.send_fds(link, [len(message).to_bytes(4, "big")], [0, 1, 2])
link.sendall(message)
os.closerange(0, 2)
pid = int.from_bytes(link.recv(4, socket.MSG_WAITALL), "big")
for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
    signal.signal(number, lambda number, _: os.kill(pid, number))
status = link.recv(4, socket.MSG_WAITALL)
assert len(status) == 4, "the process that forks has gone"
code = os.waitstatus_to_exitcode(int.from_bytes(status, "big"))
if code < 0:
    if code != -signal.SIGKILL:
        signal.signal(-code, signal.SIG_DFL)
    os.kill(os.getpid(), -code)
os._exit(code)
