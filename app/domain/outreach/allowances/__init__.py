"""Allowances: the numbers that platforms set us, and what of them is left for whom."""
