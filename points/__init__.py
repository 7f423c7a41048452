"""Actions, rules, participations, the ledger and the credit score."""
