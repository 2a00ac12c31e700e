-- Turns the staged rows of gridsvc.simulated_case into cases with their history, and checks at
-- once what is otherwise checked at commit, so that millions do not queue up in memory.
-- No parameters.
with written as (
    insert into gridsvc.incident
        (kind, category_id, status, level, outcome, geom, datum, original_lon, original_lat,
         provenance, reported_at, due_at, closed_at, grid_code, grid_boundary_id, division_code,
         team_id, branch_id)
    select 'incident', s.category_id, case when s.closed_at is null then 'dispatched' else 'closed' end,
           s.level, case when s.closed_at is not null then 'solved' end,
           st_setsrid(st_makepoint(s.lon, s.lat), 4326), 'wgs84', s.lon, s.lat, 'map',
           s.reported_at, s.reported_at + interval '5 days', s.closed_at, s.grid_code, b.id,
           left(s.grid_code, 12), t.team_id, r.branch_id
    from gridsvc.simulated_case s
    join gridsvc.grid_boundary b on b.grid_code = s.grid_code and b.valid_to is null
    left join gridsvc.team_assignment t on t.grid_code = s.grid_code
    left join gridsvc.branch_assignment r on r.grid_code = s.grid_code
    returning id, reported_at, closed_at, status
)
insert into gridsvc.incident_event (incident_id, seq, at, action, from_status, to_status, detail)
select id, 1, reported_at, 'report', null, 'reported', '{}'::jsonb from written
union all
select id, 2, coalesce(closed_at, reported_at), case status when 'closed' then 'close' else 'dispatch' end,
       'reported', status, '{}'::jsonb from written;
set constraints all immediate;
set constraints all deferred;
drop table gridsvc.simulated_case
