"""Cards and posters: printed with a code that can be scanned, part by part, and counted."""

from __future__ import annotations

import re
from datetime import date, timedelta

import peopled_town
import pypdfium2
import pypdfium2.raw as raw
import pytest
import toy_town
import zxingcpp
from peopled_town import NOW, TODAY, TOWN
from sqlalchemy import delete, select, text
from sqlalchemy.orm import Session, sessionmaker

from gridsvc.accounts import services
from gridsvc.accounts.models import UserAccount
from gridsvc.accounts.rules import Role
from gridsvc.cards import issues, orders
from gridsvc.cards.models import CardIssue, CardOrder, CardPart
from gridsvc.cards.orders import Print
from gridsvc.cards.rules import LOST_AFTER, CardKind, OrderState, Paper
from gridsvc.errors import BadInput, Conflict, NotFound, RuleViolation
from gridsvc.public.models import PublicService
from gridsvc.web.cards.printing import print_pdf

PUBLIC, HIDDEN = toy_town.code(2, 1), toy_town.code(1, 1)
ADDRESS = "https://grids.example.org"


@pytest.fixture
def town(session: Session) -> Session:
    peopled_town.build(session)
    return session


@pytest.fixture
def street(town: Session) -> UserAccount:
    return services.add_user(
        town, username="street", role=Role.STREET_STAFF, password="correct horse", prefixes=[TOWN]
    )


def wanted(kind: str, copies: int = 1, paper: str = "a4", language: str = "zh") -> Print:
    return Print(CardKind(kind), Paper(paper), copies, ADDRESS, language)


def scanned(page: pypdfium2.PdfPage) -> list[str]:
    """Every code on a page, as a phone reads it from 150 dots an inch."""
    return [one.text for one in zxingcpp.read_barcodes(page.render(scale=150 / 72).to_pil())]


def embedded(page: pypdfium2.PdfPage) -> set[bool]:
    """Whether the font of each text is inside the file."""
    texts = page.get_objects([raw.FPDF_PAGEOBJ_TEXT])
    return {bool(raw.FPDFFont_GetIsEmbedded(raw.FPDFTextObj_GetFont(one.raw))) for one in texts}


def test_a_printed_code_leads_to_the_grids_page_and_hidden_grids_have_none(
    town: Session, database
) -> None:
    app = peopled_town.app_in(town, database)
    town.execute(text("update gridsvc.grid set name = '<b>老城</b>' where code = :code"),
                 {"code": PUBLIC})  # fmt: skip
    with app.app_context():
        cards = print_pdf(town, wanted("contact", copies=12), (PUBLIC, HIDDEN), TODAY)
        poster = print_pdf(town, wanted("poster", paper="a3", language="en"), (PUBLIC,), TODAY)
        with pytest.raises(BadInput, match="redrawn"):
            print_pdf(town, wanted("poster"), (PUBLIC,), date(2020, 1, 1))
    with pypdfium2.PdfDocument(cards) as paper:
        assert [scanned(page) for page in paper] == [[], [], [f"{ADDRESS}/g/{PUBLIC}"] * 10,
                                                     [f"{ADDRESS}/g/{PUBLIC}"] * 2]  # fmt: skip
        words = paper[0].get_textpage().get_text_range()
        assert "队1" in words and "0851-1" in words and "110" in words
        assert "<b>老城</b>" in paper[2].get_textpage().get_text_range()
        assert embedded(paper[0]) == {True}
    with pypdfium2.PdfDocument(poster) as paper:
        assert [round(side / 72 * 25.4) for side in paper[0].get_size()] == [297, 420]
        assert scanned(paper[0]) == [f"{ADDRESS}/g/{PUBLIC}"]


def test_a_long_list_goes_on_overleaf_and_what_has_no_place_is_counted(
    town: Session, database
) -> None:
    def printed(count: int) -> list[pypdfium2.PdfPage]:
        town.execute(delete(PublicService))
        for number in range(count):
            town.add(PublicService(code=f"s{number}", name=f"Service No. {number:02}.",
                                   materials=["A paper of a very long name, " * 4] * 4,
                                   materials_en=[], tiers=[],
                                   valid_from=TODAY))  # fmt: skip
        town.flush()
        return list(pypdfium2.PdfDocument(print_pdf(town, asked, (PUBLIC,), TODAY)))

    def named(page: pypdfium2.PdfPage) -> set[str]:
        return set(re.findall(r"Service No. \d\d", page.get_textpage().get_text_range()))

    asked = wanted("service", language="en")
    with peopled_town.app_in(town, database).app_context():
        (only,) = printed(4)
        front, back = printed(10)
        cut_front, cut_back = printed(20)
    assert len(named(only)) == 4
    assert named(front) and named(back) and len(named(front) | named(back)) == 10
    shown = len(named(cut_front) | named(cut_back))
    assert 10 < shown < 20
    assert f"{20 - shown} more on" in cut_front.get_textpage().get_text_range()
    assert scanned(cut_front) == [f"{ADDRESS}/g/{PUBLIC}"]


def begun(town: Session, by: UserAccount, kind: str = "poster", copies: int = 1) -> CardOrder:
    asked = wanted(kind, copies)
    return orders.ask(town, asked, scope=by.scope, within=TOWN, by=by, on=TODAY, now=NOW)


def named(session: Session, asked: Print, codes: tuple[str, ...]) -> bytes:
    """Set a part quickly: which grids it is for."""
    return ",".join(codes).encode()


def test_a_printing_is_done_part_by_part_and_counted_once(
    town: Session, street: UserAccount
) -> None:
    order = begun(town, street, copies=3)
    with pytest.raises(Conflict):
        begun(town, street)
    sessions = sessionmaker(town.connection(), join_transaction_mode="create_savepoint")
    assert orders.work_part(sessions, named, NOW)
    town.refresh(order)
    assert (order.state, order.done) == (OrderState.RUNNING, 6)
    with pytest.raises(Conflict):
        orders.book(town, order, street, TODAY, NOW)
    assert orders.work_part(sessions, named, NOW) and not orders.work_part(sessions, named, NOW)
    town.refresh(order)
    assert (order.state, order.done) == (OrderState.DONE, 9)
    kept = town.scalars(select(CardPart.pdf).order_by(CardPart.number)).all()
    assert [code for pdf in kept for code in pdf.decode().split(",")] == order.grid_codes
    orders.book(town, order, street, TODAY, NOW)
    with pytest.raises(Conflict):
        orders.book(town, order, street, TODAY, NOW)
    assert issues.issued_by(town, street.scope, TODAY)["poster"].sum() == 27


def test_a_cancelled_printing_keeps_nothing_and_a_lost_worker_is_followed(
    town: Session, street: UserAccount
) -> None:
    order = begun(town, street)
    sessions = sessionmaker(town.connection(), join_transaction_mode="create_savepoint")

    def dies(session: Session, asked: Print, codes: tuple[str, ...]) -> bytes:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        orders.work_part(sessions, dies, NOW)
    assert not orders.work_part(sessions, named, NOW + LOST_AFTER / 2)
    assert orders.work_part(sessions, named, NOW + LOST_AFTER + timedelta(seconds=1))

    def cancelled_meanwhile(session: Session, asked: Print, codes: tuple[str, ...]) -> bytes:
        orders.cancel(town, order, NOW)
        return b""

    assert orders.work_part(sessions, cancelled_meanwhile, NOW)
    assert town.scalars(select(CardPart)).all() == []
    assert not orders.work_part(sessions, named, NOW)

    def breaks(session: Session, asked: Print, codes: tuple[str, ...]) -> bytes:
        raise BadInput("These grids were redrawn since: print anew.")

    failed = begun(town, street)
    orders.work_part(sessions, breaks, NOW)
    town.refresh(failed)
    assert failed.state is OrderState.FAILED and "redrawn" in (failed.error or "")


def test_cards_are_counted_by_grid_and_never_below_nothing(
    town: Session, street: UserAccount
) -> None:
    def count(number: int, grid: str = HIDDEN, on: date = TODAY) -> CardIssue:
        return issues.issue(town, grid, CardKind.CONTACT, number, on, by=street,
                            scope=street.scope, today=TODAY)  # fmt: skip

    count(100, on=TODAY - timedelta(7))
    count(-40)
    told = issues.issued_by(town, street.scope, TODAY)
    assert told.loc[HIDDEN, ["households", "contact", "poster"]].tolist() == [120, 60, 0]
    before = issues.issued_by(town, street.scope, TODAY - timedelta(1))
    assert before["contact"].sum() == 100
    with pytest.raises(RuleViolation):
        count(-61)
    with pytest.raises(BadInput):
        count(1, on=TODAY + timedelta(1))
    with pytest.raises(NotFound):
        count(1, grid="520303001001001")


def test_the_office_prints_watches_cancels_and_counts_on_its_pages(town: Session, database) -> None:
    office = peopled_town.Viewer(
        peopled_town.app_in(town, database), town, Role.COMMUNITY_STAFF, TOWN
    )

    def send(path: str, **form: object):
        return office._client.post(path, data=form, headers=office._headers)

    wrong = {"grid": HIDDEN, "kind": "contact", "number": "0"}
    assert send("/cards", **wrong).status_code == 400
    assert send("/cards", **wrong | {"number": 60}).status_code == 303
    page = office.get(f"/cards?in={TOWN}001", Accept="text/html", **{"Accept-Language": "en"})
    told = page.get_data(as_text=True)
    assert "60 contact cards, 1,170 households" in told and "no code to scan" in told
    asked = send("/cards/orders", **{"in": TOWN, "kind": "poster", "paper": "a3", "copies": 2})
    where = asked.headers["Location"]
    assert office.get(where).headers["Refresh"] == "2"
    assert send("/cards/orders", kind="poster", copies=1).headers["Location"] == where
    assert send(f"{where}/cancel").status_code == 303
    assert "Refresh" not in office.get(where).headers
    assert office.get(f"{where}.zip").status_code == 404
    assert send("/cards/orders", kind="poster", copies=101).status_code == 400
    card = office.get(f"/cards/{PUBLIC}/contact.pdf")
    assert card.mimetype == "application/pdf"
    gone = office.get(f"/cards/{toy_town.code(1, 99)}/contact.pdf", Accept="text/html")
    assert gone.status_code == 404 and "若已重新划分" in gone.get_data(as_text=True)
    with pypdfium2.PdfDocument(card.data) as paper:
        assert len(paper) == 1 and not scanned(paper[0])  # no public address is set
