"""Programs and libraries of Windows (PE files): their signature's digest, and what they import.

Layout: "PE Format" and "Windows Authenticode Portable Executable Signature Format" of Microsoft.
"""

import hashlib
import struct
from typing import NamedTuple

_SHA256 = bytes.fromhex("608648016503040201")  # the object identifier 2.16.840.1.101.3.4.2.1


class NotSigned(Exception):
    """The file has no signature, or one of another kind; the text says which."""


class _Head(NamedTuple):
    checksum: int  # where in the file each of these stands
    directories: int
    certificates: int
    sections: int
    section_count: int


def signed_digest(data: bytes) -> str:
    """Return the digest of the file as its signature covers it.

    Raises:
        NotSigned: There is no signature, or it is for other contents.
    """
    digest, signature = _digest(data), _signature(data)
    if not signature:
        raise NotSigned("it is not signed")
    # SpcIndirectDataContent ends with the digest: its algorithm, and 32 bytes (04 20).
    if _SHA256 + b"\x05\x00\x04\x20" + digest not in signature:
        raise NotSigned("its signature is for other contents")
    return digest.hex()


def imports(data: bytes) -> frozenset[str]:
    """Return the names of the libraries it needs to be loaded, in lower case."""
    head = _head(data)
    address, size = struct.unpack_from("<II", data, head.directories + 8)
    if not address or not size:
        return frozenset()
    names, at = set(), _offset(data, head, address)
    while any(entry := struct.unpack_from("<5I", data, at)):
        start = _offset(data, head, entry[3])
        names.add(data[start : data.index(b"\0", start)].decode("ascii").lower())
        at += 20
    return frozenset(names)


def _head(data: bytes) -> _Head:
    if data[:2] != b"MZ":
        raise NotSigned("it is no program of Windows")
    start = struct.unpack_from("<I", data, 0x3C)[0]
    if data[start : start + 4] != b"PE\0\0":
        raise NotSigned("it is no program of Windows")
    count, option_size = struct.unpack_from("<2xH12xH", data, start + 4)
    options = start + 24
    wide = struct.unpack_from("<H", data, options)[0] == 0x20B
    directories = options + (112 if wide else 96)
    return _Head(options + 64, directories, directories + 4 * 8, options + option_size, count)


def _offset(data: bytes, head: _Head, address: int) -> int:
    """Return where in the file a loaded address is."""
    for number in range(head.section_count):
        at = head.sections + 40 * number
        size, start, _, begin = struct.unpack_from("<IIII", data, at + 8)
        if start <= address < start + max(size, 1):
            return int(address - start + begin)
    raise ValueError(f"no section has the address {address:#x}")


def _digest(data: bytes) -> bytes:
    """Return the SHA-256 over all but the checksum, the pointer to the signature, and itself."""
    head = _head(data)
    begin = struct.unpack_from("<I", data, head.certificates)[0] or len(data)
    total = hashlib.sha256(data[: head.checksum])
    total.update(data[head.checksum + 4 : head.certificates])
    total.update(data[head.certificates + 8 : begin])
    return total.digest()


def _signature(data: bytes) -> bytes:
    begin, size = struct.unpack_from("<II", data, _head(data).certificates)
    return data[begin : begin + size]
