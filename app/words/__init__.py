"""Words: the keyword rules as workers apply them, and what they would have done to recent chat."""
