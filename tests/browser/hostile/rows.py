"""A row for every table that the town leaves empty, so that the poison has where to fall."""

from __future__ import annotations

#: ``:payload`` is written as people would.
ROWS = (
    """insert into gridsvc.calendar_day (prefix, day, worked, reason)
       values ('', '2026-10-08', false, :payload)""",
    """insert into gridsvc.campaign (id, division_code, name, purpose, starts_on, ends_on, measure,
       goal) select 1, min(code), :payload, :payload, current_date, current_date, 'rounds', 1
       from gridsvc.division where length(code) = 9""",
    """insert into gridsvc.campaign_area (campaign_id, prefix)
       select id, division_code from gridsvc.campaign""",
    """insert into gridsvc.own_festival (prefix, day, name, name_en)
       values ('', current_date + 1, :payload, :payload)""",
    """insert into gridsvc.category_question
       (category_id, code, rank, datatype, required, prompt, choices)
       select id, 'why', 1, 'string', false, :payload, '[]' from gridsvc.category""",
    """insert into gridsvc.clock_entry (incident_id, seq, kind, at, due_at, reason, limit_kind,
       limit_count) values (1, 1, 'start', now(), now(), :payload, 'working_days', 2)""",
    "insert into gridsvc.reporter_contact (incident_id, name) values (1, :payload)",
    """insert into gridsvc.contact_look (incident_id, user_id, at, reason)
       select 1, id, now(), :payload from gridsvc.user_account where username = 'street'""",
    """insert into gridsvc.extension_request (incident_id, asked_at, working_days, reason)
       values (1, now(), 2, :payload)""",
    """insert into gridsvc.appraisal_scheme (prefix, weights, shares, points, reason)
       values ('', '{"self": 10, "public": 40, "community": 30, "organisation": 20}',
       '{"team": 100, "representatives": 70, "units": 30, "committee": 100, "street": 60,
         "branch": 40}', '{"in_time": 2, "round": 1, "satisfied": 3}', :payload)""",
    """insert into gridsvc.area_project (id, division_code, title, work, geom)
       select 1, min(community_code), :payload, :payload, min(anchor::text)::geometry
       from gridsvc.building""",
    """insert into gridsvc.area_project_grid (project_id, grid_code)
       select 1, min(code) from gridsvc.grid""",
    """insert into gridsvc.area_project_step (project_id, number, stage, reached_on, note)
       values (1, 1, 'proposed', '2026-01-01', :payload)""",
    "insert into gridsvc.wish_topic (name, name_en) values (:payload, :payload)",
    """insert into gridsvc.skill_service (team_id, topic_id, skill, valid_from)
       select min(t.id), min(w.id), :payload, '2026-01-01'
       from gridsvc.team t, gridsvc.wish_topic w""",
    """insert into gridsvc.cycle_setting
       (prefix, closing_days, quarter_day, inclusive, valid_from, reason)
       values ('', '{14,28}', 25, true, '2026-01-01', :payload)""",
    """insert into gridsvc.supervision_slip (incident_id, issued_at, reason, answer)
       values (1, now(), :payload, :payload)""",
    """insert into gridsvc.service_point (code, name, tier, services, geom, valid_from)
       select 'S1', 'x', 'agent', array[:payload], anchor, valid_from
       from gridsvc.building limit 1""",
    """insert into gridsvc.service_hour (service_point_id, weekday, opens, closes, place, geom)
       select id, 0, '09:00', '10:00', :payload, geom from gridsvc.service_point""",
    """insert into gridsvc.pairing (organisation, division_code, people, valid_from)
       select :payload, min(community_code), 3, '2026-01-01' from gridsvc.grid""",
    """insert into gridsvc.pledge (place_code, sentence, valid_from)
       select min(code), :payload, '2026-01-01' from gridsvc.division""",
    """insert into gridsvc.public_service
       (code, name, materials, materials_en, tiers, valid_from)
       values ('s', :payload, array[:payload], '{}', '{}', '2026-01-01')""",
    """insert into gridsvc.card_order (kind, paper, copies, grid_codes, within, base_url, language,
           state, error, asked_by_id, asked_at)
       select 'poster', 'a4', 1, array_agg(code), '', '', 'zh', 'failed', :payload,
              (select min(id) from gridsvc.user_account where username = 'street'), now()
       from gridsvc.grid""",
    """insert into gridsvc.plan_review (plan_id, plan_log, action, by_id, at, reason)
       select 1, 0, 'recall', min(id), now(), :payload from gridsvc.user_account""",
    """insert into gridsvc.publication (kind, scope_code, effective_on, restores_on, published_at,
           published_by_id, reason, grids_before, grids_after, households, proof, seen)
       select 'rollback', min(d.code), '2026-09-01', '2026-08-31', now(), min(u.id), :payload,
              9, 9, 1500, '{}', '{"cases": [], "staffing": [], "parties": []}'
       from gridsvc.user_account u, gridsvc.division d""",
    """insert into gridsvc.rollback_request (scope_code, restores_on, effective_on, reason,
           asked_by_id, asked_at, seen, answer)
       select min(d.code), '2026-08-31', '2026-09-01', :payload, min(u.id), now(),
              '{"cases": [], "staffing": [], "parties": [], "accounts": []}', :payload
       from gridsvc.user_account u, gridsvc.division d""",
    """insert into gridsvc.notice (dedupe_key, channel, user_id, topic, params, incident_id)
       select 'n' || id, 'inbox', id, 'dispatched',
              jsonb_object(array['category', 'category_en', 'grid', 'place'],
                           array_fill(cast(:payload as text), array[4])),
              1
       from gridsvc.user_account""",
)
