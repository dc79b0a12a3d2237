"""Journeys: plans and their versions, and how far each member and group has come in them."""
