-- Distinct dwellings visited in a window, a row a grid of the day :on.
-- Parameters  :on (date), :since (date; visits after it and up to :on count),
--             :as_of (timestamptz; what was recorded later is not counted),
--             :first, :last (text, the lowest and highest grid code asked for)
-- Result      code (text), visited (bigint, distinct dwellings; not yet capped)
-- Index       ix_visit_grid_code_visited_on, pk_visit_building; idx_building_anchor is not needed:
--             a building is only placed again when its grid changed its shape within the window.
-- A visit counts for the grid that holds its buildings on :on, so that redrawing moves the work
-- with the households. Visits without buildings bring the dwellings they were first to reach, to
-- the grid that they named, as long as it is there.
with changed as materialized (
    select grid_code from gridsvc.grid_boundary
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
    select b.id as building_id, (
        select gb.grid_code from gridsvc.grid_boundary gb
        join gridsvc.grid g on g.code = gb.grid_code and g.kind = 'residential'
        where st_covers(gb.geom, b.anchor)
          and gb.valid_from <= :on and (gb.valid_to is null or gb.valid_to > :on)
        order by gb.grid_code limit 1
    ) as code
    from gridsvc.building b
    where b.id in (select building_id from moved)
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
          select from gridsvc.grid_boundary gb
          where gb.grid_code = v.grid_code
            and gb.valid_from <= :on and (gb.valid_to is null or gb.valid_to > :on)
      )
    group by v.grid_code
) counted
group by code
order by code
