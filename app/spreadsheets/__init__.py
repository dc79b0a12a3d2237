"""Spreadsheets: tables that come from elsewhere and go there, as CSV or XLSX."""
