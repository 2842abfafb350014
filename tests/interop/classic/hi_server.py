"""hi_server.py: says hi to whoever sends something."""

import socket

server = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
server.bind(("127.0.0.1", 0))
server.listen(5)
print(server.getsockname()[1], flush=True)

while True:
    client, address = server.accept()
    while client.recv(1024):
        client.send(b"hi\n")
    client.close()
