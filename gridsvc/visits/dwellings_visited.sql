-- Distinct dwellings visited in a window, a row a grid of the day :on.
-- Parameters  :on (date), :since (date; visits after it and up to :on count),
--             :as_of (timestamptz; what was recorded later is not counted, and what was known of
--             grids and anchors then is what gridsvc.grids.known says),
--             :first, :last (text, the lowest and highest grid code asked for)
-- Result      code (text), visited (bigint, distinct dwellings; not yet capped)
-- Index       ix_visit_grid_code_visited_on, pk_visit_building, ix_said_before_table_name_row_id_until,
--             idx_grid_boundary_geom; idx_building_anchor is not needed: a building is only placed
--             again when its grid changed its shape within the window.
-- A visit counts for the grid that holds its buildings on :on, so that redrawing moves the work
-- with the households. Visits without buildings bring the dwellings they were first to reach, to
-- the grid that they named, as long as it is there.
with told as materialized (
    select case when :as_of < min(recorded_at) then min(recorded_at) + interval '1 day'
                else :as_of end as at
    from gridsvc.grid_boundary
), told_anew as materialized (
    select exists (select from gridsvc.said_before
                   where table_name = 'grid_boundary' and until > (select at from told)) as "any"
), boundary as not materialized (
    select b.grid_code, b.geom, b.valid_from,
        case when s.said is null then b.valid_to else cast(s.said ->> 'valid_to' as date) end
            as valid_to
    from gridsvc.grid_boundary b
    left join lateral (
        select said from gridsvc.said_before
        where (select "any" from told_anew) and table_name = 'grid_boundary' and row_id = b.id
          and until > (select at from told)
        order by until, id limit 1
    ) s on true
    where b.recorded_at <= (select at from told)
), changed as materialized (
    select grid_code from boundary
    -- What begins after the day must not change what was told of it.
    where (valid_from > :since and valid_from <= :on) or (valid_to > :since and valid_to <= :on)
), kept as (
    select v.id, v.grid_code
    from gridsvc.visit v
    where v.visited_on > :since and v.visited_on <= :on and v.recorded_at <= :as_of
      and v.grid_code between :first and :last
      and v.grid_code not in (select grid_code from changed)
), moved as materialized (
    select distinct vb.building_id, number
    from gridsvc.visit v
    join gridsvc.visit_building vb on vb.visit_id = v.id, unnest(vb.dwelling_numbers) number
    where v.visited_on > :since and v.visited_on <= :on and v.recorded_at <= :as_of
      and v.grid_code in (select grid_code from changed)
), placed as materialized (
    -- Once a building: in the year of a new map every one of 243,000 visits would ask.
    select distinct on (b.id) b.id as building_id, gb.grid_code as code
    from gridsvc.building b
    left join lateral (
        select said from gridsvc.said_before
        where table_name = 'building' and row_id = b.id and until > (select at from told)
        order by until, id limit 1
    ) s on true
    join boundary gb
        on st_covers(gb.geom, coalesce(cast(s.said ->> 'anchor' as geometry), b.anchor))
    join gridsvc.grid g on g.code = gb.grid_code and g.kind = 'residential'
    where b.id in (select building_id from moved)
      and gb.valid_from <= :on and (gb.valid_to is null or gb.valid_to > :on)
    order by b.id, gb.grid_code
), reached as (
    select k.grid_code as code, vb.building_id, number
    from kept k
    join gridsvc.visit_building vb on vb.visit_id = k.id, unnest(vb.dwelling_numbers) number
    union
    select p.code, m.building_id, m.number
    from moved m
    join placed p on p.building_id = m.building_id
    where p.code between :first and :last
)
select code, sum(visited)::bigint as visited
from (
    select code, count(*) as visited from reached group by code
    union all
    select v.grid_code, sum(v.first_time_dwellings)
    from gridsvc.visit v
    where v.visited_on > :since and v.visited_on <= :on and v.recorded_at <= :as_of
      and v.grid_code between :first and :last
      and not exists (select from gridsvc.visit_building vb where vb.visit_id = v.id)
      and exists (
          select from boundary gb
          where gb.grid_code = v.grid_code
            and gb.valid_from <= :on and (gb.valid_to is null or gb.valid_to > :on)
      )
    group by v.grid_code
) counted
group by code
order by code
