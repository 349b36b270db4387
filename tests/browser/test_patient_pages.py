"""A patient's own pages in Chromium: without JavaScript, by keyboard, in both directions of writing; the greeting."""

from __future__ import annotations

import json
import re
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from msgspec.structs import replace
from playwright.async_api import Browser, BrowserContext, Page, expect

from browser.conftest import DESKTOP, PHONE, in_browsers_loop
from browser.test_pages import shot, sizes, violations
from inscope_protocol.encoding import decode_base64url, encode_base64url
from inscope_protocol.identifiers import make_identifier
from inscope_protocol.patient_link import patient_token, patient_token_hash, seal_greeting
from inscope_protocol.statements import parse_envelope, sign, statement_hash
from inscope_protocol.types import Conditions, Scope
from server.filing.desk import Desk
from server.images.arena import Arena
from server.images.room import Room
from world.device import HOUR, TAKEN, Device
from world.gateway import GatewayKeys
from world.organisation import Organisation
from world.patient import CODE, ask, question
from world.running import Running, TestClock

NAME = "Rosa Ñíguez <b>نور"
LOOKS = [("en", PHONE, "light"), ("en", DESKTOP, "dark"), ("ar", PHONE, "dark"), ("ar", DESKTOP, "light")]
PRESSED = (
    ":is(nav a, .actions > *, [data-opens] button, .answers > form button, summary, [open] .choice, [open] form button)"
)


@dataclass
class Clinic:
    """A server, an intern who asks, a specialist who looks, and browsers of patients."""

    running: Running
    browser: Browser
    intern: Device
    specialist: Device
    contexts: list[BrowserContext] = field(default_factory=list)
    said: list[str] = field(default_factory=list)

    async def page(self, scripts: bool = False, **options: Any) -> Page:
        """A patient's browser. A complaint on its console fails the test: a CSP violation is one."""
        context = await self.browser.new_context(
            base_url=self.running.origin, java_script_enabled=scripts, **{"viewport": PHONE, **options}
        )
        self.contexts.append(context)
        page = await context.new_page()
        page.on("console", lambda message: self.said.append(message.text) if self._counts(message) else None)
        page.on("pageerror", lambda error: self.said.append(str(error)))
        return page

    @staticmethod
    def _counts(message: Any) -> bool:
        """Pages with status 400 and 404 are told on the console as well, and are meant."""
        return message.type == "error" and not message.text.startswith("Failed to load resource")

    async def ask(self, **changes: Any) -> str:
        """The path of a question's link."""
        _, link, put = await ask(self.intern, [self.intern.me, self.specialist.me], **changes)
        assert put.status == 200, put
        return link

    async def open(self, page: Page, link: str) -> None:
        """By the one button of the link's page."""
        await page.goto(link)
        await page.locator("form[data-opens] button").click()
        await page.wait_for_url(re.compile(r"/patient\?"))

    async def shared(self) -> Scope:
        """A consent under which the specialist has opened a radiograph."""
        thread = await self.intern.create_thread()
        assert (await self.intern.commit(thread, adds=[self.specialist])).status == 200
        scope = self.intern.scope(
            [self.intern.me, self.specialist.me], purposes=("direct-care-advice", "teaching"),
            conditions=Conditions(False, True, ("radiograph", "photograph"), ()),
        )  # fmt: skip
        assert (await self.intern.record(scope, thread)).status == 200
        disclosure, sent = await self.intern.attach(thread, scope)
        assert sent.status == 200, sent
        assert (await self.specialist.open(disclosure)).status == 200
        return scope

    async def filed(self, scope: Scope) -> None:
        """Another image under it lies in the hospital's record."""
        gateway = GatewayKeys(self.intern.home)
        assert (await gateway.register()).status == 200
        room = await Room.of(self.intern, self.specialist)
        arena = Arena(self.intern, self.specialist, self.specialist)
        desk = Desk(arena, gateway, room, scope, await room.attached(self.intern, scope))
        await gateway.fetch((await desk.filed(self.intern)).filing)
        (statement,) = await gateway.waiting_now()
        assert (await gateway.acknowledge(json.loads(statement.envelope))).status == 200

    async def wider(self, scope: Scope) -> str:
        """The path of a question that adds a purpose, and takes a promise away."""
        envelope = (await self.intern.call("GET", f"/api/consents/{scope.consent}")).data["versions"][-1]
        asked = question(self.intern, [self.intern.me, self.specialist.me])
        asked["purposes"].append("research")
        previous = encode_base64url(statement_hash(parse_envelope(envelope)))
        return await self.ask(consent=scope.consent, previous=previous, question=asked)

    async def after_an_emergency(self) -> str:
        """The path of a question about what was shared while nobody could be asked."""
        thread = await self.intern.create_thread()
        assert (await self.intern.commit(thread, adds=[self.specialist])).status == 200
        now = self.running.clock.now()
        scope = self.intern.scope(
            [self.intern.me, self.specialist.me], basis="emergency", taken=replace(TAKEN, reason="unconscious"),
            valid_until=now + 20 * HOUR,
        )  # fmt: skip
        assert (await self.intern.record(scope, thread)).status == 200
        _, sent = await self.intern.attach(thread, scope)
        assert sent.status == 200, sent
        previous = encode_base64url(statement_hash(sign("consent", scope, self.intern.device, self.intern.seed)))
        return await self.ask(consent=scope.consent, previous=previous)

    async def look_back(self, scope: Scope) -> str:
        answer = await self.intern.call("POST", f"/api/consents/{scope.consent}/look-back", {"code": CODE})
        assert answer.status == 200, answer
        return f"/patient/look/{answer.data['token']}"


@in_browsers_loop
async def clinic(tmp_path: Path, browser: Browser, sqlite_url: str) -> AsyncIterator[Clinic]:
    running = await Running.start(sqlite_url, tmp_path, TestClock())
    emergency, trauma = (make_identifier("tea", bytes([number]) * 16) for number in (1, 2))
    riverbend = Organisation(running, "Riverbend Hospital", {"Emergency": emergency}, {"intern": "Graduate intern"})
    coastal = Organisation(running, "Coastal Orthopaedics", {"Trauma": trauma}, {"surgeon": "Orthopaedic surgeon"})
    for organisation in (riverbend, coastal):
        await organisation.register()
    await riverbend.know(coastal)
    await coastal.know(riverbend)
    people = ((riverbend, "Dr Ines Moreau", "intern"), (coastal, "Dr Samuel Okafor", "surgeon"))
    devices = [await Device(running, await home.invite(name, (role,), ()), home).enrol() for home, name, role in people]
    clinic = Clinic(running, browser, *devices)
    yield clinic
    for context in clinic.contexts:
        await context.close()
    for device in devices:
        await device.close()
    await running.close()
    assert clinic.said == []


async def test_a_patient_answers_a_part_and_keeps_the_link(clinic: Clinic) -> None:
    """Without JavaScript, as it is pressed."""
    page = await clinic.page()
    await clinic.open(page, await clinic.ask())
    await expect(page).to_have_url(re.compile(r"/patient\?language=en$"))
    await expect(page.locator("#greeting")).to_be_hidden()
    await page.get_by_text("Yes, but only to a part").click()
    await page.get_by_label("Advice on your care").check()
    await page.get_by_role("button", name="Yes, only to what I have ticked").click()
    await expect(page.get_by_role("alert")).to_be_in_viewport()
    await expect(page.get_by_label("Advice on your care")).to_be_checked()
    await page.get_by_label(re.compile("Dr Samuel Okafor")).check()
    await page.get_by_label("X-rays").check()
    await page.get_by_role("button", name="Yes, only to what I have ticked").click()
    await expect(page.get_by_text("You said yes.")).to_be_visible()
    kept = await page.locator(".kept").inner_text()
    assert kept.startswith(f"{clinic.running.origin}/patient/look/")
    assert kept == await page.get_by_role("link", name="Look back now").get_attribute("href")


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_paper_has_the_link_in_black_on_white(clinic: Clinic, scheme: Any) -> None:
    page = await clinic.page(color_scheme=scheme)
    await clinic.open(page, await clinic.ask())
    await page.locator("button[value=all]").click()
    await page.emulate_media(media="print")
    await expect(page.locator(".kept")).to_be_visible()
    await expect(page.locator("a.button")).to_be_hidden()
    for selector in (".kept", ".notice"):
        await expect(page.locator(selector)).to_have_css("color", "rgb(0, 0, 0)")
    await expect(page.locator(".notice")).to_have_css("background-color", "rgb(255, 255, 255)")


async def test_looking_back_narrowing_and_withdrawing_need_no_scripts(clinic: Clinic) -> None:
    page = await clinic.page()
    await page.goto(await clinic.look_back(await clinic.shared()))
    await page.get_by_label("Your six numbers").fill("482 913")
    await page.get_by_role("button", name="Continue").click()
    await expect(page.get_by_role("region", name="Who has opened them")).to_contain_text("Dr Samuel Okafor")
    await page.get_by_text("Agree to less").click()
    await page.get_by_label("Teaching").uncheck()
    await page.get_by_role("button", name="Keep only what is ticked").click()
    agreed = page.get_by_role("region", name="What you agreed to")
    await expect(agreed).to_contain_text("Advice on your care")
    await expect(agreed).not_to_contain_text("Teaching")
    await page.get_by_text("Take back your yes").click()
    await page.get_by_role("button", name="Take back my yes").click()
    await expect(page.get_by_role("alert")).to_be_in_viewport()
    await page.get_by_label("Yes, I am sure").check()
    await page.get_by_role("button", name="Take back my yes").click()
    await expect(page.get_by_role("status")).to_have_text("Done. The pictures are closed.")
    await expect(page.get_by_role("status")).to_be_in_viewport()
    await expect(page.get_by_role("region", name="Who has opened them")).to_contain_text("Dr Samuel Okafor")
    await expect(page.get_by_role("button")).to_have_count(0)


@pytest.mark.parametrize(("language", "size", "scheme"), LOOKS)
async def test_what_would_close_is_told_first_and_can_be_left_alone(
    clinic: Clinic, language: str, size: Any, scheme: Any
):
    """Without JavaScript; the copy comes as a file."""
    page = await clinic.page(viewport=size, color_scheme=scheme)
    await page.goto(f"{await clinic.look_back(await clinic.shared())}?language={language}")
    await page.goto(f"/patient/look?language={language}")
    await page.locator("#code").fill(CODE)
    await page.locator("form button").click()
    await page.locator("#less > summary").click()
    await shot(page, f"patient-less-ticks-{language}-{size['width']}-{scheme}")
    await page.get_by_label(re.compile("Dr Samuel Okafor")).uncheck()
    await page.locator("#less button").click()
    await expect(page.get_by_role("alert")).to_contain_text("Dr Samuel Okafor")
    await shot(page, f"patient-less-told-{language}-{size['width']}-{scheme}")
    await page.locator("a.button").click()
    await expect(page.get_by_role("region").last).to_contain_text("Dr Samuel Okafor")
    async with page.expect_download() as copy:
        await page.locator("a.button").click()
    assert (await copy.value).suggested_filename == "consent.pdf"


Check = Callable[[str], Awaitable[None]]


def checking(page: Page, language: str, size: Any, scheme: str) -> Check:
    async def check(name: str) -> None:
        assert await page.evaluate("document.documentElement.lang") == language, name
        assert await violations(page) == [], name
        assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth"), name
        assert min(await sizes(page, PRESSED, "height"), default=48) >= 48, name
        await shot(page, f"patient-{name}-{language}-{size['width']}-{scheme}")

    return check


async def unfold(page: Page) -> None:
    for summary in await page.locator("summary").all():
        await summary.click()


@pytest.mark.parametrize(("language", "size", "scheme"), LOOKS)
async def test_axe_finds_nothing_on_a_question(clinic: Clinic, language: str, size: Any, scheme: Any) -> None:
    page = await clinic.page(scripts=True, viewport=size, color_scheme=scheme, locale=language)
    check, link = checking(page, language, size, scheme), await clinic.ask()
    await page.goto(link)
    await check("link")
    await clinic.open(page, link)
    await check("question")
    await unfold(page)
    await check("question-unfolded")
    await page.locator("#part button").click()
    await expect(page.get_by_role("alert")).to_be_in_viewport()
    await check("question-error")
    await page.locator("button[value=all]").click()
    await check("yes")
    await page.locator("form[action^='/patient/take-back'] button").click()
    await check("taken-back")
    await page.context.clear_cookies()
    await page.goto("/patient")
    await check("question-over")
    await clinic.open(page, await clinic.ask())
    await page.locator("button[value=no]").click()
    await check("no")
    await clinic.open(page, await clinic.wider(await clinic.shared()))
    await check("wider")
    await clinic.open(page, await clinic.after_an_emergency())
    await unfold(page)
    await check("unasked-unfolded")
    await page.locator("#part input[name=purpose]").first.check()
    await page.locator("#part input[name=recipient]").first.check()
    await page.locator("#part input[name=kind]").first.check()
    await page.locator("#part button").click()
    await check("part")
    await page.goto("/patient/look/mistyped")
    await check("no-link")
    await clinic.open(page, await clinic.ask())
    await page.locator("button[value=all]").click()
    await page.goto(await page.locator(".kept").inner_text())
    await page.locator("#code").fill(CODE)
    await page.locator("form button").click()
    await check("waiting")
    await page.locator("form[action^='/patient/look/take-back'] button").click()
    await check("nothing-in-use")


@pytest.mark.parametrize(("language", "size", "scheme"), LOOKS)
async def test_axe_finds_nothing_on_a_look_back(clinic: Clinic, language: str, size: Any, scheme: Any) -> None:
    page = await clinic.page(scripts=True, viewport=size, color_scheme=scheme, locale=language)
    check, scope = checking(page, language, size, scheme), await clinic.shared()
    await clinic.filed(scope)
    await page.goto(await clinic.look_back(scope))
    await check("code")
    for _ in range(4):
        await page.locator("#code").fill("000000")
        await page.locator("form button").click()
        await expect(page.locator("#wrong")).to_be_visible()
    await check("code-wrong")
    await page.locator("#code").fill("000000")
    await page.locator("form button").click()
    await expect(page.locator("#code")).to_have_count(0)
    await check("code-locked")
    await page.goto(await clinic.look_back(scope))
    await page.locator("#code").fill(CODE)
    await page.locator("form button").click()
    await expect(page.locator("[aria-labelledby=filed] li")).to_have_count(1)
    await check("look")
    await unfold(page)
    await check("look-unfolded")
    await page.locator("[name=recipient]").last.uncheck()
    await page.locator("#less button").click()
    await check("look-less")
    await page.locator("a.button").click()
    await unfold(page)
    await page.locator("#withdraw button").click()
    await check("look-untick")
    await page.locator("#withdraw [name=sure]").check()
    await page.locator("#withdraw button").click()
    await check("look-withdrawn")
    await page.context.clear_cookies()
    await page.goto("/patient/look")
    await check("look-over")


async def linked(clinic: Clinic, page: Page, said: str = "") -> str:
    """Opens a question by its whole link, or with `said` for the secret. The secret."""
    secret = secrets.token_bytes(32)
    token = patient_token(secret)
    sealed = seal_greeting(NAME, secret, secrets.token_bytes(24))
    await clinic.ask(sealed=encode_base64url(sealed), token_hash=encode_base64url(patient_token_hash(token)))
    await clinic.open(page, f"/patient/{encode_base64url(token)}#{said or encode_base64url(secret)}")
    return encode_base64url(secret)


async def test_the_name_is_shown_and_the_secret_goes_nowhere(clinic: Clinic) -> None:
    page, asked = await clinic.page(scripts=True), list[Any]()
    page.on("request", lambda request: asked.append(request))
    secret = await linked(clinic, page)
    await expect(page.locator("#greeting")).to_be_visible()
    await expect(page.locator("#patient")).to_have_text(NAME)
    assert await page.locator("#patient *").count() == 0
    assert page.url == f"{clinic.running.origin}/patient?language=en"
    kept = "JSON.stringify([localStorage, sessionStorage, document.cookie, history.state, location.href])"
    assert secret not in await page.evaluate(kept)
    await page.get_by_role("button", name="No", exact=True).click()
    await expect(page.get_by_text("You said no.")).to_be_visible()
    # As it goes over the wire: a browser sends no fragment (RFC 9110, section 4.2.5), and the headers are those sent.
    sent = [(one.method, one.url.partition("#")[0], await one.all_headers(), one.post_data) for one in asked]
    assert any(url.endswith("/patient.js") for _, url, _, _ in sent)
    assert [one for one in sent if secret in repr(one)] == []
    assert len(decode_base64url(secret)) == 32


async def test_without_a_script_the_secret_goes_along_for_a_browser_that_runs_it_late(clinic: Clinic) -> None:
    page = await clinic.page()
    secret = await linked(clinic, page)
    assert page.url == f"{clinic.running.origin}/patient?language=en#{secret}"


async def test_a_language_is_chosen_before_it_is_opened(clinic: Clinic) -> None:
    page = await clinic.page(scripts=True)
    secret = secrets.token_bytes(32)
    token = patient_token(secret)
    sealed = encode_base64url(seal_greeting(NAME, secret, secrets.token_bytes(24)))
    await clinic.ask(sealed=sealed, token_hash=encode_base64url(patient_token_hash(token)))
    await page.goto(f"/patient/{encode_base64url(token)}#{encode_base64url(secret)}")
    await expect(page.get_by_role("link", name="Français")).to_have_attribute("href", re.compile("#"))
    assert encode_base64url(secret) not in page.url
    await page.get_by_role("link", name="Français").click()
    await page.get_by_role("button", name="Ouvrir la question").click()
    await expect(page.locator("#patient")).to_have_text(NAME)
    assert page.url == f"{clinic.running.origin}/patient?language=fr"


async def test_in_another_language_the_name_is_there_as_well(clinic: Clinic) -> None:
    page = await clinic.page(scripts=True)
    secret = await linked(clinic, page)
    await expect(page.locator("#patient")).to_have_text(NAME)
    await page.locator("nav.languages a[hreflang=ar]").click()
    await expect(page.locator("html")).to_have_attribute("dir", "rtl")
    await expect(page.locator("#patient")).to_have_text(NAME)
    assert secret not in page.url
    await page.locator("nav.languages a[hreflang=en]").click()
    await expect(page.locator("html")).to_have_attribute("dir", "ltr")
    await expect(page.locator("#patient")).to_have_text(NAME)


async def test_after_an_incomplete_answer_the_name_is_there_as_well(clinic: Clinic) -> None:
    page, asked = await clinic.page(scripts=True), list[Any]()
    page.on("request", lambda request: asked.append(request))
    secret = await linked(clinic, page)
    for _ in range(2):
        await expect(page.locator("#patient")).to_have_text(NAME)
        if not await page.locator("#part[open]").count():
            await page.locator("#part > summary").click()
        await page.locator("#part button").click()
        await expect(page.get_by_role("alert")).to_be_in_viewport()
        assert secret not in page.url
    await page.get_by_role("button", name="Yes, to all of this").click()
    await expect(page.get_by_text("You said yes.")).to_be_visible()
    assert secret not in page.url
    sent = [(one.url.partition("#")[0], await one.all_headers(), one.post_data) for one in asked]
    assert [one for one in sent if secret in repr(one)] == []


@pytest.mark.parametrize("after", [".", ">", "%20"])
async def test_what_stands_behind_the_secret_does_no_harm(clinic: Clinic, after: str) -> None:
    page = await clinic.page(scripts=True)
    secret = secrets.token_bytes(32)
    token = patient_token(secret)
    sealed = encode_base64url(seal_greeting(NAME, secret, secrets.token_bytes(24)))
    await clinic.ask(sealed=sealed, token_hash=encode_base64url(patient_token_hash(token)))
    await clinic.open(page, f"/patient/{encode_base64url(token)}#{encode_base64url(secret)}{after}")
    await expect(page.locator("#patient")).to_have_text(NAME)


async def test_reloaded_without_the_secret_there_is_no_greeting(clinic: Clinic) -> None:
    page = await clinic.page(scripts=True)
    await linked(clinic, page)
    await expect(page.locator("#greeting")).to_be_visible()
    await page.reload(wait_until="networkidle")
    await expect(page.locator("#greeting")).to_be_hidden()
    await expect(page.get_by_role("button", name="No", exact=True)).to_be_visible()


@pytest.mark.parametrize("said", ["A" * 43, "x", "part", "%3Cscript%3E"])
async def test_a_wrong_secret_fails_in_silence(clinic: Clinic, said: str) -> None:
    page = await clinic.page(scripts=True)
    await linked(clinic, page, said)
    await page.wait_for_load_state("networkidle")
    await expect(page.locator("#greeting")).to_be_hidden()
    await expect(page.get_by_role("button", name="No", exact=True)).to_be_visible()


async def focus(page: Page, wanted: str) -> None:
    """Tabs on until what has the focus matches `wanted`, and is outlined."""
    await expect(page.locator(wanted).first).to_be_visible()
    for _ in range(40):
        await page.keyboard.press("Tab")
        if await page.evaluate("(wanted) => document.activeElement.matches(wanted)", wanted):
            outlined = "[e, e.closest('.choice')].some((one) => one && getComputedStyle(one).outlineStyle === 'solid')"
            assert await page.evaluate(f"((e) => {outlined})(document.activeElement)"), wanted
            return
    raise AssertionError(f"the keyboard does not reach {wanted}")


async def test_the_keyboard_alone_answers_and_looks_back(clinic: Clinic) -> None:
    page = await clinic.page(scripts=True)
    await clinic.open(page, await clinic.ask())
    await focus(page, "#part > summary")
    await page.keyboard.press("Enter")
    for name in ("purpose", "recipient", "kind"):
        await focus(page, f"[name={name}]")
        await page.keyboard.press("Space")
    await expect(page.locator("#part :checked")).to_have_count(3)
    # Enter on a tick sends the form that it is in, and that is the part that is ticked.
    async with page.expect_request(lambda request: request.method == "POST") as sent:
        await page.keyboard.press("Enter")
    assert "answer=some" in ((await sent.value).post_data or "")
    await focus(page, "a.button")
    await page.keyboard.press("Enter")
    await focus(page, "#code")
    await page.keyboard.type("000000")
    await page.keyboard.press("Enter")
    await expect(page.locator("#wrong")).to_be_visible()


async def test_the_keyboard_alone_withdraws(clinic: Clinic) -> None:
    page = await clinic.page(scripts=True)
    await page.goto(await clinic.look_back(await clinic.shared()))
    await focus(page, "#code")
    await page.keyboard.type(CODE)
    await page.keyboard.press("Enter")
    await focus(page, "#withdraw > summary")
    await page.keyboard.press("Space")
    await focus(page, "[name=sure]")
    await page.keyboard.press("Space")
    await focus(page, "#withdraw button")
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("status")).to_have_text("Done. The pictures are closed.")


@pytest.mark.parametrize("scripts", [False, True])
async def test_back_after_the_answer_has_nothing_to_send_again(clinic: Clinic, scripts: bool) -> None:
    page = await clinic.page(scripts=scripts)
    await clinic.open(page, await clinic.ask())
    await page.get_by_role("button", name="No", exact=True).click()
    await expect(page.get_by_text("You said no.")).to_be_visible()
    await page.go_back()
    await expect(page.get_by_text("You said no.")).to_be_visible()
    await expect(page.locator("form, button")).to_have_count(0)


async def test_reloading_after_the_answer_loses_nothing(clinic: Clinic) -> None:
    """Phones do so by themselves."""
    page = await clinic.page()
    await clinic.open(page, await clinic.ask())
    await page.locator("button[value=all]").click()
    kept = await page.locator(".kept").inner_text()
    for _ in range(2):
        await page.reload()
        assert await page.locator(".kept").inner_text() == kept
    await page.get_by_role("link", name="Français").click()
    await page.get_by_role("button", name="Retirer mon accord").click()
    await expect(page.get_by_text("Votre accord est retiré.")).to_be_visible()
    await page.reload()
    await expect(page.get_by_text("Votre accord est retiré.")).to_be_visible()


async def test_another_language_is_one_press_away_everywhere(clinic: Clinic) -> None:
    page = await clinic.page()
    await clinic.open(page, await clinic.ask())
    await page.get_by_role("link", name="العربية").click()
    await expect(page.locator("html")).to_have_attribute("dir", "rtl")
    await page.locator("#part > summary").click()
    await page.locator("#part button").click()
    await page.get_by_role("link", name="Tiếng Việt").click()
    await expect(page.get_by_role("button", name="Không đồng ý")).to_be_visible()
    await page.goto(await clinic.look_back(await clinic.shared()))
    await page.locator("#code").fill("000000")
    await page.locator("form button").click()
    await page.get_by_role("link", name="Français").click()
    await page.get_by_label("Vos six chiffres").fill(CODE)
    await page.locator("form button").click()
    await expect(page.get_by_role("region", name="Qui les a ouvertes")).to_be_visible()
    assert urlsplit(page.url).path == "/patient/look"
