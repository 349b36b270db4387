"""Looking back: by a link and the spoken code a patient agrees to less, or takes it all back (SPEC S5.9)."""

from __future__ import annotations

from hypothesis import strategies as st
from msgspec.structs import replace

from inscope_protocol.types import RecordedByPatient, Scope
from server.stateful.base import index, pick, step
from server.stateful.evidence import holds
from server.stateful.model import Actor, Consent, Link, Place, Question
from server.stateful.question_steps import TICKS, QuestionSteps, fields_of, hashed, lists_of
from server.stateful.thread_steps import MINUTE
from world.patient import CODE

LASTING = 30 * MINUTE
"""Of a visit, in milliseconds."""


class LookBackSteps(QuestionSteps):
    def agree(self, place: Place, actor: Actor, subject: str, lie: str) -> None:
        """The whole way: asked, answered, recorded (perhaps as something else first), and looked back at."""
        question = self.ask_patient(place, actor, subject=subject)
        assert question is not None
        self.enter(question)
        self.reply(question, "all")
        for said in (lie, "") if lie else ("",):
            self.record_as_answered(question, said, by=1)
        self.look(self.model.links[-1])

    @step(2, when=lambda self: self.model.consents, by=index, which=index)
    def make_link(self, by: int, which: int) -> None:
        """For a patient who answered otherwise; earlier links end."""
        actor, consent = pick(self.model.actors, by), pick(self.model.consents[::-1], which)
        code = actor.guard(self.now) or ("" if self.model.may_amend(actor, consent, self.now) else "not_found")
        name = consent.newest.consent
        answer = self.wait(actor.device.call("POST", f"/api/consents/{name}/look-back", {"code": CODE}))
        if self.expect(answer, code):
            self.model.links = [link for link in self.model.links if link.consent != name]
            self.model.expected["link", "recorded", None] += 1
            self.model.links.append(Link(name, f"/patient/look/{answer.data['token']}"))

    @step(3, when=lambda self: self.model.links, which=index, wrong=st.sampled_from([0, 0, 1, 5]))
    def look_back(self, which: int, wrong: int) -> None:
        """By a link and the spoken code, after some wrong ones: five lock the link for a quarter of an hour."""
        self.look(pick(self.model.links[::-1], which), wrong)

    def look(self, link: Link, wrong: int = 0) -> None:
        patient = self.world.phone()
        assert self.wait(patient.get(link.path)).status == 200
        for code in ("000000",) * wrong + (CODE,):
            locked = self.now < link.locked_until or link.failures >= 20
            page = self.wait(patient.send("/patient/look/code?language=en", ("code", code)))
            right = code == CODE and not locked
            assert page.status == (200 if right else 400), (page.status, page.text)
            holds(9, right or "Who can see your pictures" not in page.text, page.text)
            if right:
                link.failures, link.patient, link.until = 0, patient, self.now + LASTING
            elif not locked:
                link.failures += 1
                link.locked_until = self.now + 15 * MINUTE if link.failures % 5 == 0 else link.locked_until

    @step(4, when=lambda self: any(link.patient for link in self.model.links), which=index, all_of_it=st.booleans(),
        ticks=st.tuples(TICKS, TICKS, TICKS, TICKS), stale=st.integers(0, 5))  # fmt: skip
    def take_back(self, which: int, all_of_it: bool, ticks: tuple[list[int], ...], stale: int) -> None:
        """Withdraws, or agrees to less than before; `stale`: by a page that shows an earlier version."""
        link = pick([link for link in self.model.links if link.patient][::-1], which)
        consent = self.model.consent(link.consent)
        before = None if consent is None else consent.newest
        version = 0 if before is None else before.version - (not stale)
        path, fields = (
            ("withdraw", [("sure", "yes")]) if all_of_it else ("less", [("version", version), *fields_of(ticks)])
        )
        page = self.wait(link.patient.send(f"/patient/look/{path}?language=en", *fields))
        assert page.status == (200 if self.now < link.until else 404), page.text
        if told := page.fields("told"):
            assert not all_of_it and before is not None and self._would_close(before, ticks), page.text
            page = self.wait(link.patient.send(f"/patient/look/{path}?language=en", *fields, ("told", told[0])))
        elif page.status == 200 and not all_of_it and before is not None and version == before.version:
            assert not self._would_close(before, ticks), page.text
        if before is None or consent is None or self.now >= link.until:
            assert "Done." not in page.text
            return
        changes = before.decision == "given" and (all_of_it or version == before.version)
        assert ("Done." in page.text) == changes, page.text
        if changes:
            self._taken_back(consent, before, None if all_of_it else ticks)

    @step(2, when=lambda self: any(link.patient for link in self.model.links), which=index)
    def take_back_answer(self, which: int) -> None:
        """Every yes about the consent that waits for its recording."""
        link = pick([link for link in self.model.links if link.patient][::-1], which)
        page = self.wait(link.patient.send("/patient/look/take-back?language=en"))
        assert page.status == (200 if self.now < link.until else 404), page.text
        waiting = [one for one in self.model.questions if one.named == link.consent and self._waits(one)]
        assert ("Done." in page.text) == bool(waiting and page.status == 200), page.text
        for question in waiting if page.status == 200 else []:
            question.answer = None
            self.model.expected["answer", "recorded", None] += 1

    def _waits(self, question: Question) -> bool:
        consent = self.model.consent(question.named)
        if question.answer is None or question.answer.decision != "given" or self.too_late(question):
            return False
        return question.previous == (None if consent is None else hashed(consent.newest))

    def _would_close(self, before: Scope, ticks: tuple[list[int], ...]) -> bool:
        """Whether agreeing to less is told first: an image that can be opened now could not be then."""
        after, model = _less(before, ticks), self.model
        live = [row for row in model.disclosures if row.state == "live" and row.consent.newest == before]
        return before.decision == "given" and any(
            model.decide(after, row.place, row.image, model.people(row.place), self.now) for row in live
        )

    def _taken_back(self, consent: Consent, before: Scope, ticks: tuple[list[int], ...] | None) -> None:
        """The version that stands now says just what is left, and is the patient's."""
        version = self.world.newest(before.consent)
        assert isinstance(version.recorded_by, RecordedByPatient), version
        assert version.previous == hashed(before), version
        kept = ("version", "previous", "recorded_by", "recorded_at")
        assert version == replace(_less(before, ticks), **{name: getattr(version, name) for name in kept})
        self.recorded(consent, version)


def _less(before: Scope, ticks: tuple[list[int], ...] | None) -> Scope:
    if ticks is not None:
        purposes, recipients, kinds, sensitive = (
            tuple(one for place, one in enumerate(listed) if place in ticked)
            for listed, ticked in zip(lists_of(before), ticks, strict=True)
        )
        if purposes and recipients and kinds:
            conditions = replace(before.conditions, image_kinds=kinds, sensitive=sensitive)
            return replace(before, purposes=purposes, recipients=recipients, conditions=conditions)
    return replace(before, decision="withdrawn")
