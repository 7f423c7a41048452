"""Rewards: the catalogue, the exchange of points for vouchers, and their redemption at a merchant's till."""
