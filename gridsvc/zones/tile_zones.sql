-- One vector tile of contact zones: their code, households, and what is wanting.
-- Parameters  :z, :x, :y, :on (date), :prefixes (text[], codes that the viewer answers for),
--             :low, :high (households of a zone)
-- Result      bytea, the layer zones (code, n: households, want: 0 nothing, 1 nobody to turn to,
--             2 too few or too many households); empty when nothing is there
-- Index       idx_contact_zone_geom: the tile's box is brought to EPSG:4326. Boundaries, teams and
--             posts are looked up once a grid and not once a zone: of those a tile has thousands,
--             and each look at an exclusion constraint's index takes 20 microseconds.
with near as materialized (
    select id, grid_code, number, households, st_asmvtgeom(
        st_transform(geom, 3857), st_tileenvelope(:z, :x, :y), 4096, 64, true) as geom
    from gridsvc.contact_zone
    where geom && st_transform(st_tileenvelope(:z, :x, :y, margin => 64.0 / 4096), 4326)
      and valid_from <= :on and (valid_to is null or valid_to > :on)
), ground as materialized (
    -- zones of a grid that is no more, or that ended with its ground, are not drawn
    select b.grid_code
    from (select distinct grid_code from near) n
    join gridsvc.grid_boundary b on b.grid_code = n.grid_code
    where b.valid_from <= :on and (b.valid_to is null or b.valid_to > :on)
      and exists (
          select from unnest(cast(:prefixes as text[])) prefix
          where starts_with(b.grid_code, prefix))
), post as materialized (
    select g.grid_code, p.id
    from ground g
    join gridsvc.team_assignment a on a.grid_code = g.grid_code
        and a.valid_from <= :on and (a.valid_to is null or a.valid_to > :on)
    join gridsvc.team_post p on p.team_id = a.team_id
        and p.valid_from <= :on and (p.valid_to is null or p.valid_to > :on)
    join gridsvc.post_holding h on h.post_id = p.id
        and h.valid_from <= :on and (h.valid_to is null or h.valid_to > :on)
), held as materialized (
    select c.zone_id, p.grid_code
    from post p
    join gridsvc.zone_contact c on c.post_id = p.id
    where c.valid_from <= :on and (c.valid_to is null or c.valid_to > :on)
)
select st_asmvt(cut, 'zones', 4096, 'geom')
from (
    -- “in” below a case, and “is true”, are hashed: as joins, planned for one grid, they are loops
    select grid_code || '-' || lpad(number::text, 2, '0') as code, households as n,
        case when households not between :low and :high then 2
             when (id, grid_code) in (select zone_id, grid_code from held) then 0 else 1 end
            as want,
        geom
    from near
    where geom is not null and (grid_code in (select grid_code from ground)) is true
    order by id
) cut
