"""Tables of cases. What was reported never changes; what happened is appended."""

from __future__ import annotations

from gridsvc.incidents.models.case import Incident, IncidentEvent
from gridsvc.incidents.models.catalogue import (
    Category,
    CategoryCrosswalk,
    CategoryLimit,
    CategoryQuestion,
    SpecialistTeam,
)
from gridsvc.incidents.models.course import (
    ClockEntry,
    CoHandler,
    Escalation,
    EscalationStep,
    ExtensionRequest,
    SupervisionSlip,
)
from gridsvc.incidents.models.evidence import ContactLook, Photo, ReporterContact

__all__ = [
    "Category",
    "CategoryCrosswalk",
    "CategoryLimit",
    "CategoryQuestion",
    "ClockEntry",
    "CoHandler",
    "ContactLook",
    "Escalation",
    "EscalationStep",
    "ExtensionRequest",
    "Incident",
    "IncidentEvent",
    "Photo",
    "ReporterContact",
    "SpecialistTeam",
    "SupervisionSlip",
]
