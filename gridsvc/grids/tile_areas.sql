-- One vector tile of the territory: shapes with their code and nothing else.
-- Parameters  :layer (text: grids, communities or subdistricts), :lod (smallint), :z, :x, :y,
--             :on (date), :prefixes (text[], codes that the viewer sees; '' sees all)
-- Result      bytea, a Mapbox vector tile of extent 4096; empty when nothing is there
-- Index       ix_tile_feature_cut (layer, lod, geom): the box is a literal in the stored 3857
-- An area is drawn when it lies in a scope, and also when a scope lies in it.
select st_asmvt(cut, :layer, 4096, 'geom')
from (
    select code,
        st_asmvtgeom(geom, st_tileenvelope(:z, :x, :y), 4096, 64, true) as geom
    from gridsvc.tile_feature
    where layer = :layer
      and lod = cast(:lod as smallint)
      and geom && st_tileenvelope(:z, :x, :y, margin => 64.0 / 4096)
      and valid_from <= :on and (valid_to is null or valid_to > :on)
      and exists (
          select from unnest(cast(:prefixes as text[])) prefix
          where starts_with(code, prefix) or starts_with(prefix, code))
    order by code
) cut
where geom is not null
