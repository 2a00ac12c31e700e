-- One vector tile of what lies below the grids: water, green, streets and, near, buildings.
-- Parameters  :z, :x, :y
-- Result      bytea, the layers water, green, streets (rank) and buildings, one after the other
-- Index       idx_base_feature_geom, idx_building_geom: the tile's box is brought to EPSG:4326,
--             what it meets to 3857 afterwards. Buildings carry nothing but their outline.
with box as (
    select st_tileenvelope(:z, :x, :y) as tile,
        st_transform(st_tileenvelope(:z, :x, :y, margin => 64.0 / 4096), 4326) as wide
), near as (
    select kind, rank, id, st_asmvtgeom(st_transform(geom, 3857), tile, 4096, 64, true) as geom
    from gridsvc.base_feature, box
    where geom && wide
      and (kind <> 'street' or rank <= case when :z < 13 then 1 when :z < 15 then 2 else 9 end)
), houses as (
    select id, st_asmvtgeom(st_transform(geom, 3857), tile, 4096, 64, true) as geom
    from gridsvc.building, box
    where :z >= 15 and geom && wide and valid_to is null
)
select
    (select st_asmvt(cut, 'water', 4096, 'geom')
     from (select geom from near where kind = 'water' and geom is not null order by id) cut)
    || (select st_asmvt(cut, 'green', 4096, 'geom')
     from (select geom from near where kind = 'green' and geom is not null order by id) cut)
    || (select st_asmvt(cut, 'streets', 4096, 'geom')
     from (select geom, rank from near where kind = 'street' and geom is not null order by id) cut)
    || (select st_asmvt(cut, 'buildings', 4096, 'geom')
     from (select geom from houses where geom is not null order by id) cut)
