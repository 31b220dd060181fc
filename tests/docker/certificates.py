"""Certificates for Docker over TLS, made with openssl: an authority, and what it signs."""

import pathlib
import subprocess

from tests.needs import need_program


class Authority:
    """Signs certificates.

    Args:
        folder: Where its own lie; ca.pem is what others must know.
    """

    def __init__(self, folder: pathlib.Path) -> None:
        need_program("openssl")
        folder.mkdir(parents=True)
        self._folder = folder
        self._run("req -x509 -newkey ed25519 -nodes -keyout ca-key.pem -out ca.pem -subj /CN=ca")

    @property
    def ca(self) -> bytes:
        """Its own certificate."""
        return (self._folder / "ca.pem").read_bytes()

    def make(self, folder: pathlib.Path, address: str, *, days: int = 2) -> None:
        """Put ca.pem, cert.pem and key.pem into `folder`, anew each time.

        Args:
            address: The IP address that the certificate is for.
            days: How long from now it is good; -1 has passed.
        """
        folder.mkdir(exist_ok=True)
        (self._folder / "name").write_text(f"subjectAltName=IP:{address}")
        self._run(f"req -newkey ed25519 -nodes -keyout {folder}/key.pem -out wish -subj /CN=x")
        self._run(
            "x509 -req -in wish -CA ca.pem -CAkey ca-key.pem -CAcreateserial -extfile name "
            f"-out {folder}/cert.pem -days {days}"
        )
        (folder / "ca.pem").write_bytes(self.ca)

    def _run(self, words: str) -> None:
        command = ["openssl", *words.split()]
        subprocess.run(command, cwd=self._folder, check=True, capture_output=True, timeout=30)
