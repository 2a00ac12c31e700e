"""The report of an import in words: short, honest, and the same for every kind of file."""

from __future__ import annotations

from collections.abc import Iterable

from gridsvc.grids.intake.report import ImportReport, RowNote, counted

_MOST = 8


def report_text(report: ImportReport, heading: str, dry_run: bool) -> str:
    """Write a report for a person; everything is told under ``--json``."""
    lines = [heading]
    if report.created:
        lines.append(f"Divisions made: {_some(report.created)}.")
    lines += _notes("Skipped", report.skipped)
    lines += _notes("Mended", report.repaired)
    if report.findings:
        lines.append(f"Findings: {len(report.findings)}, as `gridsvc check` lists them.")
        lines += [f"  {finding.text}" for finding in report.findings[:_MOST]]
    lines += [f"Note: {note}." for note in report.notes[:_MOST]]
    hidden = len(report.notes) - _MOST
    if hidden > 0:
        lines.append(f"Note: {hidden} more with --json.")
    lines.append("Dry run: nothing was kept." if dry_run else "Loaded.")
    return "\n".join(lines)


def _notes(heading: str, notes: list[RowNote]) -> list[str]:
    if not notes:
        return []
    lines = [f"{heading}: {len(notes)} rows."]
    for text, count in counted(notes).items():
        rows = _some(str(n.row) for n in notes if n.text.startswith(text))
        lines.append(f"  {count} × {text} (row {rows})")
    return lines


def _some(words: Iterable[str]) -> str:
    every = list(words)
    more = f" and {len(every) - _MOST} more" if len(every) > _MOST else ""
    return ", ".join(every[:_MOST]) + more
