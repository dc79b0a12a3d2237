"""Pages of what members earn, hold and spend."""
