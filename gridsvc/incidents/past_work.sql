-- Every case that was open at a past instant, as its own history tells what it was then.
--
-- Parameters: at (the instant).
-- One row a case: id, status, level, urgency, returns, team_id (who led it, NULL: nobody yet), due_at (NULL while its
-- clock stood still), grid_code, division_code (of a case that was placed later: its division), handled_code (the grid
-- whose people worked on it then, where a newer map gave its place away; else NULL), paused (NULL without a clock).
-- What ended before the instant and was not opened again has an earlier end: closed_at is the last.
-- Served by ix_incident_closed_at, the partial indexes of open cases and the keys of the histories.
select
    i.id,
    story.status,
    coalesce(story.level_then, story.level_first, i.level::text) as level,
    coalesce(story.urgency_then, story.urgency_first, i.urgency::text) as urgency,
    story.returns,
    case when story.told_of_teams then story.team_id else i.team_id end as team_id,
    clock.due_at,
    case when not story.placed_later then i.grid_code end as grid_code,
    case when story.placed_later then story.division_then else i.division_code end as division_code,
    story.handled_code,
    clock.kind = 'pause' as paused
from gridsvc.incident i
cross join lateral (
    select
        (array_agg(e.to_status::text order by e.seq desc) filter (where e.at <= :at))[1] as status,
        (array_agg(e.detail ->> 'to_level' order by e.seq desc)
            filter (where e.detail ? 'to_level' and e.at <= :at))[1] as level_then,
        (array_agg(e.detail ->> 'from_level' order by e.seq)
            filter (where e.detail ? 'from_level'))[1] as level_first,
        (array_agg(e.detail ->> 'to_urgency' order by e.seq desc)
            filter (where e.detail ? 'to_urgency' and e.at <= :at))[1] as urgency_then,
        (array_agg(e.detail ->> 'from_urgency' order by e.seq)
            filter (where e.detail ? 'from_urgency'))[1] as urgency_first,
        count(*) filter (where e.action = 'return' and e.at <= :at) as returns,
        -- A step of helpers names the helping team, not the one that leads.
        (array_agg(e.team_id order by e.seq desc)
            filter (where e.team_id is not null and e.action <> 'co_handle' and e.at <= :at))[1]
            as team_id,
        (array_agg(e.detail ->> 'to_grid' order by e.seq desc)
            filter (where e.action = 'hand_over' and e.at <= :at))[1] as handled_code,
        bool_or(e.team_id is not null and e.action <> 'co_handle') as told_of_teams,
        coalesce(bool_or(e.action = 'place' and e.at > :at), false) as placed_later,
        (array_agg(e.detail ->> 'from_division')
            filter (where e.action = 'place' and e.at > :at))[1] as division_then
    from gridsvc.incident_event e
    where e.incident_id = i.id
) story
left join lateral (
    select k.due_at, k.kind
    from gridsvc.clock_entry k
    where k.incident_id = i.id and k.at <= :at
    order by k.seq desc
    limit 1
) clock on true
where i.received_at <= :at
  and (i.closed_at is null or i.closed_at > :at)
  and story.status not in ('closed', 'merged')
