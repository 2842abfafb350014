"""upper_server.py: sends back in capitals what a client sends, one client
after the other."""

import socket

server = socket.socket()
server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
server.bind(("127.0.0.1", 0))
server.listen()
print(server.getsockname()[1], flush=True)

while True:
    client, address = server.accept()
    with client:
        while True:
            data = client.recv(1024)
            if not data:
                break
            client.sendall(data.upper())
