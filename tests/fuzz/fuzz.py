#!/usr/bin/env python3
"""Throw mutated bytes at everything that reads what others wrote.

`--cases 1000000` is a few minutes on one core.

No case may raise anything but the errors the function promises, and what must hold of a result is
checked. A failure prints the input, so that it can become a test.
"""

import argparse
import json
import pathlib
import random
import sys
import time
import traceback
from collections.abc import Callable, Coroutine
from typing import TypeVar
from urllib.parse import urlsplit

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2]))

from acedesk.acestream_api import redirects, response_head
from acedesk.errors import AceDeskError
from acedesk.formats import engine_reply, gluetun_reply, http_head
from acedesk.mpegts import columns, keyframes, merge, packets, pes, psi, restamp, splice
from acedesk.mpegts.packets import PACKET
from acedesk.mpegts.scan import Scanner
from acedesk.proxy.buffer.chunk_framing import Framer
from tests import transport
from tests.fuzz import texts
from tests.fuzz.mutation import mutated, pieces

Result = TypeVar("Result")

BROADCAST = transport.broadcast(60, nulls=1)
OTHER = transport.broadcast(60, clock=900_000_000, counters=5)
JSON = (
    b'{"response": {"playback_url": "http://127.0.0.1:6878/ace/r/a/b", "stat_url": "http://x/y",'
    b' "command_url": "http://[::1]:1/c", "event_url": "", "infohash": "' + b"ab" * 20 + b'",'
    b' "playback_session_id": "s", "is_live": 1, "is_encrypted": 0}, "error": null}',
    b'{"response": {"status": "dl", "peers": 3, "speed_down": 120, "downloaded": 12345678901,'
    b' "livepos": {"live_first": "1", "live_last": 2, "pos": -1, "buffer_pieces": 1e400}},'
    b' "error": null}',
    b'{"result": {"version": {"version": "3.2.3", "code": 3020300, "platform": "linux"},'
    b' "playlist_loaded": false, "connected": true, "name": "\\ud800 a"}}',
    b'{"response": "{\\"name\\": \\"live_changed\\", \\"params\\": {\\"a\\": 1}}", "error": null}',
    b'{"error": {"code": 5, "message": "<b>no</b>"}, "extra_data": {"reason": "x"}}',
    b'{"public_ip": "1.2.3.4", "region": "x", "country": "y", "city": "z", "port": 4711,'
    b' "ports": [1, 2], "status": "running"}',
)
HEADS = (
    b"HTTP/1.1 200 OK\r\nContent-Type: video/mp2t\r\nTransfer-Encoding: chunked",
    b"HTTP/1.0 302 Found\r\nLocation: http://127.0.0.1:6878/x\r\nContent-Length: 12",
)
# What people who forge heads put into them, or before them.
INTERIM = (b"HTTP/1.1 100 Continue", b"HTTP/1.1 103 Early Hints\r\nLink: </x>", b"HTTP/1.1 102 x")
LINES = (
    b"\r\n folded: 1",
    b"\r\n\tfolded",
    b"\nBare: 1",
    b"\rX: 1",
    b"\r\nContent-Length: 5\r\nContent-Length: 6",
    b"\r\nContent-Length: -1",
    b"\r\nTransfer-Encoding: gzip, chunked",
    b"\r\nTransfer-Encoding : chunked",
    b"\r\nLocation: //other.example/x",
    b"\r\nLocation: /x",
    b"\r\n: no name",
    b"\r\nno colon",
    b"\x00",
)
WORDS = ("response", "error", "result", "version", "livepos", "params", "name", "port", "1", "")


def flow(dice: random.Random) -> bytes:
    """Return a piece of a transport stream, or what is none."""
    kind = dice.randrange(10)
    if kind == 0:
        return dice.randbytes(dice.randrange(2000))
    if kind == 1:
        return b"\x47" * dice.randrange(2000)
    source = dice.choice((BROADCAST, OTHER))
    begin = dice.randrange(len(source) // PACKET) * PACKET + dice.choice((0, 0, 0, 1, 77))
    return mutated(dice, source[begin : begin + PACKET * dice.randint(1, 16)])


def whole(dice: random.Random, most: int = 12) -> bytes:
    """Return whole packets with the sync byte and any content."""
    source = dice.choice((BROADCAST, OTHER))
    begin = dice.randrange(len(source) // PACKET) * PACKET
    out = bytearray(source[begin : begin + PACKET * dice.randint(1, most)])
    for _ in range(dice.randint(0, 8)):
        at = dice.randrange(len(out))
        out[at] = dice.randrange(256) if dice.random() < 0.5 else dice.choice((0, 255, 1, 0x47))
    if dice.random() < 0.05:
        out[:] = dice.randbytes(len(out))
    out[::PACKET] = b"\x47" * (len(out) // PACKET)
    return bytes(out)


def fuzz_framer(dice: random.Random) -> None:
    data = flow(dice)
    framer = Framer(dice.choice((500, 5000, 1 << 20)))
    scanner = Scanner()
    out = came = 0
    for piece in pieces(dice, data):
        if not piece:
            continue
        room = framer.space()
        count = min(len(room), len(piece))  # a slab's end now and then
        room[:count] = piece[:count]
        block = framer.push(count)
        came += count
        if block is None:
            continue
        slab, at, start, end = block
        assert (end - start) % PACKET == 0, "no whole packets"
        assert packets.is_aligned(slab.map, start, end), "not aligned"
        assert int(slab.map[at : start - 2], 16) == end - start, "wrong chunk size"
        out += end - start
        for entry in scanner.scan(slab.map, start, end).entries:
            assert 0 <= entry.at < end - start, "an entry outside"
    assert out + framer.dropped <= came, "more than came"
    assert came - out - framer.dropped < 4 * PACKET, "kept too much"


def fuzz_packets(dice: random.Random) -> None:
    data = whole(dice)
    size = len(data)
    scanner = Scanner()
    scanner.scan(BROADCAST[: 4 * PACKET], 0, 4 * PACKET)
    scan = scanner.scan(data, 0, size)
    assert scan.pcr is None or 0 <= scan.pcr < packets.PCR_WRAP + 512
    for at in range(0, size, PACKET):
        packet = data[at : at + PACKET]
        if len(packet) >= 12:
            psi.parse_pat(packet)
            psi.parse_pmt(packet)
        pes.pts_of(packet)
        keyframes.is_keyframe(data, at, dice.choice((1, 2, 0x1B, 0x24, 6)))
        assert 0 <= packets.payload_start(data, at) - at <= PACKET
    list(columns.clocks(data, 0, size))
    got, rest, dropped = packets.realign(data)
    assert len(got) + len(rest) + dropped == size, "realign lost count"


def table_packets(dice: random.Random) -> bytes:
    """Return packets of tables in any shape, with what an engine may do to them."""
    pids = (0, 0x20, 0x1000)
    rows: list[bytes] = []
    for pid in dice.choices(pids, k=dice.randint(1, 4)):
        sections = []
        for _ in range(dice.randint(1, 3)):
            if pid == 0:
                listed = tuple((dice.randrange(4), dice.choice(pids)) for _ in range(3))
                last = dice.randrange(2)
                section = transport.pat_section(listed, version=dice.randrange(3), last=last)
            else:
                streams = ((0x1B, 0x100, b"\x05\x04HEVC"),) * dice.randint(0, 60)
                section = transport.pmt_section(dice.randrange(4), 0x100, streams)
            sections.append(transport.with_crc(section))
        together = [dice.random() < 0.5 for _ in sections]
        rooms = [dice.randint(2, 184) for _ in range(20)]
        rows += transport.in_packets(pid, sections, together=together, rooms=rooms)
    out = bytearray(b"".join(rows))
    for _ in range(dice.choice((0, 0, 1, 3, 20))):
        out[dice.randrange(len(out))] = dice.choice((0, 255, dice.randrange(256)))
    out[::PACKET] = b"\x47" * (len(out) // PACKET)
    return bytes(out)


def fuzz_tables(dice: random.Random) -> None:
    data = table_packets(dice) + whole(dice, 4) + table_packets(dice)
    scanner, other = Scanner(), Scanner()
    size = len(data)
    cut = dice.randrange(size // PACKET + 1) * PACKET
    entries = [found.at for found in scanner.scan(data, 0, cut).entries]
    for entry in scanner.scan(data, cut, size).entries:
        assert entry.at >= -cut, "an entry before the beginning"
        entries.append(cut + entry.at)
    assert entries == sorted(entries), "entries out of order"
    tables = scanner.tables
    assert packets.is_aligned(tables, 0, len(tables)), "not aligned"
    other.scan(tables, 0, len(tables))
    if tables and len(tables) <= 4 * PACKET and scanner.program is not None:
        seen = other.program
        assert seen is None or seen.pcr_pid < 0x2000


def fuzz_pictures(dice: random.Random) -> None:
    units = (b"\x00\x00\x01" + dice.randbytes(dice.choice((1, 2, 40, 300))) for _ in range(4))
    pes = b"\x00\x00\x01\xe0\x00\x00\x80\x80" + dice.randbytes(dice.randint(0, 90))
    pes += b"".join(units)
    kind = dice.choice((1, 2, 0x10, 0x1B, 0x24, 0x33, 0x42, 0xEA, 0x106))
    picture = None
    for number, at in enumerate(range(0, len(pes), 184)):
        packet = transport.packet(0x100, number, pes[at : at + 184], start=at == 0)
        if picture is None:
            if keyframes.is_keyframe(packet, 0, kind) is not None:
                return
            picture = keyframes.UndecidedPicture(packet, kind, 0)
        elif picture.push(packet) is not None:
            return


def fuzz_restamp(dice: random.Random) -> None:
    data = whole(dice)
    change = restamp.Restamp(dice.randrange(1 << 33), {0x100: dice.randrange(1, 16), 0: 3})
    there = change.apply(data)
    assert len(there) == len(data), "another size"
    assert packets.is_aligned(there, 0, len(there)), "not aligned"
    restamper = restamp.Restamper(dice.randrange(-(1 << 33), 1 << 33), {0x100: 0x15, 0: 0x10})
    assert len(restamper.apply(data)) == len(data), "another size"


def fuzz_splice(dice: random.Random) -> None:
    tail = whole(dice, 40)
    splicer = splice.Splicer(
        tail,
        restamper=None,
        now=0.0,
        wait=dice.choice((0.0, 2.0)),
        limit=dice.choice((2000, 1 << 20)),
    )
    now = 0.0
    new = dice.choice((tail[-6 * PACKET :], b"")) + whole(dice, 40)
    for at in range(0, len(new), 5 * PACKET):
        now += dice.choice((0.0, 0.5, 13.0))
        found = splicer.push(new[at : at + 5 * PACKET], now)
        if found is not None:
            assert len(found.packets) % PACKET == 0, "no whole packets"
            assert packets.is_aligned(found.packets, 0, len(found.packets)), "not aligned"
            return
    splicer.push(b"", now + 60.0)


def fuzz_merge(dice: random.Random) -> None:
    tail = whole(dice, 20)
    merger = merge.Merger(tail, "a", window=200 * PACKET)
    for _ in range(4):
        out = merger.push(dice.choice("ab"), whole(dice, 12))
        assert len(out) % PACKET == 0, "no whole packets"


def odd_value(dice: random.Random, depth: int = 0) -> object:
    """Return any JSON value."""
    kind = dice.randrange(10 if depth < 3 else 8)
    if kind == 8:
        return [odd_value(dice, depth + 1) for _ in range(dice.randrange(3))]
    if kind == 9:
        return {dice.choice(WORDS): odd_value(dice, depth + 1) for _ in range(dice.randrange(4))}
    odd = (None, True, -1, 10**40, 1e308, float("nan"), "http://[", dice.choice(WORDS))
    return odd[kind] if dice.random() < 0.7 else "".join(dice.choices(texts.SIGNS, k=6))


def twisted(dice: random.Random, value: object) -> object:
    """Return a JSON value with some of its parts replaced by any other."""
    if dice.random() < 0.08:
        return odd_value(dice)
    if isinstance(value, dict):
        return {key: twisted(dice, entry) for key, entry in value.items() if dice.random() > 0.03}
    return value


def fuzz_replies(dice: random.Random) -> None:
    data = dice.choice(JSON)
    if dice.random() < 0.6:
        data = json.dumps(twisted(dice, json.loads(data))).encode()
    else:
        data = mutated(dice, data)
    match dice.randrange(9):
        case 0:
            session = engine_reply.parse_session(data, host="::1", port=6878, player_id="p")
            for url in (session.playback_url, session.stat_url, session.command_url):
                assert not url or url.startswith("http://[::1]:6878/"), "another engine"
        case 1:
            engine_reply.parse_stat(data)
        case 2:
            engine_reply.parse_version(data)
        case 3:
            engine_reply.parse_status(data)
        case 4:
            engine_reply.parse_media_name(data)
        case 5:
            assert len(engine_reply.refusal_text(data)) <= engine_reply.LONGEST_ERROR
        case 6:
            gluetun_reply.parse_public_ip(data)
        case 7:
            gluetun_reply.parse_forwarded_port(data)
        case _:
            gluetun_reply.parse_vpn_status(data)


def fuzz_heads(dice: random.Random) -> None:
    head = http_head.parse_head(mutated(dice, dice.choice(HEADS)))
    assert head.length is None or head.length >= 0
    assert 100 <= head.status < 600


def result_of(reading: Coroutine[object, None, Result]) -> Result:
    """Return what a coroutine returns that waits for nothing."""
    try:
        reading.send(None)
    except StopIteration as done:
        value: Result = done.value
        return value
    raise AssertionError("it waits")


def fuzz_answers(dice: random.Random) -> None:
    """A whole answer, in pieces: rows of interim heads, folds, bare line feeds, redirects."""
    rows = [dice.choice(INTERIM) for _ in range(dice.choices((0, 1, 3, 900), (20, 10, 10, 1))[0])]
    rows.append(dice.choice(HEADS))
    sent = b"".join(row + b"\r\n\r\n" for row in rows)
    whole_head = mutated(dice, sent) if dice.random() < 0.7 else sent
    for _ in range(dice.choice((0, 0, 1, 2))):
        at = whole_head.find(b"\r\n", dice.randrange(len(whole_head) + 1))
        if at >= 0:
            line = dice.choice(LINES)
            whole_head = whole_head[:at] + line + whole_head[at:]
    rest = iter([*filter(None, pieces(dice, whole_head + b"body")), b""])

    async def receive() -> bytes:
        return next(rest)

    head, behind = result_of(response_head.read_head(receive))
    assert not head.is_interim, "an interim answer is no answer"
    assert len(behind) <= len(whole_head) + 4, "more than came"
    follower = redirects.RedirectFollower("http://127.0.0.1:6878/x")
    for _ in range(redirects.MOST_REDIRECTS + 1):
        if not follower.follow(head):
            return
        assert urlsplit(follower.url).netloc == "127.0.0.1:6878", "another engine"
    raise AssertionError("it redirects without end")


def fuzz_chunks(dice: random.Random) -> None:
    plain = dice.randbytes(dice.randrange(300))
    framed = b"".join(b"%x\r\n%b\r\n" % (len(p), p) for p in pieces(dice, plain) if p)
    framed += b"0\r\n\r\n"
    intact = dice.random() < 0.3
    sent = framed if intact else mutated(dice, framed)
    body = http_head.ChunkedBody()
    got = b"".join(b"".join(body.feed(memoryview(p))) for p in pieces(dice, sent))
    assert len(got) <= len(sent), "more than came"
    assert not intact or (got == plain and body.ended), "another body"


# What, and how many cases in a thousand.
TARGETS: tuple[tuple[Callable[[random.Random], None], int], ...] = (
    (fuzz_framer, 180),
    (fuzz_packets, 40),
    (fuzz_tables, 30),
    (fuzz_pictures, 10),
    (fuzz_restamp, 40),
    (fuzz_splice, 40),
    (fuzz_merge, 20),
    (fuzz_replies, 220),
    (fuzz_heads, 60),
    (fuzz_answers, 50),
    (fuzz_chunks, 110),
    (texts.fuzz_links, 50),
    (texts.fuzz_find, 40),
    (texts.fuzz_words, 30),
    (texts.fuzz_lists, 20),
    (texts.fuzz_playlists, 20),
    (texts.fuzz_query, 40),
)


def main() -> int:
    """Run the cases; 1 when one failed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cases", type=int, default=1_000_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", default="", help="name of one target")
    parser.add_argument("--each", type=int, default=0, help="so many cases of each target instead")
    wanted = parser.parse_args()
    failed = total = 0
    for target, share in TARGETS:
        if wanted.only not in target.__name__:
            continue
        began, refused, bad, slowest = time.perf_counter(), 0, 0, 0.0
        cases = wanted.each or wanted.cases * share // 1000
        for number in range(cases):
            dice = random.Random(f"{wanted.seed}/{target.__name__}/{number}")
            before = time.perf_counter()
            try:
                target(dice)
            except AceDeskError:
                refused += 1
            except Exception:
                bad += 1
                if bad <= 5:
                    print(f"{target.__name__} case {number}:")
                    traceback.print_exc(limit=-6, file=sys.stdout)
            slowest = max(slowest, time.perf_counter() - before)
        took = time.perf_counter() - began
        print(
            f"{target.__name__:13} {cases:8} cases  {refused:7} refused  {bad:5} failed"
            f"  {took:6.1f} s  slowest {slowest * 1000:.1f} ms",
            flush=True,
        )
        failed, total = failed + bad, total + cases
    print(f"{total} cases, seed {wanted.seed}, {failed} failed")
    return int(failed > 0)


if __name__ == "__main__":
    sys.exit(main())
