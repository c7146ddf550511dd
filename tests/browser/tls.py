"""A proxy that speaks https with the browser and http with the product, and may or may not say so."""

from __future__ import annotations

import ipaddress
import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

HOST = "127.0.0.1"


@contextmanager
def over_https(address: str, folder: Path, *, told: bool) -> Iterator[str]:
    """The https address of what is served at `address`; `told` adds X-Forwarded-Proto to every request."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(_certificate(folder))
    target = (HOST, int(address.rpartition(":")[2]))
    with socket.create_server((HOST, 0)) as listener:
        threading.Thread(target=_accept, args=(listener, context, target, told), daemon=True).start()
        yield f"https://{HOST}:{listener.getsockname()[1]}"
        listener.shutdown(socket.SHUT_RDWR)


def _certificate(folder: Path) -> Path:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "Daybook's tests")])
    now = datetime.now(UTC)
    names = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address(HOST))])
    made = x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
    dated = made.not_valid_before(now - timedelta(hours=1)).not_valid_after(now + timedelta(days=1))
    signed = dated.add_extension(names, critical=False).sign(key, hashes.SHA256())
    pem, plain = serialization.Encoding.PEM, serialization.NoEncryption()
    file = folder / "certificate.pem"
    file.write_bytes(key.private_bytes(pem, serialization.PrivateFormat.PKCS8, plain) + signed.public_bytes(pem))
    return file


def _accept(listener: socket.socket, context: ssl.SSLContext, target: tuple[str, int], told: bool) -> None:
    while True:
        try:
            plain, _ = listener.accept()
        except OSError:  # the block is over
            return
        threading.Thread(target=_serve, args=(plain, context, target, told), daemon=True).start()


def _serve(plain: socket.socket, context: ssl.SSLContext, target: tuple[str, int], told: bool) -> None:
    with (
        suppress(OSError),
        context.wrap_socket(plain, server_side=True) as near,
        socket.create_connection(target) as far,
    ):
        threading.Thread(target=_copy, args=(far, near, False), daemon=True).start()
        _copy(near, far, told)


def _copy(source: socket.socket, sink: socket.socket, told: bool) -> None:
    with suppress(OSError):
        while chunk := source.recv(65_536):
            sink.sendall(chunk.replace(b"\r\nHost:", b"\r\nX-Forwarded-Proto: https\r\nHost:", 1) if told else chunk)
    with suppress(OSError):
        sink.shutdown(socket.SHUT_RDWR)
