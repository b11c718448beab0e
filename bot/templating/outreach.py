"""The variables of the messages sent unasked, by template. source: domain §7"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

OUTREACH: Mapping[str, Mapping[str, Literal["text", "count", "moment"]]] = {
    "outreach/welcome": {},
    "outreach/first_purchase": {"product": "text"},
    "outreach/year_end_wishes": {"unsubscribe": "text"},
    "outreach/eid_al_fitr_wishes": {"unsubscribe": "text"},
    "outreach/eid_al_adha_wishes": {"unsubscribe": "text"},
    "outreach/birthday": {"unsubscribe": "text"},
    "outreach/congratulations": {"occasion": "text", "unsubscribe": "text"},
    "outreach/referral_invitation": {"unsubscribe": "text"},
    "outreach/referral_thanks": {"friend": "text"},
    "outreach/service_reminder": {"product": "text", "due_on": "moment"},
    "outreach/card_expiry": {"points": "count", "expires_on": "moment"},
    "outreach/card_renewal": {"until": "moment"},
    "outreach/rewards_available": {"rewards": "count", "unsubscribe": "text"},
    "outreach/reorder": {"product": "text", "unsubscribe": "text"},
    "outreach/post_purchase": {"product": "text"},
    "outreach/nurture": {"unsubscribe": "text"},
    "outreach/quote_followup": {"reference": "text", "issued_on": "moment"},
    "outreach/order_progress": {"order": "text", "state": "text"},
    "outreach/delivery_notice": {"order": "text", "day": "moment"},
    "outreach/delivery_change": {"order": "text", "day": "moment"},
    "outreach/stock_available": {"product": "text"},
    "outreach/promotion_alert": {"topic": "text", "offer": "text", "unsubscribe": "text"},
    "outreach/newsletter": {"title": "text", "text": "text", "unsubscribe": "text"},
    "outreach/limited_offer": {"offer": "text", "until": "moment", "unsubscribe": "text"},
    "outreach/offer_reminder": {"offer": "text", "until": "moment", "unsubscribe": "text"},
    "outreach/coupon_expiry": {"code": "text", "until": "moment", "unsubscribe": "text"},
    "outreach/rebate_threshold": {"missing": "text", "until": "moment", "unsubscribe": "text"},
    "outreach/survey": {"product": "text", "unsubscribe": "text"},
    "outreach/win_back": {"product": "text", "unsubscribe": "text"},
    "outreach/appointment_reminder": {"when": "text", "place": "text"},
    "outreach/appointment_missed": {"when": "text"},
    "outreach/appointment_accepted": {"when": "text"},
    "outreach/appointment_proposal": {"when": "text"},
    "outreach/appointment_refused": {"when": "text", "unsubscribe": "text"},
}
