"""Sections: the pieces that tables are sent in (ISO/IEC 13818-1, 2.4.4).

A section may begin anywhere in a packet, be longer than one packet, and share a packet with others.
"""

from typing import Final, NamedTuple

from acedesk.mpegts.packets import PACKET, SYNC, is_scrambled, payload_start

# Table ids; 0xFF is stuffing.
PAT: Final = 0x00
PMT: Final = 0x02
_STUFFING: Final = 0xFF
# Header of a section up to its length; of a table section, CRC included.
_HEAD: Final = 3
_LEAST: Final = 12
# Valid sections that are remembered by PID, so that their CRC is computed once only.
_MOST_KNOWN: Final = 16
# A section with a wrong CRC that comes the same so often is meant so: some write none. Players take
# it, too.
_MEANT: Final = 4


class Section(NamedTuple):
    """A valid section of a table that is in force now.

    Attributes:
        data: Its bytes, CRC included.
        alone: It begins and ends in one packet.
    """

    data: bytes
    alone: bool

    @property
    def key(self) -> tuple[int, int]:
        """Its table id, and of a PMT its programme, of a PAT its number in the list."""
        number = self.data[6] if self.data[0] == PAT else int.from_bytes(self.data[3:5], "big")
        return self.data[0], number


class SectionReader:
    """Puts together the sections of one PID.

    Attributes:
        after: Where in a block the rest of an unfinished section is looked for; kept by its user.
        counter: The continuity counter of the last packet, None before the first.
        before: The same as it was before the block; kept by its user.
    """

    __slots__ = (
        "_begun",
        "_buffer",
        "_known",
        "_newest",
        "_repeated",
        "_wrong",
        "after",
        "before",
        "counter",
    )

    def __init__(self) -> None:
        self.after = 0
        self.counter: int | None = None
        self.before: int | None = None
        self._buffer = b""
        self._begun = False  # the buffer holds bytes of packets before this one
        self._newest = b""
        # What the newest packet holds when it stands for itself, as most do.
        self._repeated: tuple[Section, ...] | None = None
        self._known: dict[bytes, bytes] = {}
        self._wrong: tuple[bytes, int] = (b"", 0)  # the last one with a wrong CRC, and how often

    @property
    def unfinished(self) -> bool:
        """A section has begun and goes on in the next packet."""
        return self._begun

    def push(self, packet: bytes) -> tuple[Section, ...]:
        """Take the PID's next packet; return the sections that end in it."""
        body = packet[4:]
        self.counter, before = packet[3] & 15, self.counter
        if body == self._newest and packet[3] & 0x10:
            if self._repeated is not None:
                return self._repeated
            if self.counter == before and not packet[1] & 0x40:
                return ()  # a packet may be sent twice
        if packet[1] & 0x80 or is_scrambled(packet, 0) or payload_start(packet, 0) >= PACKET:
            return ()
        self._newest, self._repeated = body, None
        payload = packet[payload_start(packet, 0) :]
        if not packet[1] & 0x40:
            return self._take(payload) if self._begun else ()
        rest, begun = payload[1 : 1 + payload[0]], self._begun
        found = self._take(rest) if begun else ()
        self._buffer, self._begun = b"", False
        found += self._take(payload[1 + payload[0] :])
        if not begun and not self._begun and (found or not self._wrong[1]):
            self._repeated = found
        return found

    def _take(self, data: bytes) -> tuple[Section, ...]:
        begun, data = self._begun, self._buffer + data
        found: list[Section] = []
        at = 0
        while at < len(data) and data[at] != _STUFFING:
            if at + _HEAD > len(data):
                break
            end = at + _HEAD + ((data[at + 1] & 0x0F) << 8 | data[at + 2])
            if end > len(data):
                break
            section = data[at:end]
            if self._is_valid(section):
                found.append(Section(section, not (begun and at == 0)))
            at = end
        self._buffer = data[at:] if data[at : at + 1] not in (b"", b"\xff") else b""
        self._begun = bool(self._buffer)
        return tuple(found)

    def _is_valid(self, section: bytes) -> bool:
        """Tell whether it belongs to a PAT or PMT, is whole, and is in force now."""
        if section[0] not in (PAT, PMT) or len(section) < _LEAST:
            return False
        if not section[1] & 0x80 or not section[5] & 1:
            return False
        key = section[:1] + section[3:5] + section[6:7]
        if self._known.get(key) == section:
            return True
        if crc32(section) != 0 and not self._is_meant(section):
            return False
        if len(self._known) >= _MOST_KNOWN:
            self._known.clear()
        self._known[key] = section
        return True

    def _is_meant(self, section: bytes) -> bool:
        """Count a section with a wrong CRC; tell whether it is believed."""
        last, times = self._wrong
        self._wrong = section, times + 1 if section == last else 1
        return not self._known and self._wrong[1] >= _MEANT


def packetize(pid: int, section: bytes, counter: int) -> bytes:
    """Return a section in packets of its own, the last one with this continuity counter."""
    data = b"\x00" + section
    room = PACKET - 4
    count = -(-len(data) // room)
    first = counter - count + 1
    return b"".join(
        bytes((SYNC, (0 if n else 0x40) | pid >> 8, pid & 0xFF, 0x10 | (first + n) & 15))
        + data[n * room : (n + 1) * room].ljust(room, b"\xff")
        for n in range(count)
    )


def crc32(data: bytes) -> int:
    """Return the MPEG-2 CRC of `data`; 0 over a section that carries its own CRC."""
    crc = 0xFFFFFFFF
    for byte in data:
        crc = (crc << 8 & 0xFFFFFFFF) ^ _CRC_TABLE[crc >> 24 ^ byte]
    return crc


def _crc_entry(value: int) -> int:
    value <<= 24
    for _ in range(8):
        value = value << 1 ^ (0x04C11DB7 if value & 0x80000000 else 0)
    return value & 0xFFFFFFFF


_CRC_TABLE: Final = tuple(_crc_entry(value) for value in range(256))
