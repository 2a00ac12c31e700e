"""Assignments from a spreadsheet: read with limits, judged by row, loaded whole or not at all."""
