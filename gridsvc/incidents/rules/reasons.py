"""Why something about a case is refused: a code with its values; the edge makes the words."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from typing import Any, NamedTuple, TypeVar

from gridsvc.errors import GridsvcError


def N_(text: str) -> str:
    """Mark a sentence for translation, where it is written and not yet said."""
    return text


#: Code → English sentence. Codes are promised to callers of the interface as ``reason``.
SENTENCES: Mapping[str, str] = {
    # At the door.
    "role_not_enough": N_("The role “%(role)s” does not reach %(path)s."),
    # How a report arrives.
    "place_not_finite": N_("lon and lat must be finite numbers of degrees."),
    "place_not_degrees": N_("lon and lat must be degrees on earth."),
    "place_off_earth": N_("%(lon)s, %(lat)s is not on earth: give lon, lat in degrees."),
    "no_category": N_("There is no category “%(category)s”: see the catalogue."),
    "report_under_way": N_("The same report is being taken in just now: send it again."),
    "report_otherwise": N_(
        "client_report_id %(key)s came before with other content, as case %(case)s:"
        " send a new report under a new id."
    ),
    "report_flood": N_(
        "This account sent %(most)s reports within %(minutes)s minutes:"
        " send the next in %(seconds)s seconds; what waits is not lost."
    ),
    "join_needs_id": N_("To join a case needs a client_report_id."),
    "join_otherwise": N_("client_report_id came before, for case %(case)s."),
    "join_ended": N_("Case %(case)s has ended meanwhile: report it anew."),
    "join_merged": N_("Case %(case)s has ended meanwhile: join case %(into)s."),
    # Answers to the questions of a category, and how to reach who reported.
    "no_question": N_("attribute %(question)s is no question of this service."),
    "answer_missing": N_("attribute %(question)s was not provided: the service needs it."),
    "answer_long": N_("attribute %(question)s is longer than %(most)s characters."),
    "answer_one": N_("attribute %(question)s takes one answer."),
    "answer_choice": N_("attribute %(question)s is “%(text)s”: expected one of %(choices)s."),
    "answer_number": N_("attribute %(question)s is “%(text)s”: expected a number."),
    "answer_instant": N_(
        "attribute %(question)s is “%(text)s”: expected 2026-03-09T16:30:00+08:00."
    ),
    "contact_long": N_("%(field)s has at most %(most)s characters."),
    "contact_mail": N_("email is no address: it needs an @."),
    # Which step, when, by whom.
    "no_case": N_("There is no case %(case)s."),
    "no_tracking_code": N_("There is no case with this tracking code."),
    "no_step": N_("There is no step “%(step)s”: %(steps)s."),
    "step_of_no_kind": N_("Case %(case)s: a %(kind)s knows no step “%(step)s”."),
    "wrong_state": N_(
        "Case %(case)s: “%(step)s” starts from %(sources)s, and the case is %(status)s."
    ),
    "own_wish": N_("Case %(case)s: whoever asked for more time does not grant it."),
    "own_work": N_(
        "Case %(case)s: whoever handled the case does not check or close it: ask somebody else."
    ),
    "not_theirs": N_("Case %(case)s: “%(step)s” is for %(who)s."),
    "claimed_by_another": N_("Case %(case)s was claimed by another team."),
    "too_late_to_reopen": N_(
        "Case %(case)s was closed more than %(days)s days ago: report it anew."
    ),
    "not_fed_back": N_("Case %(case)s: tell whoever asked what came of it (feed_back) first."),
    "repeated_otherwise": N_(
        "The id of this step came before with something else: send it under a new one."
    ),
    # What comes with a step.
    "step_needs": N_("“%(step)s” needs “%(field)s”."),
    "rating_range": N_("rating must be 1, 2 or 3."),
    "no_team_yet": N_("Case %(case)s has no team yet: name one as team."),
    "name_team": N_("Name the team that claims the case as team."),
    "several_teams": N_("You act for several teams: name one as team."),
    "not_your_team": N_("You do not act for team %(team)s here."),
    "team_elsewhere": N_("Team %(team)s works outside your area."),
    "no_team": N_("There is no team %(team)s on %(day)s."),
    "team_works_already": N_("Team %(team)s works on case %(case)s already."),
    "days_range": N_("working_days must be 1 to %(most)s."),
    "time_asked_already": N_("Case %(case)s waits for more time already."),
    "no_time_asked": N_("Nobody asked for more time for case %(case)s."),
    "clock_stands": N_("Case %(case)s cannot be given more time: its clock does not run."),
    "highest_level": N_("Case %(case)s is at the highest level."),
    "not_more_urgent": N_("Case %(case)s is %(urgency)s already: it can only become more urgent."),
    "outcome_needs_note": N_("A case that is referred or explained needs its reason as note."),
    "photo_first": N_("Case %(case)s needs a photo of the work done (purpose resolve) first."),
    "place_known": N_("Case %(case)s has its grid: its place does not change any more."),
    "place_no_grid": N_("%(lon)s, %(lat)s lies in no grid of %(day)s: choose a place in one."),
    "nothing_odd": N_("Case %(case)s has nothing odd that waits for a look."),
    "rated_already": N_("Case %(case)s was rated already."),
    # Merging.
    "into_ended": N_("Case %(into)s is not open: choose another one."),
    "into_younger": N_("Case %(into)s is younger: merge it into case %(case)s instead."),
    "others_merged": N_("Other cases were merged into case %(case)s: part them first."),
    # Many at once, and back.
    "too_many_cases": N_("Choose from 1 to %(most)s cases, not %(count)s."),
    "gone_on": N_("Case %(case)s has gone on since; nothing was taken back."),
    "too_late_to_undo": N_("Case %(case)s: a step can be taken back for %(seconds)s seconds."),
    "no_way_back": N_("Case %(case)s: “%(step)s” cannot be taken back."),
    "no_team_before": N_("Case %(case)s had no team before: give it to another."),
    # Supervision slips.
    "no_slip": N_("There is no supervision slip %(slip)s."),
    "slip_needs_reason": N_("A supervision slip needs a reason: say what is demanded."),
    "slip_ended_case": N_("Case %(case)s has ended: reopen it first."),
    "slip_waits": N_("Case %(case)s has a slip that waits for its answer: one at a time."),
    "slip_not_yours": N_("Supervision slips are issued and closed by the offices above the case."),
    "slip_for_its_team": N_("A slip is answered by the team that has the case."),
    "slip_answer_empty": N_("The answer is empty: say what was done."),
    "slip_answered": N_("Supervision slip %(slip)s has been answered."),
    "slip_unanswered": N_("Supervision slip %(slip)s has not been answered: it stays open."),
    "slip_closed": N_("Supervision slip %(slip)s has been closed."),
    # The ladder.
    "ladder_not_yours": N_("This ladder is kept by who answers for the whole of its area."),
    "ladder_needs_reason": N_("Say why the ladder is changed."),
    "ladder_empty": N_("The ladder that holds everywhere needs at least one rung."),
    "ladder_long": N_("A ladder has at most %(most)s rungs."),
    "ladder_share": N_("%(share)s %% is no share: write 1 to %(most)s."),
    "ladder_raises_nobody": N_(
        "At %(share)s %% the case is to rise, but a team answers for no level:"
        " tell an office instead."
    ),
    "ladder_twice": N_("At %(share)s %% the same people are told twice."),
    # Photos and what names a person.
    "photo_missing": N_("Send the photo as the file “photo” of multipart/form-data."),
    "pass_own_photos": N_("A phone's pass adds photos to own reports alone: sign in for others."),
    "photo_purpose": N_("purpose is one of %(purposes)s."),
    "photo_id": N_("client_photo_id has at most %(most)s characters and no NUL."),
    "photos_full": N_("Case %(case)s has %(most)s photos: no more fit."),
    "photo_elsewhere": N_("client_photo_id just came with another case."),
    "photo_otherwise": N_("client_photo_id %(photo)s came before with another photo."),
    "no_photo": N_("Case %(case)s has no photo %(photo)s."),
    "no_photo_number": N_("There is no photo %(photo)s."),
    "photo_not_yours": N_("Photos are added and covered by those who work on cases."),
    "cover_not_numbers": N_("“%(line)s” is no rectangle: write x, y, width, height in pixels."),
    "covers_many": N_("A photo takes at most %(most)s rectangles."),
    "cover_outside": N_(
        "The rectangle %(rectangle)s does not lie in the photo of %(width)s x %(height)s pixels."
    ),
    "photo_sensitive": N_("Photos of a sensitive category are not shown to the public."),
    "photo_unreadable": N_(
        "The file is no photo that can be read: send a JPEG, PNG, WebP or HEIC."
    ),
    "photo_layers": N_("The photo is built in too many layers: save it anew and send it again."),
    "photo_broken": N_("The photo breaks off or is damaged: take it again or send it anew."),
    "photo_large": N_(
        "The photo has %(width)s x %(height)s pixels, %(million)s million:"
        " send one of at most %(most)s million."
    ),
    "look_not_yours": N_("Contacts and numbers of case %(case)s are for those who handle it."),
    "look_needs_reason": N_("Say in a few words why you need the contact."),
    "no_contact": N_("Case %(case)s has no contact."),
}


class Refusal(NamedTuple):
    """A reason of `SENTENCES` and what it is about: codes, numbers, words of the trade."""

    reason: str
    values: Mapping[str, Any] = {}


E = TypeVar("E", bound=GridsvcError)


def because(kind: type[E], reason: str, about: Any = (), /, **values: Any) -> E:
    """Make a refusal whose English sentence can be said again in another language.

    Parameters
    ----------
    kind : type of GridsvcError
        Decides the status that answers it.
    reason : str
        A key of `SENTENCES`.
    about : iterable or int
        What the class takes after its sentence: ids, or the seconds of `TooMany`.
    values : str, int, enum, or tuple of these
        What the sentence names.
    """
    error = kind(SENTENCES[reason] % {name: plain(one) for name, one in values.items()}, about)
    error.reason, error.values = reason, values
    return error


def plain(value: Any) -> str:
    """Say a value as the interface does: an enum by its code, several parted by commas."""
    if isinstance(value, tuple | list | frozenset):
        return ", ".join(plain(one) for one in value)
    return str(value.value if isinstance(value, enum.Enum) else value)
