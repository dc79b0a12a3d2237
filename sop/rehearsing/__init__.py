"""Rehearsing: what a plan would do in the days to come, decided as it will be then."""
