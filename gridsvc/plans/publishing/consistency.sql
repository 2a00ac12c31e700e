-- What does not fit together in publications, lineage, assignments and hand-overs.
--
-- Parameters: day (whose present is judged; history is judged whole), within (code prefix).
-- Result: one row a fault: what ('lineage', 'assignment' or 'handover'), code (of the grid, or of
-- the division of the publication), fault (words).
-- Index: primary keys; one_team_at_a_time, one_boundary_at_a_time; ix_incident_open_grid.
with descent as (
    select l.publication_id, p.effective_on, l.from_code, l.to_code, l.area_m2,
           old.grid_code as old_code, old.valid_to as old_end, new.grid_code as new_code,
           new.valid_from as new_begin, new.id as new_id, new.geom as new_geom
    from gridsvc.grid_lineage l
    join gridsvc.publication p on p.id = l.publication_id
    join gridsvc.grid_boundary old on old.id = l.from_boundary_id
    join gridsvc.grid_boundary new on new.id = l.to_boundary_id
),
promised as (
    -- who was to look after which grid, of the maps that came into force
    select p.id, p.effective_on, row ->> 'grid' as code, row ->> 'team_after' as team,
           row ->> 'branch_after' as branch
    from gridsvc.publication p, jsonb_array_elements(p.seen -> 'staffing') row
    where row ->> 'change' <> 'ended'
      and exists (select from gridsvc.grid_boundary b
                  where b.grid_code = row ->> 'grid' and b.valid_from = p.effective_on
                    and b.valid_to is distinct from b.valid_from)
      and p.id = (select max(later.id) from gridsvc.publication later
                  where later.effective_on = p.effective_on
                    and later.seen -> 'staffing' @> jsonb_build_array(
                        jsonb_build_object('grid', row ->> 'grid')))
),
faults as (
    select 'lineage' as what, from_code as code,
           'version ' || publication_id || ' took ground from ' || from_code
           || ', whose boundary did not end with it' as fault
    from descent
    where old_code <> from_code or old_end is distinct from effective_on
    union
    select 'lineage', to_code,
           'version ' || publication_id || ' gave ground to ' || to_code
           || ', whose boundary did not begin with it'
    from descent
    where new_code <> to_code or new_begin <> effective_on
    union
    -- Two projections differ by less than a thousandth at the size of a grid.
    select 'lineage', min(to_code),
           'version ' || publication_id || ' tells of ' || round(sum(area_m2)) || ' m² of '
           || min(to_code) || ', which has ' || round(st_area(new_geom::geography)) || ' m²'
    from descent
    group by publication_id, new_id, new_geom
    having abs(sum(area_m2) - st_area(new_geom::geography))
           > 0.002 * st_area(new_geom::geography) + 1
    union all
    select 'assignment', code, 'version ' || id || ' promised ' || code || ' the team ' || team
           || ' from ' || effective_on || ', which it does not have'
    from promised
    where team is not null and not exists (
        select from gridsvc.team_assignment a join gridsvc.team t on t.id = a.team_id
        where a.grid_code = promised.code and t.code = team and a.valid_from <= effective_on
          and (a.valid_to is null or a.valid_to > effective_on))
    union all
    select 'assignment', code, 'version ' || id || ' promised ' || code || ' the branch ' || branch
           || ' from ' || effective_on || ', which it does not have'
    from promised
    where branch is not null and not exists (
        select from gridsvc.branch_assignment a join gridsvc.branch b on b.id = a.branch_id
        where a.grid_code = promised.code and b.code = branch and a.valid_from <= effective_on
          and (a.valid_to is null or a.valid_to > effective_on))
    union all
    select 'assignment', a.grid_code, a.grid_code || ' has ended, and still has a team'
    from gridsvc.team_assignment a
    where a.valid_from <= :day and (a.valid_to is null or a.valid_to > :day)
      and a.grid_code in (select from_code from gridsvc.grid_lineage)
      and not exists (select from gridsvc.grid_boundary b
                      where b.grid_code = a.grid_code and b.valid_from <= :day
                        and (b.valid_to is null or b.valid_to > :day))
    union all
    select 'handover', p.scope_code, 'version ' || p.id || ' holds since ' || p.effective_on
           || ', and its open cases were not handed over: is a worker running?'
    from gridsvc.publication p
    where p.effective_on < :day
      and not exists (select from gridsvc.rehoming r where r.publication_id = p.id)
    union all
    select 'handover', home.code, 'incident ' || home.id || ' is open, and ' || home.code
           || ', whose people work on it, has ended'
    from (
        select id, coalesce(handled_code, grid_code) as code
        from gridsvc.incident where closed_at is null
    ) home
    where home.code in (
        select l.from_code from gridsvc.grid_lineage l
        join gridsvc.rehoming r on r.publication_id = l.publication_id
        where not exists (select from gridsvc.grid_boundary b
                          where b.grid_code = l.from_code and b.valid_from <= :day
                            and (b.valid_to is null or b.valid_to > :day)))
)
select what, code, fault from faults where code like :within order by what, code, fault
