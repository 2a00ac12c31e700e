"""PostGIS Topology as a judge of edited grids: it knows edges and faces, nothing of our chain."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import psycopg2
import pytest
import shapely
from sqlalchemy import make_url

from gridsvc.geo.atoms import outlines
from gridsvc.settings import Settings

ROOT = Path(__file__).parents[2]
EDITS = 120

_LOAD = """
    select topology.createtopology('city', 4326, 0);
    create table public.drawn (code text primary key, geom geometry(Polygon, 4326));
    select topology.addtopogeometrycolumn('city', 'public', 'drawn', 'ground', 'POLYGON');
"""


@pytest.fixture
def judge(fresh_database: Settings):
    """A connection to a database of its own with the extension, which a superuser has to make."""
    if not fresh_database.embedded:
        pytest.skip("only in a cluster of our own may the extension be made")
    name = make_url(fresh_database.database_url).database
    connection = psycopg2.connect(host=str(fresh_database.socket_dir), user="postgres", dbname=name)
    connection.autocommit = True
    with connection.cursor() as cursor:
        cursor.execute("set client_min_messages = warning; create extension postgis_topology")
        cursor.execute(_LOAD)
        yield cursor
    connection.close()


@pytest.fixture(scope="module")
def edited():
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(ROOT))
        from benchmarks.edit_walk import Walk, made_city

        walk = Walk.through(made_city(40, seed=11), seed=11)
        while len(walk.log) < EDITS:
            walk.step()
    return outlines(pd.concat(walk.communities.values()))


def faces(cursor, shapes: dict[str, bytes]) -> int:
    """Add polygons without any tolerance, and count the faces that they make."""
    for code, shape in shapes.items():
        cursor.execute(
            "insert into public.drawn values (%s, st_geomfromwkb(%s, 4326))", (code, shape)
        )
    cursor.execute("update public.drawn set ground = topology.totopogeom(geom, 'city', 1, 0)")
    cursor.execute("select count(*) from city.face where face_id > 0")
    return cursor.fetchone()[0]


def test_every_edited_grid_is_one_face_and_the_topology_is_valid(judge, edited):
    shapes = {code: shapely.to_wkb(shape) for code, shape in edited.geometry.items()}
    assert faces(judge, shapes) == len(edited)
    judge.execute("select error from topology.validatetopology('city')")
    assert judge.fetchall() == []
    judge.execute(
        "select count(*) from public.drawn d"
        " where not st_equals(d.geom, st_geometryn(topology.geometry(d.ground), 1))"
    )
    assert judge.fetchone()[0] == 0


def test_a_grid_cut_the_plain_way_makes_faces_of_its_own(judge, edited):
    """The control: a border moved on one side alone leaves a sliver, and the judge finds it."""
    shapes = {code: shapely.to_wkb(shape) for code, shape in edited.geometry.items()}
    code, shape = next(iter(edited.geometry.items()))
    ring = shapely.get_coordinates(shape)
    ring[1] += (2e-6, 2e-6)
    shapes[code] = shapely.to_wkb(shapely.Polygon(ring))
    assert faces(judge, shapes) != len(edited)
