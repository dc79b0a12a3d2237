"""Bots speak to platforms: what they hear becomes ``messages.Received``, what we say is sent."""
