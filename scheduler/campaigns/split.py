"""Which contact gets which variant: the same answer each time it is asked, on any machine. Pure."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

_RANGE = 1 << 64


def place_of(campaign: str, contact_id: str) -> float:
    """Where a contact stands between 0 and 1, evenly spread and another in each campaign."""
    digest = hashlib.blake2b(f"{campaign}|{contact_id}".encode(), digest_size=8).digest()
    return int.from_bytes(digest) / _RANGE


def variant_of(campaign: str, contact_id: str, letters: Sequence[str], *, share: int = 100) -> str:
    """The contact's variant; "" for those who are not among the `share` per cent that try them."""
    if not letters:
        return ""
    place = place_of(campaign, contact_id)
    if place >= share / 100:
        return ""
    return letters[min(len(letters) - 1, int(place / (share / 100) * len(letters)))]
