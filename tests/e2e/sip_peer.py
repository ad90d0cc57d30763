"""A SIP endpoint made of one socket: sends what a test writes, parses what comes."""

import itertools
import socket

_numbers = itertools.count(1)


class Message:
    """A received message: start line and headers as written."""

    def __init__(self, text):
        head, _, self.body = text.partition("\r\n\r\n")
        self.start_line, *lines = head.split("\r\n")
        self.headers = [tuple(part.strip() for part in line.split(":", 1)) for line in lines]

    def all(self, name):
        return [value for key, value in self.headers if key.lower() == name.lower()]

    def first(self, name):
        return next(iter(self.all(name)), None)

    @property
    def status(self):
        return int(self.start_line.split()[1]) if self.start_line.startswith("SIP/2.0") else None

    @property
    def method(self):
        return None if self.status else self.start_line.split()[0]


class Peer:
    """One endpoint at `address`; `edge` is where its requests go."""

    def __init__(
        self, address, edge, transport="udp", user="someone", domain="two-sites.example", port=0
    ):
        self.edge, self.transport, self.user, self.domain = edge, transport, user, domain
        kind = socket.SOCK_DGRAM if transport == "udp" else socket.SOCK_STREAM
        self.socket = socket.socket(socket.AF_INET, kind)
        self.socket.bind((address, port))
        if transport == "tcp":
            self.socket.connect(edge)
        self.address = self.socket.getsockname()
        self.buffer = ""

    def close(self):
        self.socket.close()

    @property
    def contact(self):
        suffix = ";transport=tcp" if self.transport == "tcp" else ""
        return f"<sip:{self.user}@{self.address[0]}:{self.address[1]}{suffix}>"

    def send(self, text, to=None):
        if self.transport == "udp":
            self.socket.sendto(text.encode(), to or self.edge)
        else:
            self.socket.sendall(text.encode())

    def request(self, method, uri, **fields):
        """Sends a request and returns its fields, for requests that follow in the same dialog."""
        number = next(_numbers)
        known = {
            "branch": f"z9hG4bK-test-{number}",
            "from": f"<sip:{self.user}@{self.domain}>;tag=tag{number}",
            "to": f"<{uri}>",
            "call_id": f"call-{number}@test",
            "cseq": "1",
            "max_forwards": "70",
            "lines": [],
            **fields,
        }
        host, port = self.address
        lines = [
            f"{method} {uri} SIP/2.0",
            f"Via: SIP/2.0/{self.transport.upper()} {host}:{port};rport;branch={known['branch']}",
            f"Max-Forwards: {known['max_forwards']}",
            f"From: {known['from']}",
            f"To: {known['to']}",
            f"Call-ID: {known['call_id']}",
            f"CSeq: {known['cseq']} {method}",
            f"Contact: {self.contact}",
            *known["lines"],
            "Content-Length: 0",
        ]
        self.send("\r\n".join(lines) + "\r\n\r\n")
        return known

    def answer(self, request, status, reason, *lines):
        tag = "" if ";tag=" in request.first("To") else ";tag=answerer"
        copied = [f"Via: {value}" for value in request.all("Via")]
        copied += [f"Record-Route: {value}" for value in request.all("Record-Route")]
        self.send(
            "\r\n".join(
                [
                    f"SIP/2.0 {status} {reason}",
                    *copied,
                    f"From: {request.first('From')}",
                    f"To: {request.first('To')}{tag}",
                    f"Call-ID: {request.first('Call-ID')}",
                    f"CSeq: {request.first('CSeq')}",
                    f"Contact: {self.contact}",
                    *lines,
                    "Content-Length: 0",
                ]
            )
            + "\r\n\r\n"
        )

    def receive(self, limit_s=3):
        """The next message; raises TimeoutError when none comes."""
        self.socket.settimeout(limit_s)
        while True:
            if self.transport == "udp":
                text = self.socket.recv(65536).decode(errors="replace")
                if text.strip("\r\n\0"):
                    return Message(text)
                continue
            head, end, rest = self.buffer.partition("\r\n\r\n")
            if end:
                message = Message(head + end)
                length = int(message.first("Content-Length") or 0)
                if len(rest) >= length:
                    message.body, self.buffer = rest[:length], rest[length:]
                    return message
            got = self.socket.recv(65536)
            if not got:
                raise TimeoutError("connection closed")
            self.buffer += got.decode(errors="replace")

    def expect(self, what, limit_s=3):
        """The next message that is `what`, a status or a method; provisional ones before it pass."""
        while True:
            message = self.receive(limit_s)
            if what in (message.status, message.method):
                return message
            if message.status is None or message.status >= 200:
                raise AssertionError(f"expected {what}, got {message.start_line}")

    def is_silent(self, for_s=0.3):
        """True when no message comes for that long."""
        try:
            self.receive(for_s)
        except (TimeoutError, socket.timeout):
            return True
        return False

    def register(self):
        self.request(
            "REGISTER",
            f"sip:{self.domain}",
            to=f"<sip:{self.user}@{self.domain}>",
            lines=["Expires: 300"],
        )
        return self.expect(200)
