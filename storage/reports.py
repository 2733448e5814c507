"""Reports as they are stored, as conversations have them."""

from __future__ import annotations

from conversations.message import Report
from storage import models


def as_report(row: models.Report) -> Report:
    """The version of a report that a row holds."""
    return Report(
        report_id=row.report_id,
        version=row.version,
        supersedes=row.supersedes,
        event=row.event,
        woman_id=row.woman_id,
        pregnancy_id=row.pregnancy_id,
        subject_ids=tuple(row.subject_ids),
        event_time=row.event_time,
        known_time=row.known_time,
        recorded_time=row.recorded_time,
        author_role=row.author_role,
        channel=row.channel,
        channel_trust=row.channel_trust,  # type: ignore[arg-type]
        programme=row.programme,
        body=row.body,
        village_id=row.village_id,
        withdrawn=row.withdrawn,
        verification=row.verification,  # type: ignore[arg-type]
        schema_version=row.schema_version,
    )
