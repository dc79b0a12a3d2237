"""Exports 导出: members, their tags, orders, the ledger and item codes, as tables for people."""
