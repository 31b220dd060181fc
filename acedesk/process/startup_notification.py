"""What a desktop gives a launch (a token, an id), and how it learns that the launch has ended.

A launcher shows a busy pointer until a window of ours says that it belongs to the launch. Who hands
a launch over to another AceDesk, starts without a window, or fails, has none: then the end is told
here, with the X protocol of the Startup Notification Specification. Wayland has no such message;
there the token itself ends the launch when a window is activated with it.
"""

import ctypes
import struct
from collections.abc import Mapping, MutableMapping
from typing import Any, Final

VARIABLES: Final = ("XDG_ACTIVATION_TOKEN", "DESKTOP_STARTUP_ID")
# Longer ones are none: compositors give some 40 characters, X launchers up to 200.
LONGEST: Final = 1000

_CLIENT_MESSAGE: Final = 33
_INPUT_ONLY: Final = 2
_PROPERTY_CHANGE: Final = 1 << 22


def find_token(environ: Mapping[str, str]) -> str:
    """Return what our launch was given to show a window with, "" for nothing."""
    for name in VARIABLES:
        token = environ.get(name, "")
        if is_token(token):
            return token
    return ""


def is_token(text: str) -> bool:
    """Tell whether `text` can be a token or a startup id."""
    return 0 < len(text) <= LONGEST and text.isprintable()


def offer(token: str, environ: MutableMapping[str, str]) -> None:
    """Let the next window of ours that is activated use this token; "" takes an unused one back.

    Qt looks for it in the environment and removes it there.
    """
    if token:
        environ["XDG_ACTIVATION_TOKEN"] = token
    else:
        environ.pop("XDG_ACTIVATION_TOKEN", None)


def complete(environ: Mapping[str, str]) -> bool:
    """Tell the launcher on our X screen that this launch has ended.

    Args:
        environ: That of the process as it was started: DESKTOP_STARTUP_ID and DISPLAY.

    Returns:
        True when it was told; False where there is no such launcher.
    """
    startup_id, screen = environ.get("DESKTOP_STARTUP_ID", ""), environ.get("DISPLAY", "")
    if not is_token(startup_id) or not screen:
        return False
    xcb = _load()
    if xcb is None:
        return False
    connection = xcb.xcb_connect(screen.encode(), None)
    try:
        if xcb.xcb_connection_has_error(connection):
            return False
        _send(xcb, connection, removal(startup_id))
    finally:
        xcb.xcb_disconnect(connection)
    return True


def removal(startup_id: str) -> bytes:
    """Return the message that ends the launch, with its closing zero."""
    quoted = startup_id.replace("\\", "\\\\").replace('"', '\\"')
    return f'remove: ID="{quoted}"'.encode() + b"\0"


class _Cookie(ctypes.Structure):
    _fields_ = (("sequence", ctypes.c_uint),)


class _AtomReply(ctypes.Structure):
    _fields_ = (("head", ctypes.c_uint32 * 2), ("atom", ctypes.c_uint32))


class _Screens(ctypes.Structure):
    # The first field of a screen is its root window.
    _fields_ = (
        ("root", ctypes.POINTER(ctypes.c_uint32)),
        ("rem", ctypes.c_int),
        ("index", ctypes.c_int),
    )


def _load() -> Any:
    """Return the X library with the types of what is called here, None where it is missing."""
    try:
        xcb = ctypes.CDLL("libxcb.so.1")
    except OSError:
        return None
    pointer, u32, u16, u8 = ctypes.c_void_p, ctypes.c_uint32, ctypes.c_uint16, ctypes.c_uint8
    types: dict[str, tuple[Any, tuple[Any, ...]]] = {
        "xcb_connect": (pointer, (ctypes.c_char_p, pointer)),
        "xcb_connection_has_error": (ctypes.c_int, (pointer,)),
        "xcb_disconnect": (None, (pointer,)),
        "xcb_flush": (ctypes.c_int, (pointer,)),
        "xcb_generate_id": (u32, (pointer,)),
        "xcb_get_setup": (pointer, (pointer,)),
        "xcb_setup_roots_iterator": (_Screens, (pointer,)),
        "xcb_intern_atom": (_Cookie, (pointer, u8, u16, ctypes.c_char_p)),
        "xcb_intern_atom_reply": (ctypes.POINTER(_AtomReply), (pointer, _Cookie, pointer)),
        "xcb_create_window": (
            _Cookie,
            (pointer, u8, u32, u32, u16, u16, u16, u16, u16, u16, u32, u32, pointer),
        ),
        "xcb_send_event": (_Cookie, (pointer, u8, u32, u32, ctypes.c_char_p)),
    }
    for name, (result, arguments) in types.items():
        getattr(xcb, name).restype = result
        getattr(xcb, name).argtypes = arguments
    return xcb


def _send(xcb: Any, connection: int, message: bytes) -> None:
    """Send the message to everybody who watches the root window, 20 bytes at a time."""
    root = xcb.xcb_setup_roots_iterator(xcb.xcb_get_setup(connection)).root[0]
    window = xcb.xcb_generate_id(connection)
    xcb.xcb_create_window(connection, 0, window, root, 0, 0, 1, 1, 0, _INPUT_ONLY, 0, 0, None)
    kind = _atom(xcb, connection, b"_NET_STARTUP_INFO_BEGIN")
    for start in range(0, len(message), 20):
        part = message[start : start + 20].ljust(20, b"\0")
        event = struct.pack("=BBHII20s", _CLIENT_MESSAGE, 8, 0, window, kind, part)
        xcb.xcb_send_event(connection, 0, root, _PROPERTY_CHANGE, event)
        kind = _atom(xcb, connection, b"_NET_STARTUP_INFO")
    xcb.xcb_flush(connection)


def _atom(xcb: Any, connection: int, name: bytes) -> int:
    cookie = xcb.xcb_intern_atom(connection, 0, len(name), name)
    reply = xcb.xcb_intern_atom_reply(connection, cookie, None)
    return int(reply.contents.atom) if reply else 0
