-- What counts for a campaign, a row a grid and day.
-- Parameters  :first, :last (date, both included), :topic (text or null), :codes (text[], grid
--             codes that take part), :as_of (timestamptz; what was recorded later is not counted)
-- Result      code (text, the grid that the round named), day (date), rounds (bigint),
--             reached (bigint, dwellings that no earlier round of the campaign had reached)
-- Index       ix_visit_grid_code_visited_on, pk_visit_building
-- A dwelling reached twice counts where and when it was reached first, so that days and grids add
-- up. Rounds without buildings bring the dwellings they were first to reach that year.
with counted as materialized (
    select v.id, v.grid_code, v.visited_on, v.first_time_dwellings,
        row_number() over (order by v.visited_on, v.id) as turn
    from gridsvc.visit v
    where v.grid_code = any(cast(:codes as text[]))
      and v.visited_on between :first and :last
      and v.recorded_at <= :as_of
      and (cast(:topic as text) is null or (v.topics ->> :topic)::int > 0)
), doors as (
    -- Hashed by door: sorting two million of a year took five times as long.
    select min(c.turn) as turn
    from counted c
    join gridsvc.visit_building vb on vb.visit_id = c.id, unnest(vb.dwelling_numbers) number
    group by vb.building_id, number
)
select code, day, sum(rounds)::bigint as rounds, sum(reached)::bigint as reached
from (
    select grid_code as code, visited_on as day, count(*) as rounds, 0 as reached
    from counted group by grid_code, visited_on
    union all
    select grid_code, visited_on, 0, count(*) from doors join counted using (turn)
    group by grid_code, visited_on
    union all
    select c.grid_code, c.visited_on, 0, c.first_time_dwellings
    from counted c
    where not exists (select from gridsvc.visit_building vb where vb.visit_id = c.id)
) told
group by code, day
order by code, day
