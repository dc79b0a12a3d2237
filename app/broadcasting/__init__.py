"""Broadcasts at work: launched, fed into the outbox a slice at a time, counted, sent again."""
