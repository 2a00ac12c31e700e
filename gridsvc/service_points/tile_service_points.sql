-- One vector tile of service points.
-- Parameters  :z, :x, :y, :on (date), :tier (text or null), :prefixes (text[], what the viewer sees)
-- Result      bytea, the layer service_points (code, tier); empty when nothing is there
-- Index       idx_service_point_geom: the tile's box is brought to EPSG:4326; the grid of a point
--             by idx_grid_boundary_geom, of a shared edge the lowest code, as everywhere
-- The buffer of 256 of 4096 leaves room for a mark whose middle lies in the next tile.
select st_asmvt(cut, 'service_points', 4096, 'geom')
from (
    select p.code, p.tier,
        st_asmvtgeom(st_transform(p.geom, 3857), st_tileenvelope(:z, :x, :y), 4096, 256, true)
            as geom
    from gridsvc.service_point p
    cross join lateral (
        select b.grid_code
        from gridsvc.grid_boundary b
        join gridsvc.grid g on g.code = b.grid_code and g.kind = 'residential'
        where st_covers(b.geom, p.geom)
          and b.valid_from <= :on and (b.valid_to is null or b.valid_to > :on)
        order by b.grid_code limit 1
    ) here
    where p.geom && st_transform(st_tileenvelope(:z, :x, :y, margin => 256.0 / 4096), 4326)
      and p.valid_from <= :on and (p.valid_to is null or p.valid_to > :on)
      and (cast(:tier as text) is null or p.tier = :tier)
      and exists (
          select from unnest(cast(:prefixes as text[])) prefix
          where starts_with(here.grid_code, prefix))
    order by p.id
) cut
where geom is not null
