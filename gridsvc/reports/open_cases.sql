-- Every case that was open at an instant, as the records of that instant told it.
--
-- Parameters: at (the instant), prefixes (text[]: codes of which one must begin the case's).
-- One row a case: id, code, sensitive, due_at (NULL while its clock stood still).
-- A case closed before that has not moved since cannot have been open, so that only the open ones
-- and those that moved later are looked into. Served by ix_incident_closed_at,
-- ix_incident_event_at and the partial indexes of open cases.
with candidate as (
    select id from gridsvc.incident where closed_at is null or closed_at > :at
    union
    select incident_id from gridsvc.incident_event where at > :at
)
select i.id, home.code, c.sensitive, clock.due_at
from candidate
join gridsvc.incident i on i.id = candidate.id
join gridsvc.category c on c.id = i.category_id
cross join lateral (
    select e.to_status
    from gridsvc.incident_event e
    where e.incident_id = i.id and e.at <= :at
    order by e.seq desc
    limit 1
) story
left join lateral (
    select k.due_at
    from gridsvc.clock_entry k
    where k.incident_id = i.id and k.at <= :at
    order by k.seq desc
    limit 1
) clock on true
left join lateral (
    select true as found, e.detail ->> 'from_division' as code
    from gridsvc.incident_event e
    where e.incident_id = i.id and e.action = 'place' and e.at > :at
    limit 1
) before on true
cross join lateral (
    -- A case that was given its place later lay in no grid as yet.
    select case when before.found then before.code
                else coalesce(i.grid_code, i.division_code) end as code
) home
where i.received_at <= :at
  and story.to_status not in ('closed', 'merged')
  and exists (
      select from unnest(cast(:prefixes as text[])) prefix
      where starts_with(coalesce(home.code, ''), prefix)
  )
order by i.id
