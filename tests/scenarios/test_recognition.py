"""What a device showed or sent, it recognises when it comes back as new; nobody else learns of it (SPEC S13)."""

from __future__ import annotations

from typing import Any

from PIL import Image, ImageOps

from scenarios.hospital import XRAY
from scenarios.test_story import CASE, case_with_image


def grey(picture: Image.Image) -> dict[str, Any]:
    """As the platform hands it over."""
    return {"width": picture.width, "height": picture.height, "values": picture.convert("L").tobytes()}


async def test_sender_and_reader_recognise_a_part_of_it_and_a_stranger_does_not(
    hospital, intern, specialist, colleague
):
    picture = Image.open(XRAY).resize((450, 600))
    thread = await intern.createThread(*CASE, [specialist.person])
    consent = await intern.recordConsent(thread, hospital.draft([intern, specialist]))
    part = grey(ImageOps.mirror(picture.crop((60, 120, 400, 560))))
    assert await intern.recognise(part) is None
    await intern.attach(thread, consent, [hospital.xray(grey=grey(picture))], "")
    await specialist.wait(thread=thread, images=1)
    images = [one for message in await specialist.messages(thread) for one in message["body"].get("images", [])]
    disclosure, image, subject = (images[0][key] for key in ("disclosure", "image", "subject"))
    assert await specialist.recognise(part) is None, "not before it was shown"
    await specialist.remember(disclosure, grey(picture))
    for session in (intern, specialist):
        seen = await session.recognise(part)
        assert (seen["thread"], seen["disclosure"], seen["image"]) == (thread, disclosure, image)
        assert (seen["consent"], seen["subject"], seen["open"]) == (consent, subject, True)
    assert await colleague.recognise(part) is None
    await intern.withdrawConsent(consent)
    await specialist.wait(disclosure=disclosure, state="destroyed")
    assert (await specialist.recognise(part))["open"] is False, "known still, and no longer shared"


async def test_an_image_without_brightness_is_sent_all_the_same(hospital, intern, specialist):
    thread, _, _ = await case_with_image(hospital, intern, specialist)
    assert await intern.recognise(grey(Image.open(XRAY).resize((450, 600)))) is None
    assert len(await intern.messages(thread)) > 0
