"""From what Twilio or the line said to the port's errors; alone in knowing Twilio's codes.

One table for both ways a code comes: as the answer to a request, and later in a status call. Twilio says that causes
move between codes, so a code that isn't here is judged by the HTTP status alone.
source: Error and Warning Dictionary; List of Corresponding Twilio and WhatsApp Error Codes
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum, auto
from types import MappingProxyType

from channels.port import (
    BadAddress,
    NotSent,
    OptedOut,
    Rejected,
    SendError,
    Throttled,
    Uncertain,
    WindowClosed,
)

_DEFAULT_WAIT_S = 5.0
_MAX_WAIT_S = 3_600.0


class Meaning(Enum):
    """What a code means for us."""

    OPTED_OUT = auto()  # the person wants nothing more on this channel
    BAD_ADDRESS = auto()  # nobody can ever be reached there on this channel
    WINDOW_CLOSED = auto()  # WhatsApp takes approved templates only now
    THROTTLED = auto()  # later, the same message
    SETUP = auto()  # our account is at fault, not the message: it waits for somebody to mend it
    REFUSED = auto()  # this message will never be taken


_TABLE: Mapping[int, tuple[Meaning, str]] = MappingProxyType(
    {
        # The person.
        21610: (Meaning.OPTED_OUT, "the person wrote STOP to this sender"),
        63014: (Meaning.OPTED_OUT, "the person blocked this sender or withdrew consent"),
        63033: (Meaning.OPTED_OUT, "the person blocked this sender"),
        # The address.
        21211: (Meaning.BAD_ADDRESS, "no valid telephone number"),
        21214: (Meaning.BAD_ADDRESS, "the number can't be reached"),
        21217: (Meaning.BAD_ADDRESS, "no valid telephone number"),
        21265: (Meaning.BAD_ADDRESS, "a short code takes no messages from us"),
        21614: (Meaning.BAD_ADDRESS, "not a mobile number"),
        21635: (Meaning.BAD_ADDRESS, "a landline takes no SMS"),
        30005: (Meaning.BAD_ADDRESS, "the number is unknown or out of service"),
        30006: (Meaning.BAD_ADDRESS, "a landline, or a network that takes no SMS"),
        63003: (Meaning.BAD_ADDRESS, "the channel knows no such address"),
        63024: (Meaning.BAD_ADDRESS, "not a WhatsApp user, or one whose WhatsApp is too old"),
        # The window.
        63016: (
            Meaning.WINDOW_CLOSED,
            "the person wrote more than 24 hours ago: only a template may be sent",
        ),
        # The pace.
        429: (Meaning.THROTTLED, "too many requests at once"),
        14107: (Meaning.THROTTLED, "this sender sends too fast"),
        20429: (Meaning.THROTTLED, "too many requests at once"),
        21611: (Meaning.THROTTLED, "this sender's queue is full"),
        30001: (Meaning.THROTTLED, "this sender's queue is full"),
        30022: (Meaning.THROTTLED, "the US networks' limit for this sender is reached"),
        63018: (Meaning.THROTTLED, "the channel's limit for this sender is reached"),
        63038: (Meaning.THROTTLED, "the account's limit for a day is reached"),
        # Our account. Not final: these end with a change in the Twilio console or in our configuration.
        10001: (Meaning.SETUP, "the Twilio account is not active"),
        20003: (Meaning.SETUP, "Twilio doesn't know these credentials: check account_sid and auth_token"),
        20005: (Meaning.SETUP, "the Twilio account is not active"),
        20006: (Meaning.SETUP, "these credentials may not do this"),
        20404: (Meaning.SETUP, "Twilio knows no such account: check account_sid and api_base_url"),
        21212: (Meaning.SETUP, "`from` is no valid sender"),
        21603: (Meaning.SETUP, "there is no sender: set `from` or messaging_service_sid"),
        21606: (Meaning.SETUP, "`from` can't send messages from this account"),
        21659: (Meaning.SETUP, "`from` is not a number of Twilio's"),
        21660: (Meaning.SETUP, "`from` belongs to another account"),
        21661: (Meaning.SETUP, "`from` can't send SMS"),
        21701: (Meaning.SETUP, "there is no such messaging service: check messaging_service_sid"),
        21703: (Meaning.SETUP, "the messaging service has no sender yet"),
        30002: (Meaning.SETUP, "the Twilio account is suspended"),
        30034: (Meaning.SETUP, "the sender is not registered for US numbers (A2P 10DLC)"),
        63001: (Meaning.SETUP, "the WhatsApp sender is not set up at Twilio as it should be"),
        63007: (Meaning.SETUP, "`from` is no WhatsApp sender of this account"),
        63020: (Meaning.SETUP, "Meta's business account has a problem: see the Twilio console"),
        # This message.
        21266: (Meaning.REFUSED, "sender and addressee are the same"),
        21408: (Meaning.REFUSED, "sending to this country is not switched on in the Twilio console"),
        21602: (Meaning.REFUSED, "there is no text"),
        21604: (Meaning.REFUSED, "there is no addressee"),
        21608: (Meaning.REFUSED, "a trial account sends to verified numbers only"),
        21612: (Meaning.REFUSED, "Twilio has no way from this sender to this number"),
        21617: (Meaning.REFUSED, "longer than 1600 characters"),
        21619: (Meaning.REFUSED, "there is neither text nor file"),
        21620: (Meaning.REFUSED, "the file's address is not valid: check server.public_url"),
        21655: (Meaning.REFUSED, "there is no such content template: check templates"),
        21656: (Meaning.REFUSED, "the template's variables don't fit it: check template_variables"),
        21658: (Meaning.REFUSED, "the text or a variable is too long"),
        30003: (Meaning.REFUSED, "the phone is switched off or out of reach"),  # perhaps not tomorrow
        30004: (Meaning.REFUSED, "blocked by the person's network"),
        30007: (Meaning.REFUSED, "filtered by Twilio or a network as unwanted"),
        30008: (Meaning.REFUSED, "the network gave no reason"),
        30009: (Meaning.REFUSED, "a segment was lost on the way"),
        30010: (Meaning.REFUSED, "dearer than the price allowed for it"),
        63005: (Meaning.REFUSED, "WhatsApp doesn't take this content"),
        63013: (Meaning.REFUSED, "against WhatsApp's rules"),
        63015: (Meaning.REFUSED, "WhatsApp's sandbox sends to those who joined it only"),
        63019: (Meaning.REFUSED, "the file could not be fetched from us: check server.public_url"),
        63021: (Meaning.REFUSED, "WhatsApp doesn't take this content"),
        63027: (Meaning.REFUSED, "the template doesn't exist in this language, or is not approved"),
        63028: (Meaning.REFUSED, "the template takes another number of variables"),
        63029: (Meaning.REFUSED, "the template with its variables is too long"),
        63031: (Meaning.REFUSED, "sender and addressee are the same"),
        63032: (Meaning.REFUSED, "Meta shows this person no such messages"),
        63049: (Meaning.REFUSED, "Meta chose not to deliver this marketing message"),
    }
)
_LONG_WAITS_S = {21611: 60.0, 30001: 60.0, 63038: _MAX_WAIT_S}


class ApiError(Exception):
    """An answer of the API other than success, with everything it said."""

    def __init__(
        self, status: int, *, code: int = 0, words: str = "", retry_after_s: float | None = None
    ) -> None:
        super().__init__(f"HTTP {status}")
        self.status = status
        self.code = code
        self.words = words
        self.retry_after_s = retry_after_s


class BadAnswer(Exception):
    """A success that can't be read: what became of the request is unknown."""


def meaning_of(code: str) -> Meaning | None:
    """What a code of a status call means, None when it isn't known."""
    entry = _TABLE.get(int(code)) if code.isascii() and code.isdigit() else None
    return entry[0] if entry else None


def answer_to_error(error: ApiError) -> SendError:
    """The port's error for an answer. Twilio's own words are left out: they repeat the number written to."""
    known = _TABLE.get(error.code)
    if known is None:
        return _by_status(error)
    meaning, words = known
    code = str(error.code)
    match meaning:
        case Meaning.OPTED_OUT:
            return OptedOut(words, code=code)
        case Meaning.BAD_ADDRESS:
            return BadAddress(words, code=code)
        case Meaning.WINDOW_CLOSED:
            return WindowClosed(words, code=code)
        case Meaning.THROTTLED:
            return _throttled(error, words)
        case Meaning.SETUP:
            return NotSent(words, code=code)
        case Meaning.REFUSED:
            return Rejected(words, code=code)


def _throttled(error: ApiError, words: str) -> Throttled:
    wait_s = error.retry_after_s
    if wait_s is None:
        wait_s = _LONG_WAITS_S.get(error.code, _DEFAULT_WAIT_S)
    code = str(error.code or error.status)
    return Throttled(words, retry_after_s=min(max(wait_s, 0.0), _MAX_WAIT_S), code=code)


def _by_status(error: ApiError) -> SendError:
    """401, 403, 404: our account. 3xx, 408, 503: nothing was done. Other 5xx: nobody knows. The rest: never."""
    status, code = error.status, str(error.code or error.status)
    if status == 429:
        return _throttled(error, "too many requests at once")
    if status in (401, 403, 404):
        return NotSent(
            f"Twilio refuses us ({code}): check account_sid, auth_token and api_base_url", code=code
        )
    if 300 <= status < 400 or status in (408, 503):
        return NotSent(f"Twilio did not take it (HTTP {status})", code=code)
    if status >= 500:
        return Uncertain(f"Twilio failed on it (HTTP {status}): it may have been sent", code=code)
    return Rejected(f"Twilio refuses this message ({code})", code=code)


def line_to_error(what: str, *, written: bool) -> SendError:
    """The port's error for a broken line: before the request was written nothing can have been sent."""
    if written:
        return Uncertain(f"no answer after the request was written: {what}", code="line")
    return NotSent(f"Twilio could not be reached: {what}", code="line")


def as_never_doubtful(error: SendError) -> SendError:
    """The error for a call that changes nothing, where doubt means: try again."""
    return NotSent(str(error), code=error.code) if isinstance(error, Uncertain) else error
