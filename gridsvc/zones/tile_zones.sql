-- One vector tile of contact zones: their code, households, and what is wanting.
-- Parameters  :z, :x, :y, :on (date), :prefixes (text[], codes that the viewer answers for),
--             :low, :high (households of a zone)
-- Result      bytea, the layer zones (code, n: households, want: 0 nothing, 1 nobody to turn to,
--             2 too few or too many households); empty when nothing is there
-- Index       idx_contact_zone_geom: the tile's box is brought to EPSG:4326
select st_asmvt(cut, 'zones', 4096, 'geom')
from (
    select z.grid_code || '-' || lpad(z.number::text, 2, '0') as code, z.households as n,
        case when z.households not between :low and :high then 2
             when h.id is null then 1 else 0 end as want,
        st_asmvtgeom(
            st_transform(z.geom, 3857), st_tileenvelope(:z, :x, :y), 4096, 64, true) as geom
    from gridsvc.contact_zone z
    -- zones of a grid that is no more, or that ended with its ground, are not drawn
    join gridsvc.grid_boundary b on b.grid_code = z.grid_code
        and b.valid_from <= :on and (b.valid_to is null or b.valid_to > :on)
    left join gridsvc.zone_contact c on c.zone_id = z.id
        and c.valid_from <= :on and (c.valid_to is null or c.valid_to > :on)
    left join gridsvc.team_post p on p.id = c.post_id
        and p.valid_from <= :on and (p.valid_to is null or p.valid_to > :on)
    left join gridsvc.team_assignment a on a.grid_code = z.grid_code and a.team_id = p.team_id
        and a.valid_from <= :on and (a.valid_to is null or a.valid_to > :on)
    left join gridsvc.post_holding h on a.id is not null and h.post_id = p.id
        and h.valid_from <= :on and (h.valid_to is null or h.valid_to > :on)
    where z.geom && st_transform(st_tileenvelope(:z, :x, :y, margin => 64.0 / 4096), 4326)
      and z.valid_from <= :on and (z.valid_to is null or z.valid_to > :on)
      and exists (
          select from unnest(cast(:prefixes as text[])) prefix
          where starts_with(z.grid_code, prefix))
    order by z.id
) cut
where geom is not null
