"""Change bytes as lines, disks and other people do."""

import random


def mutated(dice: random.Random, data: bytes, *, most: int = 6) -> bytes:
    """Return `data` with a few bytes changed, lost, doubled or moved."""
    out = bytearray(data)
    for _ in range(dice.randint(0, most)):
        at = dice.randrange(len(out) + 1)
        size = dice.choice((1, 1, 2, 4, 20, 188))
        match dice.randrange(6):
            case 0:
                out[at : at + 1] = bytes((dice.randrange(256),))
            case 1:
                del out[at : at + size]
            case 2:
                out[at:at] = out[at : at + size]
            case 3:
                out[at:at] = dice.randbytes(size)
            case 4:
                out[at : at + size] = dice.choice((b"\x47", b"\x00", b"\xff")) * size
            case _:
                out[at : at + 1] = bytes((out[at] ^ 1 << dice.randrange(8),)) if out[at:] else b""
    return bytes(out)


def pieces(dice: random.Random, data: bytes) -> list[bytes]:
    """Cut `data` anywhere."""
    cuts = sorted(dice.randrange(len(data) + 1) for _ in range(dice.randint(0, 5)))
    ends = [*cuts, len(data)]
    return [data[a:b] for a, b in zip([0, *cuts], ends, strict=True)]
