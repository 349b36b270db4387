"""A device that is locked says that something is new, and no more; the push service is of this machine (SPEC S14)."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Browser, async_playwright, expect
from sqlalchemy import select

from browser.chromium import WHOLE
from browser.conftest import ARGUMENTS, DESKTOP, PASSPHRASE, Ward, Window, in_browsers_loop, ward_of
from browser.test_story import assert_clean, new_thread
from inscope_server.app import Server
from inscope_server.notifications.store import subscriptions
from servers.push_service import PushService
from world.running import CLIENT, TestClock

ASK = "Notify me on this device"
TITLE = "Quillfeather, closed fracture"
SUBSCRIPTION = """
    const offered = { key: null };
    const there = () => localStorage.getItem('endpoint');
    const made = () => there() && { endpoint: there(), options: { applicationServerKey: offered.key },
        unsubscribe: async () => { localStorage.removeItem('endpoint'); return true } };
    PushManager.prototype.getSubscription = async () => made();
    PushManager.prototype.subscribe = async ({ userVisibleOnly, applicationServerKey }) => {
        if (!userVisibleOnly || Notification.permission !== 'granted') throw new Error('not as browsers want it');
        const binary = atob(applicationServerKey.replaceAll('-', '+').replaceAll('_', '/'));
        offered.key = Uint8Array.from(binary, (sign) => sign.charCodeAt(0)).buffer;
        localStorage.setItem('endpoint', ENDPOINT);
        return made();
    };
"""
"""The one thing that is made up: Chromium has its push service from its maker, whom tests do not call."""


@in_browsers_loop
async def browser() -> AsyncIterator[Browser]:
    """The whole Chromium: the build without windows shows no notifications."""
    async with async_playwright() as playwright:
        chromium = await playwright.chromium.launch(executable_path=WHOLE, args=ARGUMENTS)
        yield chromium
        await chromium.close()


@in_browsers_loop
async def push_service() -> AsyncIterator[PushService]:
    service = await PushService.start(TestClock().now)
    yield service
    await service.close()


@in_browsers_loop
async def ward(tmp_path: Path, browser: Browser, sqlite_url: str, push_service: PushService) -> AsyncIterator[Ward]:
    calls = {"push_services": push_service.origin, "push_contact": "mailto:it@riverbend.example"}
    async with ward_of(browser, tmp_path, sqlite_url, **calls) as ward:
        push_service.key = str(ward.running.server.notifications.key)
        yield ward


@dataclass
class Told:
    """A window whose browser has a subscription at the service of this machine."""

    window: Window
    service: PushService
    name: str

    @classmethod
    async def of(cls, ward: Ward, service: PushService, name: str, size: Any = None, allowed: bool = True) -> Told:
        window = await ward.window(ward.riverbend, f"Dr {name}", size, roles=("intern",),
                                   permissions=["notifications"] if allowed else [])  # fmt: skip
        script = SUBSCRIPTION.replace("ENDPOINT", json.dumps(service.endpoint(name)))
        await window.context.add_init_script(script)
        await window.page.reload()
        await ward.enrol(window, ward.riverbend)
        return cls(window, service, name)

    async def settings(self) -> None:
        await self.window.page.get_by_role("button", name=re.compile("^Settings")).click()

    async def turn_on(self) -> None:
        await self.settings()
        await self.window.button(ASK).click()
        await expect(self.window.button("Turn notifications off")).to_be_visible()

    async def push(self, count: int) -> None:
        """What the service has is brought to the browser, as its maker's line does."""
        await self.service.count(self.name, count, seconds=10)
        session = await self.window.context.new_cdp_session(self.window.page)
        registered: asyncio.Future[str] = asyncio.get_running_loop().create_future()

        def heard(told: dict[str, Any]) -> None:
            if told["registrations"] and not registered.done():
                registered.set_result(told["registrations"][0]["registrationId"])

        session.on("ServiceWorker.workerRegistrationUpdated", heard)
        await session.send("ServiceWorker.enable")
        to = {"origin": await self.window.page.evaluate("location.origin"), "registrationId": await registered}
        await session.send("ServiceWorker.deliverPushMessage", {**to, "data": ""})
        await session.detach()

    async def shown(self) -> list[list[str]]:
        """Title and words of what stands on the screen of the phone."""
        look = """navigator.serviceWorker.getRegistration().then((own) => own ? own.getNotifications() : []).then(
            (all) => JSON.stringify(all.map((one) => [one.title, one.body])))"""
        session = await self.window.context.new_cdp_session(self.window.page)
        options = {"awaitPromise": True, "returnByValue": True}
        answer = await session.send("Runtime.evaluate", {"expression": look, **options})
        await session.detach()
        return json.loads(answer["result"]["value"])  # type: ignore[no-any-return]

    async def until_shown(self, expected: list[list[str]]) -> None:
        async with asyncio.timeout(5):
            while await self.shown() != expected:
                await asyncio.sleep(0.05)

    async def lock(self) -> None:
        await self.window.button("Lock").click()
        await expect(self.window.button("Unlock")).to_be_visible()

    async def unlock(self) -> None:
        await self.window.page.get_by_label("Passphrase").fill(PASSPHRASE)
        await self.window.button("Unlock").click()
        await expect(self.window.page.get_by_role("heading", name="Threads")).to_be_visible()


NEWS = [["InScope", "Something new. Open InScope to read it."]]


async def test_a_locked_device_says_that_something_is_new_and_no_more(ward: Ward, push_service: PushService) -> None:
    told = await Told.of(ward, push_service, "Amara")
    await told.settings()
    await expect(told.window.button(ASK)).to_be_visible()
    await told.window.shot("notifications-off")
    await told.window.button(ASK).focus()
    await told.window.page.keyboard.press("Enter")
    await expect(told.window.button("Turn notifications off")).to_be_visible()
    await told.window.shot("notifications-on")
    await told.window.page.keyboard.press("Escape")
    await told.lock()
    intern = await ward.window(ward.riverbend, "Dr Ines Moreau", DESKTOP, roles=("intern",))
    await ward.enrol(intern, ward.riverbend)
    await new_thread(intern, "Case", TITLE, "amara", "Amara")
    await intern.page.get_by_role("textbox", name="Message").fill("Quillfeather is in pain")
    await intern.page.keyboard.press("Enter")
    await told.push(1)
    await told.until_shown(NEWS)
    assert all(push.body == b"" for push in push_service.pushed["Amara"])
    await told.unlock()
    await told.until_shown([])
    await expect(told.window.page).to_have_title("(1) InScope")
    await told.push(1)
    await asyncio.sleep(0.5)
    assert await told.shown() == [], "whoever reads needs no telling"
    await told.lock()
    await expect(told.window.page).to_have_title("InScope")
    assert_clean(ward)


async def test_social_groups_are_told_of_only_when_they_are_wanted(ward: Ward, push_service: PushService) -> None:
    told = await Told.of(ward, push_service, "Theo", DESKTOP)
    await told.turn_on()
    accounts = ward.running.server
    device = told.window.person.person
    wanted = told.window.page.get_by_label("Also for social groups")
    for checked, kinds in ((False, "case discussion"), (True, "case discussion social")):
        await wanted.set_checked(checked)
        await expect(wanted).to_be_enabled()
        assert await kinds_of(accounts, device) == kinds
    await told.window.button("Turn notifications off").click()
    await expect(told.window.button(ASK)).to_be_visible()
    assert await kinds_of(accounts, device) is None
    assert await told.window.page.evaluate("navigator.serviceWorker.getRegistration()") is None
    assert_clean(ward)


async def test_who_says_no_to_the_browser_is_not_told(ward: Ward, push_service: PushService) -> None:
    told = await Told.of(ward, push_service, "Lena", allowed=False)
    await told.settings()
    await expect(told.window.page.get_by_text("This browser was told not to show any")).to_be_visible()
    await told.window.shot("notifications-forbidden")
    assert await kinds_of(ward.running.server, told.window.person.person) is None


async def test_a_device_that_forgets_itself_is_told_nothing_more(ward: Ward, push_service: PushService) -> None:
    told = await Told.of(ward, push_service, "Omar")
    await told.turn_on()
    await told.window.button("Forget this device").click()
    await told.window.button("Forget it").click()
    await expect(told.window.page.get_by_role("heading", name=re.compile("InScope"))).to_be_visible()
    async with asyncio.timeout(5):
        while await told.window.page.evaluate("navigator.serviceWorker.getRegistration()") is not None:
            await asyncio.sleep(0.05)
    assert await told.window.page.evaluate("localStorage.getItem('endpoint')") is None


async def test_a_press_leads_to_the_page_that_is_open(ward: Ward, push_service: PushService) -> None:
    told = await Told.of(ward, push_service, "Iris")
    await told.turn_on()
    (worker,) = told.window.context.service_workers
    pressed = """async () => {
        await registration.showNotification('InScope', { tag: 'new' });
        const [notification] = await registration.getNotifications();
        let focused = 0;
        WindowClient.prototype.focus = async () => { focused += 1 };
        const event = new NotificationEvent('notificationclick', { notification });
        const waits = [];
        event.waitUntil = (done) => waits.push(done);
        dispatchEvent(event);
        await Promise.all(waits);
        return [focused, (await registration.getNotifications()).length, (await caches.keys()).length];
    }"""
    assert await worker.evaluate(pressed) == [1, 0, 0]


@pytest.mark.parametrize("word", ["fetch", "caches", "indexedDB", "importScripts", "postMessage", "import("])
def test_the_worker_touches_no_request_and_keeps_nothing(word: str) -> None:
    assert word not in (CLIENT / "notifier.js").read_text("utf-8")


async def kinds_of(server: Server, person: str) -> str | None:
    async with server.database.read() as tx:
        row = await tx.first(select(subscriptions.c.kinds).where(subscriptions.c.person == person))
    return None if row is None else str(row.kinds)
