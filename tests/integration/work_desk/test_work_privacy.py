"""Persons on the desk: contacts, numbers in free text, and faces on photos."""

from __future__ import annotations

from io import BytesIO

import case_town
from case_town import GRID, NOW
from desk_browser import Desk, numbers
from PIL import Image
from sqlalchemy import select

from gridsvc.accounts.rules import Role
from gridsvc.incidents.evidence import contacts, photos
from gridsvc.incidents.models import ContactLook


def test_a_contact_is_shown_once_to_a_handler_who_says_why(desk: Desk) -> None:
    (case,) = desk.cases(1)
    contacts.keep(desk.session, case, phone="13800138000")
    leader, planner = desk.viewer(Role.LEADER, GRID), desk.viewer(Role.PLANNER)
    assert "13800138000" not in leader.page(f"/work/{case.id}")
    path = f"/work/{case.id}/contact"
    assert "13800138000" in leader.send(path, reason="to ask where").get_data(as_text=True)
    assert "13800138000" not in leader.send(path, reason=" ").get_data(as_text=True)
    assert planner.send(path, reason="to ask where").status_code == 403
    assert "Show the contact" not in planner.page(f"/work/{case.id}")


def test_numbers_of_persons_in_free_text_are_for_handlers_and_each_look_is_kept(desk: Desk) -> None:
    (case,) = desk.cases(1, description="call 13800138000 please")
    street, leader = desk.viewer(Role.STREET_STAFF), desk.viewer(Role.LEADER, GRID)
    path = f"/work/{case.id}"
    for page in (path, "/work", "/"):
        assert "13800138000" not in street.page(page) + leader.page(page)
    assert "Show the hidden numbers" not in street.page(path)
    assert street.send(f"{path}/words").status_code == 403
    assert "Show the hidden numbers" in leader.page(path)
    assert "13800138000" in leader.send(f"{path}/words").get_data(as_text=True)
    assert desk.session.scalars(select(ContactLook.what)).all() == ["words"]
    assert "13800138000" not in leader.page(path)


def test_a_hidden_number_is_not_found_by_who_guesses_it(desk: Desk) -> None:
    (case,) = desk.cases(
        1, description="煤气味，打 138-0013-8000 或 １３９００１３９０００，证 11010519491231002X"
    )
    desk.cases(1, description="电表 201403150022")
    street = desk.viewer(Role.STREET_STAFF)
    for guess in ("138-0013-8000", "0-0013", "13900139000", "139001", "１３９", "19491231", "002X"):
        assert numbers(street.page(f"/work?q={guess}")) == set(), guess
    assert numbers(street.page("/work?q=煤气")) == {case.id}
    assert len(numbers(street.page("/work?q=表 201403150022"))) == 1


def test_whoever_writes_a_number_into_a_note_is_told(desk: Desk) -> None:
    (case,) = desk.cases(1)
    leader = desk.viewer(Role.LEADER, GRID)
    path = f"/work/{case.id}/steps"
    sent = leader.send(path, action="escalate", note="ask 13800138000")
    assert "a number that names a person" in leader.page(sent.headers["Location"])
    quiet = leader.send(path, action="claim").headers["Location"]
    assert "a number that names a person" not in leader.page(quiet)


def test_faces_are_covered_on_a_page_before_the_public_sees_a_photo(desk: Desk) -> None:
    (case,) = desk.cases(1)
    file = BytesIO()
    Image.new("RGB", (400, 300), "red").save(file, "JPEG")
    shown = photos.take(desk.session, case.id, file.getvalue(), None, "report", None, NOW)
    leader, path = desk.viewer(Role.LEADER, GRID), f"/work/{case.id}/photos/{shown.id}"
    assert path in leader.page(f"/work/{case.id}")
    assert leader.send(path, covers="10, 20, 100, 50\n", publish="1").status_code == 303
    desk.session.refresh(shown)
    assert (shown.covers, shown.published_at) == ([[10, 20, 100, 50]], NOW)
    covered = Image.open(BytesIO(shown.covered_jpeg))
    red = [covered.getpixel(at)[0] > 200 for at in ((60, 45), (200, 200))]
    assert red == [False, True]
    page = leader.page(path)
    assert "The covered photo is public" in page and "10, 20, 100, 50" in page
    for wrong in ("10, 20, 1000, 50", "1, 2, 3", "face", "-1, 0, 5, 5"):
        refused = leader.send(path, covers=wrong)
        assert refused.status_code == 400 and wrong in refused.text, wrong
    desk.session.refresh(shown)
    assert (shown.covers, shown.published_at) == ([[10, 20, 100, 50]], NOW)
    assert leader.send(path, covers="10, 20, 100, 50").status_code == 303
    desk.session.refresh(shown)
    assert shown.published_at is None
    planner = desk.viewer(Role.PLANNER)
    assert "photo-covers" not in planner.page(path)
    assert planner.send(path, covers="").status_code == 403
    assert desk.viewer(Role.LEADER, case_town.toy_town.code(2, 1)).get(path).status_code == 404
