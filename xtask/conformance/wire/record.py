"""Records what clients send: one file of bytes for each way of framing a request.

    python3 record.py openai-python-path.http 8081 &
    OPENAI_BASE_URL=http://127.0.0.1:8081/v1 python3 my_program.py

Takes one request on the port, answers it like the endpoint, and writes its bytes to the file. The
picture should be small: the recordings stay in the repository.
"""

import socket
import sys

ANSWER = b'{"created": 1, "data": [{"url": "http://127.0.0.1/files/0.png"}]}'
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\n"


def is_whole(request):
    head, found, body = request.partition(b"\r\n\r\n")
    if not found:
        return False
    for line in head.lower().split(b"\r\n"):
        if line.startswith(b"content-length:"):
            return len(body) >= int(line.split(b":")[1])
    return body.endswith(b"0\r\n\r\n")


def main():
    path, port = sys.argv[1], int(sys.argv[2])
    with socket.create_server(("127.0.0.1", port)) as server:
        connection, _ = server.accept()
    with connection:
        request = b""
        while not is_whole(request):
            request += connection.recv(65536)
            head, found, body = request.partition(b"\r\n\r\n")
            if found and not body and b"100-continue" in head:
                connection.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")
        length = f"Content-Length: {len(ANSWER)}\r\n\r\n".encode()
        connection.sendall(HEAD + length + ANSWER)
    with open(path, "wb") as file:
        file.write(request)


main()
