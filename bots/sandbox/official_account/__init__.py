"""The sandbox's official accounts: messages, followers, QR codes, and the limits on them."""
