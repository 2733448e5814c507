"""What a PIN is known by: its keyed hash, with a salt so that equal PINs do not look alike. The key lies elsewhere."""

from __future__ import annotations

import hmac

from storage.crypto import Keyring


def pin_hash(keyring: Keyring, salt: str, pin: str) -> str:
    """What is kept of a PIN. `salt`: an id used for nothing else."""
    return f"{salt}:{keyring.blind('pin', f'{salt}|{pin}')}"


def is_pin(keyring: Keyring, kept: str, said: str) -> bool:
    """Whether `said` is the PIN that `kept` was made of."""
    salt = kept.partition(":")[0]
    return hmac.compare_digest(kept.encode(), pin_hash(keyring, salt, said).encode())
