-- The last guard of a publication: does the new map of a division cover what the old one covered,
-- every place as many times as before? The directed-edge chain of gridsvc/geo/cover/chain.py, on the same
-- integer lattice of 1e-7 degrees: what does not cancel is a gap or an overlap.
--
-- Parameters: low, high (first and last grid code of the division), old (ids of the boundaries in
-- force until now), day (from which the new ones hold).
-- Result: one row: segments (edges walked), residual (edges left: 0 is the proof), lon and lat (of
-- one of those left, degrees), households_before, households_after (sums; unknown counts are 0),
-- communities (12 digits, those whose sums differ).
-- Index: one_boundary_at_a_time for the new boundaries, the primary key for the old ones.
with versions as (
    select b.grid_code, b.household_count, b.geom, 1 as sign
    from gridsvc.grid_boundary b join gridsvc.grid g on g.code = b.grid_code
    where g.kind = 'residential' and b.grid_code between :low and :high
      and b.valid_from <= :day and (b.valid_to is null or b.valid_to > :day)
    union all
    select grid_code, household_count, geom, -1
    from gridsvc.grid_boundary where id = any(:old)
),
segments as (
    select sign, (st_dumpsegments(st_forcepolygonccw(geom))).geom as line from versions
),
ends as (
    select sign,
           round(st_x(st_startpoint(line)) * 1e7)::bigint as lon_a,
           round(st_y(st_startpoint(line)) * 1e7)::bigint as lat_a,
           round(st_x(st_endpoint(line)) * 1e7)::bigint as lon_b,
           round(st_y(st_endpoint(line)) * 1e7)::bigint as lat_b
    from segments
),
edges as (
    -- a vertex as one integer: lon in the upper half, lat in the lower
    select sign, (lon_a << 32) | (lat_a + 2147483648) as a, (lon_b << 32) | (lat_b + 2147483648) as b
    from ends
),
remaining as (
    select least(a, b) as vertex
    from edges
    where a <> b
    group by least(a, b), greatest(a, b)
    having sum(case when a < b then sign else -sign end) <> 0
),
sums as (
    select left(grid_code, 12) as community,
           coalesce(sum(household_count) filter (where sign < 0), 0) as households_before,
           coalesce(sum(household_count) filter (where sign > 0), 0) as households_after
    from versions
    group by 1
)
select (select count(*) from edges) as segments,
       (select count(*) from remaining) as residual,
       (select min(vertex) >> 32 from remaining) / 1e7 as lon,
       ((select min(vertex) & 4294967295 from remaining) - 2147483648) / 1e7 as lat,
       (select sum(households_before) from sums) as households_before,
       (select sum(households_after) from sums) as households_after,
       array(select community from sums where households_before <> households_after order by 1)
           as communities
