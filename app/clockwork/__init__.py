"""Clockwork: what the clock brings, under keys of its periods: asking twice does no harm."""
