"""What was sent where, and how much of it was of use: the count behind the spending budgets."""
