-- Do the zones of each grid hold every household of it once, and nobody else's?
-- Parameters  :on (date), :within (text, a pattern of grid codes), :codes (text[], only these
--             grids; null: all)
-- Result      a row a grid whose zones do not: grid_code, in_grid and in_zones (households),
--             missing and strangers (buildings that are not wholly in its zones, or not its own),
--             twice (a door lies in two zones)
-- Index       idx_building_anchor for the houses, one_zone_of_a_number for the zones
with zone as (
    select id, grid_code from gridsvc.contact_zone
    where grid_code like :within
      and (cast(:codes as text[]) is null or grid_code = any(cast(:codes as text[])))
      and valid_from <= :on and (valid_to is null or valid_to > :on)
), home as (
    select h.id, b.grid_code, h.household_count as households,
        greatest(h.dwelling_count, least(h.household_count, 1)) as doors
    from gridsvc.grid_boundary b
    join gridsvc.grid g on g.code = b.grid_code and g.kind = 'residential'
    join gridsvc.building h on st_covers(b.geom, h.anchor)
    where b.valid_from <= :on and coalesce(b.valid_to, 'infinity') > :on
      and h.valid_from <= :on and coalesce(h.valid_to, 'infinity') > :on
      and h.household_count + h.dwelling_count > 0
      -- “is true” keeps it a filter by hash: joined late it would be a loop over all zones
      and (b.grid_code in (select grid_code from zone)) is true
      -- a house on a shared edge belongs to the lowest code
      and (st_contains(b.geom, h.anchor) or not exists (
          select from gridsvc.grid_boundary o
          join gridsvc.grid n on n.code = o.grid_code and n.kind = 'residential'
          where o.grid_code < b.grid_code and st_covers(o.geom, h.anchor)
            and o.valid_from <= :on and coalesce(o.valid_to, 'infinity') > :on))
), part as (
    select z.grid_code, p.building_id, p.households, p.first_door, p.last_door,
        lag(p.last_door) over (partition by p.building_id order by p.first_door, p.last_door)
            as before
    from zone z join gridsvc.contact_zone_part p on p.zone_id = z.id
), held as (
    select grid_code, building_id, sum(households) as households,
        sum(last_door - first_door + 1) as doors,
        bool_or(coalesce(before >= first_door, false)) as twice
    from part group by grid_code, building_id
)
select coalesce(home.grid_code, held.grid_code) as grid_code,
    coalesce(sum(home.households), 0)::integer as in_grid,
    coalesce(sum(held.households), 0)::integer as in_zones,
    count(*) filter (where home.id is not null and (held.building_id is null
        or held.doors <> home.doors or held.households <> home.households)) as missing,
    count(*) filter (where home.id is null) as strangers,
    bool_or(coalesce(held.twice, false)) as twice
from home
full join held on held.building_id = home.id and held.grid_code = home.grid_code
group by 1
having bool_or(held.twice) or count(*) filter (where home.id is null) > 0
    or count(*) filter (where home.id is not null and (held.building_id is null
        or held.doors <> home.doors or held.households <> home.households)) > 0
order by 1
