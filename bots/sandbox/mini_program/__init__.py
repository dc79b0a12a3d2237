"""The sandbox's mini-programs."""
