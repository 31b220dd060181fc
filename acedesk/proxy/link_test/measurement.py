"""What a piece of media consists of: codecs, size of pictures, bit rate. No clock is read."""

from typing import Final

from acedesk.mpegts.columns import clocks
from acedesk.mpegts.packets import PACKET, PCR_HZ, PCR_WRAP, pid_of, realign
from acedesk.mpegts.psi import Elementary
from acedesk.mpegts.scan import Scanner
from acedesk.mpegts.video.parameter_sets import PictureSize
from acedesk.mpegts.video.picture_size import PictureSizeFinder

# Less of the stream's own time tells no rate: pictures differ in size.
SHORTEST_RATE: Final = 1.0
# A larger step between two clock references is a jump, no time that passed.
JUMP: Final = 10 * PCR_HZ


class MediaMeasurement:
    """Takes media as it comes.

    Attributes:
        received_bytes: All bytes so far.
    """

    def __init__(self) -> None:
        self.received_bytes = 0
        self._rest = b""
        self._scanner = Scanner()
        self._video: Elementary | None = None
        self._finder: PictureSizeFinder | None = None
        self._pcr: int | None = None
        self._ticks = 0  # between the first and the last clock reference
        self._counted = 0  # bytes between them
        self._since_pcr = 0

    @property
    def codecs(self) -> str:
        """As "H.264 · AAC", as far as the stream told, "" before."""
        program = self._scanner.program
        return program.codecs if program is not None else ""

    @property
    def size(self) -> PictureSize | None:
        """Of the pictures, None while it is not known."""
        return self._finder.size if self._finder is not None else None

    @property
    def has_picture(self) -> bool:
        """The tables tell of a video."""
        return self._video is not None

    @property
    def seconds(self) -> float:
        """How much of the stream's own time was received."""
        return self._ticks / PCR_HZ

    @property
    def bit_rate(self) -> float | None:
        """What the stream needs, bit/s by its own clock; None while it is too early."""
        return 8 * self._counted / self.seconds if self.seconds >= SHORTEST_RATE else None

    def push(self, data: bytes) -> None:
        """Take the next bytes."""
        self.received_bytes += len(data)
        packets, self._rest, _ = realign(self._rest + data)
        if not packets:
            return
        self._scanner.scan(packets, 0, len(packets))
        self._count(packets)
        self._find_size(packets)

    def _count(self, packets: bytes) -> None:
        program = self._scanner.program
        before = 0
        if program is not None:
            for at, _, pcr in clocks(packets, 0, len(packets), program.pcr_pid):
                step = (pcr - self._pcr) % PCR_WRAP if self._pcr is not None else None
                if step is not None and step <= JUMP:
                    self._ticks += step
                    self._counted += self._since_pcr + at - before
                self._pcr, self._since_pcr, before = pcr, 0, at
        self._since_pcr += len(packets) - before

    def _find_size(self, packets: bytes) -> None:
        program = self._scanner.program
        video = program.video if program is not None else None
        if video != self._video:
            self._video = video
            self._finder = PictureSizeFinder(video.stream_type) if video is not None else None
        if video is None or self._finder is None:
            return
        for at in range(0, len(packets), PACKET):
            if self._finder.size is not None:
                return
            if pid_of(packets, at) == video.pid:
                self._finder.push(packets[at : at + PACKET])
