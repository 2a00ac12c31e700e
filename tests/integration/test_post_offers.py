"""Vacant posts on offer: claimed once, however many reach for one, and confirmed by the office."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import peopled_town
import pytest
import toy_town
from peopled_town import NOW, TODAY, TOWN
from sqlalchemy.orm import Session

from gridsvc.accounts.models import UserAccount
from gridsvc.accounts.rules import Role, Scope
from gridsvc.accounts.services import add_user
from gridsvc.db import make_engine
from gridsvc.errors import Conflict, NotFound, RuleViolation
from gridsvc.staffing import offers, pairings
from gridsvc.staffing.models import Pairing, PostHolding, PostOffer
from gridsvc.staffing.rules import Decision
from gridsvc.staffing.vacancies import vacancies

PAGE = {"Accept": "text/html", "Accept-Language": "en"}
HERE = Scope((TOWN,))
CLAIMERS = 8


def add(session, name: str, role: Role, prefix: str) -> UserAccount:
    password = "x" * 12 + "y1z2"
    return add_user(session, username=name, role=role, password=password, prefixes=[prefix])


def populate(session) -> None:
    peopled_town.build(session)
    add(session, "office", Role.STREET_STAFF, TOWN)
    for number in range(CLAIMERS):
        add(session, f"leader{number}", Role.LEADER, toy_town.code(1, 1))
    add(session, "elsewhere", Role.LEADER, toy_town.code(2, 1))


def who(session, name: str) -> UserAccount:
    return session.query(UserAccount).filter_by(username=name).one()


@pytest.fixture
def town(session):
    populate(session)
    return session


def test_posts_on_offer_are_narrowed_to_an_area_and_turned_page_by_page(
    town, settings, monkeypatch
) -> None:
    monkeypatch.setattr("gridsvc.web.staff.offer_pages.ROWS", 1)
    app = peopled_town.app_in(town, settings)
    street = peopled_town.Viewer(app, town, Role.STREET_STAFF, TOWN)

    def shown(query: str) -> str:
        answer = street.get(f"/staff/offers?{query}", **PAGE)
        assert answer.status_code == 200
        return answer.get_data(as_text=True)

    first, second = (f"/grids/{toy_town.code(1, n)}" for n in (2, 3))
    assert first in shown("page=1") and second not in shown("page=1")
    assert second in shown("page=2") and first not in shown("page=2")
    assert first not in shown(f"in={TOWN}002") and second in shown(f"in={toy_town.code(1, 3)}")
    assert street.get("/staff/offers?in=520303").status_code == 404


@pytest.fixture
def number(town) -> int:
    post = vacancies(town, HERE, TODAY)[0].post_id
    for _ in range(2):
        offers.offer(town, post, who(town, "office"), NOW, TODAY)
    return town.query(PostOffer).one().id


def test_a_claim_that_is_confirmed_fills_the_post_for_three_years(town, number):
    offers.claim(town, number, who(town, "leader1"), NOW, TODAY)
    assert len(vacancies(town, HERE, TODAY)) == 2
    offers.decide(town, number, Decision.CONFIRMED, who(town, "office"), NOW, TODAY)
    assert len(vacancies(town, HERE, TODAY)) == 1
    held = town.query(PostHolding).filter_by(user_id=who(town, "leader1").id).one()
    assert (held.valid_from, held.valid_to.year) == (TODAY, 2029)
    assert offers.open_offers(town, HERE, TODAY) == []
    with pytest.raises(Conflict):
        offers.decide(town, number, Decision.CONFIRMED, who(town, "office"), NOW, TODAY)


def test_of_many_at_once_one_gets_it(settings, fresh_database):
    engine = make_engine(fresh_database, pool_size=CLAIMERS)
    with Session(engine) as session:
        populate(session)
        post = vacancies(session, HERE, TODAY)[0].post_id
        offers.offer(session, post, who(session, "office"), NOW, TODAY)
        session.commit()
        wanted = session.query(PostOffer).one().id
    start = Barrier(CLAIMERS)

    def reach(place: int) -> bool:
        with Session(engine) as mine:
            account = who(mine, f"leader{place}")
            start.wait()
            try:
                offers.claim(mine, wanted, account, NOW, TODAY)
            except Conflict:
                return False
            mine.commit()
            return True

    with ThreadPoolExecutor(CLAIMERS) as pool:
        won = list(pool.map(reach, range(CLAIMERS)))
    with Session(engine) as session:
        winner = session.get(UserAccount, session.query(PostOffer).one().claimed_by_id)
    engine.dispose()
    assert sum(won) == 1 and winner.username == f"leader{won.index(True)}"


def test_another_community_neither_sees_nor_claims_it(town, number):
    stranger = who(town, "elsewhere")
    assert offers.open_offers(town, offers.neighbourhood(stranger.scope), TODAY) == []
    with pytest.raises(NotFound):
        offers.claim(town, number, stranger, NOW, TODAY)


def test_nobody_confirms_the_own_claim_or_a_post_that_is_held(town, number):
    office = who(town, "office")
    offers.claim(town, number, office, NOW, TODAY)
    with pytest.raises(RuleViolation):
        offers.decide(town, number, Decision.CONFIRMED, office, NOW, TODAY)
    post = town.query(PostOffer).one().post_id
    town.add(PostHolding(post_id=post, valid_from=TODAY + timedelta(5)))
    town.flush()
    second = add(town, "second", Role.STREET_STAFF, TOWN)
    with pytest.raises(RuleViolation):
        offers.decide(town, number, Decision.CONFIRMED, second, NOW, TODAY)
    offers.decide(town, number, Decision.WITHDRAWN, second, NOW, TODAY)


def test_a_declined_post_can_be_offered_again(town, number):
    offers.claim(town, number, who(town, "leader1"), NOW, TODAY)
    offers.decide(town, number, Decision.DECLINED, who(town, "office"), NOW, TODAY)
    offers.offer(town, town.query(PostOffer).one().post_id, who(town, "office"), NOW, TODAY)
    assert [one.claimed_by_id for one in offers.open_offers(town, HERE, TODAY)] == [None]


def test_a_post_that_is_held_is_not_offered(town):
    held = town.query(PostHolding).first().post_id
    with pytest.raises(NotFound):
        offers.offer(town, held, who(town, "office"), NOW, TODAY)


def test_an_organisation_stands_by_a_community_once_until_it_ends(town):
    first = pairings.pair(town, " 供电  局 ", f"{TOWN}001", 12, TODAY, HERE)
    assert first.organisation == "供电 局"
    with pytest.raises(RuleViolation):
        pairings.pair(town, "供电 局", f"{TOWN}001", 3, TODAY, HERE)
    pairings.pair(town, "供电 局", f"{TOWN}002", 3, TODAY, HERE)
    assert pairings.totals(town, HERE, TODAY) == (1, 2, 15)
    pairings.part(town, first.id, TODAY + timedelta(10), HERE)
    assert pairings.totals(town, HERE, TODAY + timedelta(10)) == (1, 1, 3)


@pytest.mark.parametrize("community", [TOWN, f"{TOWN}009", "999999001001"])
def test_only_a_community_of_the_area_is_paired(town, community):
    with pytest.raises(NotFound):
        pairings.pair(town, "x", community, 1, TODAY, HERE)


class Form(peopled_town.Viewer):
    """A signed-in client that can send a form."""

    def post(self, path: str, **sent: str) -> tuple[int, str]:
        answer = self._client.post(path, data=sent, headers={**self._headers, **PAGE})
        return answer.status_code, answer.get_data(as_text=True)

    def page(self, path: str) -> str:
        return self.get(path, **PAGE).get_data(as_text=True)


def test_the_pages_offer_claim_confirm_and_pair(town, settings, monkeypatch):
    monkeypatch.setattr("gridsvc.edge.now", lambda: NOW)
    app = peopled_town.app_in(town, settings)
    office = Form(app, town, Role.STREET_STAFF, TOWN)
    leader = Form(app, town, Role.LEADER, toy_town.code(1, 3))
    post = vacancies(town, HERE, TODAY)[0].post_id
    assert office.post("/staff/offers", number=str(post))[0] == 303
    number = str(town.query(PostOffer).one().id)
    assert ">Claim the post<" in leader.page("/staff/offers")
    assert leader.post("/staff/offers/claim", number=number)[0] == 303
    status, page = leader.post("/staff/offers/claim", number=number)
    assert status == 409 and "Somebody was quicker" in page and "waits for the community" in page
    assert ">Confirm<" in office.page("/staff/offers")
    assert office.post("/staff/offers/confirmed", number=number)[0] == 303
    assert len(vacancies(town, HERE, TODAY)) == 1
    sent = {"organisation": "<b>局</b>", "community": f"{TOWN}001", "people": "7"}
    assert office.post("/staff/pairings", **sent)[0] == 303
    assert "&lt;b&gt;局&lt;/b&gt;" in office.page("/staff/pairings")
    status, page = office.post("/staff/pairings", **sent)
    assert status == 400 and "stands by the community already" in page
    part = str(town.query(Pairing).one().id)
    assert office.post("/staff/pairings", part=part)[0] == 303
    assert "No organisation is paired" in office.page("/staff/pairings")
