"""Five SIP servers in one thread: they register phones, or fail in the way a test asks for.

Each has an address of the laboratory and port 5060 over UDP and TCP. All know the same bindings, as
servers with a shared location table do (a removal sent to one removes it for all), and each writes
down what it was sent and when.
"""

import enum
import hashlib
import itertools
import queue
import re
import selectors
import socket
import struct
import threading
import time
from dataclasses import dataclass

from lab import SERVERS
from processes import wait_until
from sip_peer import Message

PORT = 5060
PASSWORD, REALM, NONCE, MIN_EXPIRES_S = "secret", "lab", "0123456789abcdef", 7200
# A head that does not end within this is nobody's phone; the connection is closed.
MAX_STREAM = 65536
REASONS = {
    200: "OK",
    401: "Unauthorized",
    405: "Method Not Allowed",
    423: "Interval Too Brief",
    500: "Late",
    503: "Service Unavailable",
}
_numbers = itertools.count(1)


class Mode(enum.Enum):
    OK = "answers"
    UNAVAILABLE = "answers 503"
    SILENT = "reads and says nothing"
    CHALLENGING = "wants a password (RFC 3261 22)"
    BRIEF = "finds the lifetime too short (RFC 3261 10.2.8)"


@dataclass(frozen=True)
class Register:
    """One REGISTER as a server saw it; `status` is its answer, None when it kept silent."""

    server: str
    at: float
    transport: str
    user: str
    contact: str
    call_id: str
    cseq: int
    status: int | None
    is_removal: bool = False  # Expires 0 (RFC 3261 10.2.2)


class Server:
    """One of the five. Everything but the constructor runs in the registrar's thread."""

    def __init__(self, registrar, name, address):
        self.registrar, self.name, self.address = registrar, name, address
        self.mode, self.retry_after = Mode.OK, None
        self.udp = self.listener = None
        self.streams = {}  # connection -> bytes not used yet

    def open(self):
        if self.udp:
            return
        self.udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.udp.bind((self.address, PORT))
        self.listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        self.listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.listener.bind((self.address, PORT))
        self.listener.listen(64)
        for ours in (self.udp, self.listener):
            ours.setblocking(False)
        watch = self.registrar.selector.register
        watch(self.udp, selectors.EVENT_READ, self.read_datagram)
        watch(self.listener, selectors.EVENT_READ, self.accept)

    def close(self, ending):
        """Ports closed and connections ended by "FIN" or "RST", as when a process dies."""
        for ours in (self.udp, self.listener):
            if ours:
                self.registrar.selector.unregister(ours)
                ours.close()
        self.udp = self.listener = None
        self.close_streams(ending)

    def close_streams(self, ending):
        for connection in list(self.streams):
            if ending == "RST":
                # Lingering for no time makes the kernel send RST instead of FIN.
                linger = struct.pack("ii", 1, 0)
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
            self.forget(connection)

    def forget(self, connection):
        self.registrar.selector.unregister(connection)
        del self.streams[connection]
        connection.close()

    def accept(self):
        try:
            connection, _ = self.listener.accept()
        except OSError:
            return  # gone again before we looked
        connection.setblocking(False)
        self.streams[connection] = b""
        self.registrar.selector.register(
            connection, selectors.EVENT_READ, lambda: self.read_stream(connection)
        )

    def read_datagram(self):
        try:
            data, source = self.udp.recvfrom(65536)
        except OSError:
            return  # ICMP news of an answer nobody waits for any more
        if data.strip(b"\r\n\0"):
            self.received(data, "udp", source, lambda text: self.udp.sendto(text, source))

    def read_stream(self, connection):
        try:
            data = connection.recv(65536)
        except OSError:
            data = b""
        if not data or len(self.streams[connection]) > MAX_STREAM:
            self.forget(connection)
            return
        buffered = self.streams[connection] + data
        while buffered:
            if buffered.startswith(b"\r\n"):
                # RFC 5626 3.5.1: a double CRLF is a ping, one CRLF the pong.
                if buffered.startswith(b"\r\n\r\n") and self.mode is Mode.OK:
                    connection.send(b"\r\n")
                buffered = buffered[4:] if buffered.startswith(b"\r\n\r\n") else buffered[2:]
                continue
            head, end, rest = buffered.partition(b"\r\n\r\n")
            length = re.search(rb"^(?:content-length|l)[ \t]*:\s*(\d+)", head, re.I | re.M)
            size = int(length.group(1)) if length else 0
            if not end or len(rest) < size:
                break
            self.received(head + end + rest[:size], "tcp", connection.getpeername(), connection.send)
            buffered = rest[size:]
        self.streams[connection] = buffered

    def received(self, data, transport, source, send):
        message = Message(data.decode(errors="replace"))
        if message.status is not None:
            self.registrar.answered(message, self, source)
        elif message.method == "REGISTER":
            self.on_register(message, transport, send)
        elif message.method != "ACK":
            status = 200 if message.method in ("OPTIONS", "BYE") else 405
            self.registrar.count(self.name, message.method)
            self.answer(message, status, send)

    def on_register(self, request, transport, send):
        granted = self.registrar.grant_s
        contact = request.first("Contact") or ""
        asked = re.search(r";expires=(\d+)", contact) or re.search(r"(\d+)", request.first("Expires") or "")
        is_removal = asked is not None and int(asked.group(1)) == 0
        if is_removal:
            granted = 0
        user = re.search(r"sips?:([^@>;]+)@", request.first("To") or "")
        call_id = request.first("Call-ID") or ""
        cseq = int((request.first("CSeq") or "0").split()[0])
        # RFC 3261 10.3, step 7: what comes late changes nothing.
        wished = 500 if cseq < self.registrar.last_cseq.get(call_id, 0) else 200
        entry = Register(
            server=self.name,
            at=time.monotonic(),
            transport=transport,
            user=user.group(1) if user else "",
            contact=contact,
            call_id=call_id,
            cseq=cseq,
            status=self.status_instead_of(wished, request),
            is_removal=is_removal,
        )
        # Written down first: who has read the answer may look at once.
        self.registrar.registered(entry, send)
        self.answer(request, wished, send, f"Contact: {with_expires(contact, granted)}")

    def status_instead_of(self, status, request):
        """What this server answers where a healthy one says `status`; None is silence."""
        if self.mode is Mode.SILENT:
            return None
        if self.mode is Mode.UNAVAILABLE and request.method != "OPTIONS":
            return 503
        if self.mode is Mode.CHALLENGING and request.method == "REGISTER":
            return status if knows_password(request) else 401
        if self.mode is Mode.BRIEF and request.method == "REGISTER":
            asked = re.search(r";expires=(\d+)", request.first("Contact") or "")
            return status if asked and int(asked.group(1)) >= MIN_EXPIRES_S else 423
        return status

    def answer(self, request, wished, send, *lines):
        status = self.status_instead_of(wished, request)
        if status is None:
            return
        if status != wished:
            lines = self.lines_of(status)
        head = [f"SIP/2.0 {status} {REASONS[status]}"]
        head += [f"Via: {value}" for value in request.all("Via")]
        head += [f"From: {request.first('From')}", f"To: {request.first('To')};tag={self.name}"]
        head += [f"Call-ID: {request.first('Call-ID')}", f"CSeq: {request.first('CSeq')}"]
        send_quietly(send, "\r\n".join([*head, *lines, "Content-Length: 0", "", ""]))


    def lines_of(self, status):
        """The header fields that belong to a refusal."""
        if status == 401:
            return [f'WWW-Authenticate: Digest realm="{REALM}", nonce="{NONCE}", algorithm=MD5']
        if status == 423:
            return [f"Min-Expires: {MIN_EXPIRES_S}"]
        return [f"Retry-After: {self.retry_after}"] if self.retry_after is not None else []


def knows_password(request):
    """RFC 2617 3.2.2.1 without qop."""
    given = dict(re.findall(r'(\w+)="([^"]*)"', request.first("Authorization") or ""))
    if not {"username", "uri", "response"} <= set(given):
        return False
    digest = [f"{given['username']}:{REALM}:{PASSWORD}", f"{request.method}:{given['uri']}"]
    first, second = (hashlib.md5(text.encode()).hexdigest() for text in digest)
    return given["response"] == hashlib.md5(f"{first}:{NONCE}:{second}".encode()).hexdigest()


def send_quietly(send, text):
    try:
        send(text.encode())
    except OSError:
        pass  # the phone has gone; it is the phone that is tested


def with_expires(contact, granted):
    """The Contact as the registrar grants it (RFC 3261 10.3 step 8)."""
    return re.sub(r";expires=\d+", "", contact) + f";expires={granted}"


class Registrar:
    """The five servers, what they saw, and calls to the phones they know."""

    def __init__(self, grant_s=3600):
        self.grant_s = grant_s
        self.registers = []  # in the order of arrival; appended by the thread, read by the test
        self.bindings = {}  # user -> (Register, how to send there, server)
        self.last_cseq = {}  # Call-ID -> CSeq of the last REGISTER that changed a binding
        self.counts = {}
        self.answers = []  # (status, CSeq method, Call-ID, To) of answers to our requests
        self.selector = selectors.DefaultSelector()
        self._jobs = queue.SimpleQueue()
        self._waker, self._woken = socket.socketpair()
        self.selector.register(self._woken, selectors.EVENT_READ, lambda: self._woken.recv(64))
        self.servers = {name: Server(self, name, address) for name, address in SERVERS.items()}
        for server in self.servers.values():
            server.open()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def _run(self):
        while True:
            for key, _ in self.selector.select():
                # An earlier event of this round may have closed the socket of a later one.
                if key.fd in self.selector.get_map():
                    key.data()
            while not self._jobs.empty():
                job, done = self._jobs.get()
                if job is None:
                    return
                job()
                done.set()

    def _in_thread(self, job):
        """Runs `job` in the thread of the servers; returns the moment before it began."""
        done = threading.Event()
        began = time.monotonic()
        self._jobs.put((job, done))
        self._waker.send(b".")
        done.wait()
        return began

    def close(self):
        self._jobs.put((None, None))
        self._waker.send(b".")
        self._thread.join()
        self._waker.close()
        self._woken.close()
        for server in self.servers.values():
            server.close("FIN")

    # --- called by the servers --------------------------------------------------------------------

    def registered(self, entry, send):
        self.registers.append(entry)
        if entry.status == 200:
            self.last_cseq[entry.call_id] = entry.cseq
        if entry.status == 200 and entry.is_removal:
            self.bindings.pop(entry.user, None)
        elif entry.status == 200:
            self.bindings[entry.user] = (entry, send, self.servers[entry.server])

    def count(self, server, method):
        self.counts[(server, method)] = self.counts.get((server, method), 0) + 1

    def answered(self, message, server, source):
        self.count(server.name, f"{message.status} from {source[0]}")
        self.answers.append(message)

    # --- faults; each returns the moment before it began ------------------------------------------

    def set_mode(self, mode, *names, retry_after=None):
        def change():
            for name in names:
                self.servers[name].mode = mode
                self.servers[name].retry_after = retry_after

        return self._in_thread(change)

    def kill(self, *names, ending="FIN"):
        """The process dies: UDP meets ICMP, TCP meets RST, open connections get `ending`."""
        return self._in_thread(lambda: [self.servers[name].close(ending) for name in names])

    def revive(self, *names):
        def change():
            for name in names:
                self.servers[name].mode, self.servers[name].retry_after = Mode.OK, None
                self.servers[name].open()

        return self._in_thread(change)

    # --- what a test waits for --------------------------------------------------------------------

    def sent_by(self, user):
        """Every REGISTER of `user`, however it was answered."""
        return [entry for entry in list(self.registers) if entry.user == user]

    def accepted(self, user, since=0.0, server=None):
        """The REGISTERs of `user` answered with 200 from a moment on, removals left out."""
        return [
            entry
            for entry in list(self.registers)
            if entry.user == user
            and entry.status == 200
            and not entry.is_removal
            and entry.at >= since
            and (server is None or entry.server == server)
        ]

    def wait_registered(self, user, since, limit_s, server=None):
        """The first REGISTER of `user` accepted since a moment, at any server or at that one."""
        where = f"{user} registers" + (f" at {server}" if server else "")
        found, _ = wait_until(lambda: self.accepted(user, since, server), limit_s, where)
        return found[0]

    # --- calls ------------------------------------------------------------------------------------

    def call(self, user, limit_s=4):
        """Calls the registered contact from the server it registered at: INVITE, 200, ACK, BYE, 200.

        Returns the name of that server; raises TimeoutError when the phone does not answer.
        """
        call = self.begin_call(user, limit_s)
        self.end_call(call, limit_s)
        return call.server.name

    def begin_call(self, user, limit_s=4):
        entry, send, server = self.bindings[user]
        call = Call(entry, send, server)
        self._in_thread(lambda: send_quietly(call.send, call.invite()))
        answer, _ = wait_until(lambda: self._final(call, "INVITE"), limit_s, f"{user} takes the call")
        if answer.status != 200:
            raise OSError(f"{user} answers the call with {answer.start_line}")
        call.to = answer.first("To")
        self._in_thread(lambda: send_quietly(call.send, call.request("ACK", 1)))
        return call

    def end_call(self, call, limit_s=4):
        self._in_thread(lambda: send_quietly(call.send, call.request("BYE", 2)))
        wait_until(lambda: self._final(call, "BYE"), limit_s, "the phone answers BYE")

    def _final(self, call, method):
        for answer in list(self.answers):
            about = (answer.first("Call-ID"), (answer.first("CSeq") or "").split()[-1])
            if answer.status >= 200 and about == (call.call_id, method):
                return answer
        return None


class Call:
    """One call towards a phone, over the way its REGISTER came."""

    def __init__(self, entry, send, server):
        self.send, self.server = send, server
        self.uri = re.search(r"<([^>]+)>", entry.contact).group(1)
        self.via = f"SIP/2.0/{entry.transport.upper()} {server.address}:{PORT};rport"
        self.contact = f"<sip:caller@{server.address}:{PORT};transport={entry.transport}>"
        self.number = next(_numbers)
        self.call_id = f"call-{self.number}@{server.address}"
        self.to = f"<{self.uri}>"

    def request(self, method, cseq, body="", *lines):
        return "\r\n".join(
            [
                f"{method} {self.uri} SIP/2.0",
                f"Via: {self.via};branch=z9hG4bK-lab-{self.number}-{cseq}-{method}",
                "Max-Forwards: 70",
                f"From: <sip:caller@{self.server.address}>;tag=caller{self.number}",
                f"To: {self.to}",
                f"Call-ID: {self.call_id}",
                f"CSeq: {cseq} {method}",
                f"Contact: {self.contact}",
                *lines,
                f"Content-Length: {len(body)}",
                "",
                body,
            ]
        )

    def invite(self):
        address = self.server.address
        offer = (
            f"v=0\r\no=- 1 1 IN IP4 {address}\r\ns=-\r\nc=IN IP4 {address}\r\nt=0 0\r\n"
            # RFC 863: port 9 discards whatever media arrives.
            "m=audio 9 RTP/AVP 0 8\r\na=rtpmap:0 PCMU/8000\r\na=rtpmap:8 PCMA/8000\r\n"
        )
        return self.request("INVITE", 1, offer, "Content-Type: application/sdp")
