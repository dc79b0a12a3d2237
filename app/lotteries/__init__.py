"""Lotteries at the command line."""
