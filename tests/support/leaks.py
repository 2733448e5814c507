"""Searches files for secrets, in every form a program may have written them."""

from __future__ import annotations

import json
from base64 import b64encode, urlsafe_b64encode
from collections.abc import Iterable, Iterator
from pathlib import Path
from urllib.parse import quote


def forms(secret: str) -> Iterator[tuple[str, bytes]]:
    """The forms a secret may be written in, each with a name."""
    plain = secret.encode()
    yield "UTF-8", plain
    yield "UTF-16LE", secret.encode("utf-16-le")
    yield "UTF-16BE", secret.encode("utf-16-be")
    yield "GB 18030", secret.encode("gb18030")
    if secret == secret.encode("big5", "ignore").decode("big5") and not secret.isascii():
        yield "Big5", secret.encode("big5")
    for name in ("utf-16-le", "utf-16-be", "gb18030"):
        yield f"{name} in hexadecimal", secret.encode(name).hex().encode()
    if (digits := secret.lstrip("+")).isascii() and digits.isdigit() and len(digits) >= 8:
        yield "backwards", digits[::-1].encode()
        pairs = digits + "F" * (len(digits) % 2)
        swapped = "".join(pairs[n + 1] + pairs[n] for n in range(0, len(pairs), 2))
        yield "as an SMS writes numbers, in hexadecimal", swapped.encode()
        yield "as an SMS writes numbers", bytes.fromhex(swapped)
        yield (
            "as a number",
            int(digits).to_bytes(8, "big").lstrip(b"\0")
            if int(digits) >> 56
            else int(digits).to_bytes(8, "big"),
        )
    yield "hexadecimal", plain.hex().encode()
    yield "HEXADECIMAL", plain.hex().upper().encode()
    escaped = "".join(f"\\u{ord(character):04x}" for character in secret)
    yield "JSON, all escaped", escaped.encode()
    yield "JSON, ALL ESCAPED", escaped.upper().replace("\\U", "\\u").encode()
    yield "JSON", json.dumps(secret)[1:-1].encode()
    yield "URL", quote(secret, safe="").encode()
    for offset in range(3):
        # only the characters that no neighbouring byte has a bit in
        start, end = -(-offset * 8 // 6), (offset + len(plain)) * 8 // 6
        yield f"base64 at {offset}", b64encode(b"\0" * offset + plain + b"\0\0\0")[start:end]
        yield f"base64url at {offset}", urlsafe_b64encode(b"\0" * offset + plain + b"\0\0\0")[start:end]


def files_below(paths: Iterable[Path]) -> list[Path]:
    """The files at these paths; folders with everything in them."""
    found: list[Path] = []
    for path in paths:
        found += [p for p in path.rglob("*") if p.is_file()] if path.is_dir() else [path]
    return found


def leaks_in(content: bytes, secrets: Iterable[str]) -> list[str]:
    """What of the secrets stands in the content, and how."""
    found = []
    for secret in secrets:
        assert len(secret.encode()) >= 6, f"{secret!r} is too short to be told from chance"
        found += [f"{secret} as {name}" for name, form in forms(secret) if form in content]
    return found


def _content(file: Path) -> bytes:
    """Nothing of one that a running server has taken away since."""
    try:
        return file.read_bytes()
    except FileNotFoundError:
        return b""


def assert_nothing_leaks(paths: Iterable[Path], secrets: Iterable[str]) -> None:
    """None of the secrets stands in any of these files (folders: in all files below)."""
    secrets = list(secrets)
    assert secrets, "nothing to search for"
    files = files_below(paths)
    assert any(file.stat().st_size for file in files if file.exists()), "nothing to search in"
    found = [f"{file}: {leak}" for file in files for leak in leaks_in(_content(file), secrets)]
    assert not found, "\n".join(found)
