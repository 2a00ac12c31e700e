-- One vector tile of buildings with their code and number of households.
-- Parameters  :z, :x, :y, :on (date), :prefixes (text[], codes whose figures the viewer sees)
-- Result      bytea, the layer buildings (code, households); empty when nothing is there
-- Index       idx_building_geom: the tile's box is brought to EPSG:4326
select st_asmvt(cut, 'buildings', 4096, 'geom')
from (
    select code, household_count as households,
        st_asmvtgeom(st_transform(geom, 3857), st_tileenvelope(:z, :x, :y), 4096, 64, true) as geom
    from gridsvc.building
    where geom && st_transform(st_tileenvelope(:z, :x, :y, margin => 64.0 / 4096), 4326)
      and valid_from <= :on and (valid_to is null or valid_to > :on)
      and exists (
          select from unnest(cast(:prefixes as text[])) prefix
          where starts_with(community_code, prefix) or prefix = '')
    order by id
) cut
where geom is not null
