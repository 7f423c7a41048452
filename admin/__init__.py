"""What county and town staff decide: bonuses for high-value information, their payment, and budgets."""
