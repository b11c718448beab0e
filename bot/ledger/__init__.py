"""Who was owed a receipt, who got it and when: watched while it happens, sealed in a chain, verified by anybody.

`watch` alerts before a deadline, `sealing` turns committed facts into chained rows (`chain`), `heads` keeps their
heads elsewhere, `verifying` compares chain, facts and heads. docs/ledger.md says what this proves, and what not.
"""

from bot.ledger.watch import ReceiptWatch

__all__ = ["ReceiptWatch"]
