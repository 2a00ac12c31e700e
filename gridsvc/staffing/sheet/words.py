"""What a sheet's columns are called, and what is said of a row: one sentence, what to change."""

from __future__ import annotations

from typing import Any


def N_(text: str) -> str:  # noqa: N802 - the mark that finds texts to translate
    """Mark a text for the catalogue; the page puts it into the reader's language."""
    return text


#: Field → its heading in the sheet that we write.
HEADINGS = {
    "grid": N_("Grid code"),
    "team": N_("Team code"),
    "team_name": N_("Team name"),
    "phone": N_("Duty phone"),
    "branch": N_("Branch code"),
    "branch_name": N_("Branch name"),
    "branch_kind": N_("Branch kind"),
    "members": N_("Members"),
    "post": N_("Post"),
    "source": N_("Drawn from"),
    "posts": N_("Number of posts"),
    "offered": N_("To be claimed"),
    "valid_from": N_("From"),
    "valid_to": N_("Until"),
}

#: Field → what offices call it, without spaces and signs.
NAMES = {
    "grid": "网格编码 网格代码 网格编号 所属网格编码 gridcode grid",
    "team": "团队编码 团队代码 团队编号 服务团队编码 服务团队代码 teamcode team",
    "team_name": "团队名称 服务团队 服务团队名称 团队 teamname",
    "phone": "值班电话 联系电话 电话 团队电话 团队值班电话 服务团队值班电话"
    " dutyphone phone teamphone teamdutyphone",
    "branch": "支部编码 支部代码 党支部编码 党支部代码 支部编号 branchcode branch",
    "branch_name": "支部名称 党支部 党支部名称 支部 branchname",
    "branch_kind": "支部类型 支部类别 党支部类型 branchkind",
    "members": "党员人数 党员数 支部党员人数 支部党员数 members branchmembers",
    "post": "岗位 职务 岗位名称 post position",
    "source": "来源 人员来源 岗位来源 source drawnfrom",
    "posts": "岗位数 岗位数量 名额 numberofposts posts count",
    "offered": "认领 可认领 是否认领 tobeclaimed offered claimable",
    "valid_from": "起始日期 开始日期 生效日期 任期起 任期起始日期 任期开始日期 起"
    " from start validfrom termfrom",
    "valid_to": "截止日期 结束日期 到期日期 任期止 任期截止日期 任期结束日期 止 至"
    " until end to validto termuntil termto",
}

#: Columns of persons' names: passed over, because posts are kept and not persons.
PERSONS = frozenset(
    ("姓名", "人员", "网格长", "网格长姓名", "负责人", "联系人")
    + ("name", "leader", "person", "contact")
)

FAULTS = {
    "too_large": N_("The file is too large or unpacks into too much: keep only the first sheet."),
    "too_many_rows": N_("The sheet has more than 3000 rows or 60 columns: part it into several."),
    "no_workbook": N_("The file is no xlsx workbook: save it anew as “Excel workbook (.xlsx)”."),
    "no_text": N_("The file is no csv text: save it anew as “CSV UTF-8”."),
    "no_kind": N_("Choose a file that ends in .xlsx or .csv."),
    "no_heading": N_(
        "No heading was found: one of the first ten rows needs “Grid code” and “Team code” or"
        " “Branch code”."
    ),
    "no_rows": N_("Below the heading there is no row."),
    "shortened": N_(
        "Excel has shortened it to “%(text)s” and lost digits: set the column to text, then type"
        " the number again."
    ),
    "bad_grid": N_("“%(text)s” is no grid code: write its 15 digits."),
    "unknown_grid": N_("There is no grid %(text)s on %(day)s: correct the code."),
    "unknown_grid_near": N_("There is no grid %(text)s on %(day)s: is %(near)s meant?"),
    "outside": N_("The grid %(text)s lies outside your area: leave the row out."),
    "bad_code": N_("“%(text)s” is no code: at most 40 letters, digits and hyphens."),
    "no_party": N_("The row names neither a team nor a branch: fill one in."),
    "unknown_team": N_("There is no team %(text)s: correct the code, or give its name to make it."),
    "unknown_branch": N_(
        "There is no branch %(text)s: correct the code, or give its name, kind and members to make"
        " it."
    ),
    "foreign": N_("%(text)s belongs to another area: choose one of yours."),
    "not_in_service": N_("%(text)s is not in service on %(day)s: choose another one or day."),
    "bad_date": N_("“%(text)s” is no date: write it as 2026-11-22."),
    "unsure_date": N_(
        "“%(text)s” does not begin with the year, so day and month may be mixed up:"
        " write 2026-11-22."
    ),
    "ends_early": N_("The last day must lie after the first: %(day)s."),
    "past": N_(
        "Somebody looked after the grid since %(text)s: what is past stays; begin today or later."
    ),
    "bad_phone": N_("“%(text)s” is no phone number: write it as 0851-28121001."),
    "lost_zero": N_("“%(text)s” is stored as a number and may lack its 0: set the column to text."),
    "bad_kind": N_("“%(text)s” is no kind of branch: %(kinds)s."),
    "bad_members": N_("“%(text)s” is no number of members: write a whole number."),
    "bad_post": N_("“%(text)s” is no post: write leader, deputy or member."),
    "bad_source": N_("“%(text)s” is no source: %(sources)s."),
    "bad_posts": N_("“%(text)s” is no number of posts: write 1 to 50."),
    "bad_offered": N_("“%(text)s” is neither yes nor no."),
    "post_incomplete": N_(
        "A post needs its team, what post it is and where its holder is drawn from."
    ),
    "post_differs": N_(
        "Row %(row)s says something else of the same posts: keep one of the two rows."
    ),
    "offered_later": N_(
        "A post that is to be claimed must begin by %(day)s: offer later ones then."
    ),
    "only_one": N_("%(text)s has one leader and one deputy: correct number or source."),
    "small": N_("Under 3 members a branch must be a group or a joint branch."),
    "differs": N_("%(text)s is described otherwise in row %(row)s: make both alike."),
    "contradicts": N_("Row %(row)s gives this grid to somebody else: keep one of the two rows."),
}

NOTES = {
    "repeats": N_("says the same as row %(row)s and is passed over"),
    "settled": N_("is so already"),
    "merged": N_("takes from a merged cell: %(fields)s"),
    "new_team": N_("makes the team %(text)s"),
    "new_branch": N_("makes the branch %(text)s"),
}


def said(reason: str, values: dict[str, Any]) -> str:
    """Say a fault or a note in English, as the command line does."""
    return (FAULTS | NOTES)[reason] % values
