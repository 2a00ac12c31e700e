-- Seven posts for every team of a made city, one in fifty vacant.
-- Parameters: since (date, first day of all of them).
with post as (
    insert into gridsvc.team_post (team_id, post, source, valid_from)
    select t.id,
           case n when 1 then 'leader' when 2 then 'deputy' else 'member' end,
           case n when 1 then 'community_cadre'
                  when 2 then 'subdistrict_cadre' else 'volunteer' end,
           :since
    from gridsvc.team t cross join generate_series(1, 7) n
    where t.code like 'T99%'
    returning id
)
insert into gridsvc.post_holding (post_id, valid_from) select id, :since from post where id % 50 > 0
