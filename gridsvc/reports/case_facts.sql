-- Every case that a period touches, as the records of an instant told it.
--
-- Parameters: since, until (the period's instants, until not included), as_of (nothing recorded
-- later is seen), prefixes (text[]: codes of which one must begin the case's).
-- One row a case: what the rates and the ledgers are counted from, and nothing about persons.
-- Cases that were merged into another by as_of are left out: their work is counted there.
-- Served by ix_incident_event_at, ix_incident_reported_at, ix_clock_entry_due_at.
with touched as (
    select id from gridsvc.incident where reported_at >= :since and reported_at < :until
    union
    select incident_id from gridsvc.incident_event where at >= :since and at < :until
    union
    select incident_id from gridsvc.clock_entry where due_at >= :since and due_at < :until
)
select
    i.id,
    home.code,
    i.kind::text as kind,
    c.code as category,
    c.name as category_name,
    c.name_en as category_name_en,
    c.sensitive,
    i.reported_at,
    clock.due_at,
    story.responded_at,
    story.resolved_at,
    story.reworked_at,
    ended.at as closed_at,
    story.fed_back_at,
    story.rated_at,
    story.rating,
    coalesce(story.outcome, case when ended.at is not null then i.outcome::text end) as outcome,
    coalesce(story.extensions, 0) as extensions,
    coalesce(story.returns, 0) as returns,
    coalesce(story.reworks, 0) as reworks,
    coalesce(story.level_then, story.level_first, i.level::text) as level,
    story.status
from touched
join gridsvc.incident i on i.id = touched.id
join gridsvc.category c on c.id = i.category_id
cross join lateral (
    select
        min(e.at) filter (where e.action in ('claim', 'accept', 'resolve', 'close')
                          and e.at <= :as_of) as responded_at,
        max(e.at) filter (where e.action = 'resolve' and e.at <= :as_of) as resolved_at,
        max(e.at) filter (where e.action = 'rework' and e.at <= :as_of) as reworked_at,
        max(e.at) filter (where e.action = 'feed_back' and e.at <= :as_of) as fed_back_at,
        max(e.at) filter (where e.action = 'rate' and e.at <= :as_of) as rated_at,
        (array_agg((e.detail ->> 'rating')::int order by e.seq desc)
            filter (where e.action = 'rate' and e.at <= :as_of))[1] as rating,
        (array_agg(e.detail ->> 'outcome' order by e.seq desc)
            filter (where e.action in ('resolve', 'close') and e.at <= :as_of
                    and e.detail ? 'outcome'))[1] as outcome,
        count(*) filter (where e.action = 'grant_extension' and e.at <= :as_of) as extensions,
        count(*) filter (where e.action = 'return' and e.at <= :as_of) as returns,
        count(*) filter (where e.action = 'rework' and e.at <= :as_of) as reworks,
        (array_agg(e.detail ->> 'to_level' order by e.seq desc)
            filter (where e.detail ? 'to_level' and e.at <= :as_of))[1] as level_then,
        (array_agg(e.detail ->> 'from_level' order by e.seq)
            filter (where e.detail ? 'from_level'))[1] as level_first,
        (array_agg(e.to_status::text order by e.seq desc)
            filter (where e.at <= :as_of))[1] as status,
        max(e.at) filter (where e.action = 'reopen' and e.at <= :as_of) as reopened_at,
        -- A case that was given its place later lay in no grid as yet.
        coalesce(bool_or(e.action = 'place' and e.at > :as_of), false) as placed_later,
        (array_agg(e.detail ->> 'from_division')
            filter (where e.action = 'place' and e.at > :as_of))[1] as division_then
    from gridsvc.incident_event e
    where e.incident_id = i.id
) story
cross join lateral (
    select case when story.placed_later then story.division_then
                else coalesce(i.grid_code, i.division_code) end as code
) home
left join lateral (
    select max(e.at) as at
    from gridsvc.incident_event e
    where e.incident_id = i.id and e.to_status = 'closed' and e.from_status <> 'closed'
      and e.at <= :as_of and story.status = 'closed'
) ended on true
left join lateral (
    select k.due_at
    from gridsvc.clock_entry k
    where k.incident_id = i.id and k.due_at is not null and k.at <= :as_of
    order by k.seq desc
    limit 1
) clock on true
where i.received_at <= :as_of
  and story.status is distinct from 'merged'
  and exists (
      select from unnest(cast(:prefixes as text[])) prefix
      where starts_with(coalesce(home.code, ''), prefix)
  )
order by i.id
