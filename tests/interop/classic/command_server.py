"""command_server.py: runs a command for whoever names one."""

import socket
import subprocess

COMMANDS = {"greet": ["echo", "Hello, World"], "fail": ["false"]}

server = socket.create_server(("127.0.0.1", 0))
print(server.getsockname()[1], flush=True)

while True:
    client, address = server.accept()
    name = client.makefile("r").readline().strip()
    result = subprocess.run(COMMANDS[name], stdout=subprocess.PIPE,
                            stderr=subprocess.STDOUT)
    client.sendall(b"%d %d\n" % (result.returncode, len(result.stdout)))
    client.sendall(result.stdout)
    client.close()
