"""Merchants: partners with their outlets and tills, what they pledge, what they sold, and what they are settled.

Steps for the packages above (inside a flow's transaction):

- `merchants.sales.record_sales(sales)`: what vouchers bought at a till, one sale a redemption.
- `merchants.sales.record_undo(redemption_id, at=...)`: the negative sale of an undone redemption.

Queries for them: `merchants.queries.find_merchants`, `merchants.queries.find_tills`.
"""
