"""The MPEG transport stream as pure functions over bytes (ISO/IEC 13818-1)."""
