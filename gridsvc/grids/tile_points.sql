-- One vector tile of points that the caller counted.
-- Parameters  :layer (text), :z, :x, :y, :lon and :lat (float[], EPSG:4326), :n (integer[])
-- Result      bytea, the layer with the property n; points outside the tile's buffer are dropped
-- Index       none: the points are the caller's
select st_asmvt(cut, :layer, 4096, 'geom')
from (
    select n, st_asmvtgeom(
        st_transform(st_setsrid(st_makepoint(lon, lat), 4326), 3857),
        st_tileenvelope(:z, :x, :y), 4096, 64, true) as geom
    from unnest(
        cast(:lon as double precision[]), cast(:lat as double precision[]), cast(:n as integer[])
    ) as cell (lon, lat, n)
) cut
where geom is not null
