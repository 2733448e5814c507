"""Made-up people for tests: identity numbers with the right check digit, and phone numbers."""

from __future__ import annotations

from datetime import date

# GB 11643-1999: weights of the first 17 digits, and the check character for each remainder by 11. Written
# out here, so that the tests do not check python-stdnum with itself.
_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CHECK = "10X98765432"


def resident_id(birth: date, sex: str, seq: int = 1, area: str = "360722") -> str:
    """An identity number of someone born on `birth`; `seq` (0–498) tells apart those born the same day."""
    order = 2 * seq + (1 if sex == "male" else 0)
    body = f"{area}{birth:%Y%m%d}{order:03d}"
    return body + _CHECK[sum(weight * int(digit) for weight, digit in zip(_WEIGHTS, body, strict=True)) % 11]


def phone(n: int) -> str:
    """The `n`th made-up mobile number (0 ≤ n < 10,000,000): 1380 0… upwards, 11 digits."""
    return f"1380{n:07d}"
