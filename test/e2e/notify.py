"""Stands for systemd: receives what a service sends to NOTIFY_SOCKET, one message a line. Usage: notify.py SOCKET"""

import os
import socket
import sys

receiver = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
receiver.bind(sys.argv[1])
os.chmod(sys.argv[1], 0o777)
while True:
    data, files, _, _ = socket.recv_fds(receiver, 65536, 8)
    # A sender that waits until it was read is let go by this, as systemd does it.
    for each in files:
        os.close(each)
    print(data.decode().replace("\n", " "), flush=True)
