"""Reporting, handling and finding cases."""
