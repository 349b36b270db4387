"""Links are copied from paper and by messengers: what is no link is told in words, and nothing is told apart."""

from __future__ import annotations

import pytest

from inscope_protocol.encoding import encode_base64url
from server.patients.test_looking_back import link_to
from server.patients.test_words import FILES
from world.patient import CODE, ask

NEVER = encode_base64url(bytes(32))


@pytest.mark.parametrize("kind", ["/patient/", "/patient/look/"])
@pytest.mark.parametrize("said", [NEVER, NEVER[:-1], NEVER + "A", "x", "a/b/c", "", "%3Cb%3E", "less"])
async def test_what_is_no_link_is_told_as_a_page(patient, kind, said):
    page, wrong = await patient.get(f"{kind}{said}?language=en"), await patient.get(f"/patient/{NEVER}?language=en")
    if kind + said != "/patient/look/":
        assert (page.status, page.text) == (404, wrong.text)
    assert page.headers["Content-Type"].startswith("text/html")
    assert "This link does not open" in wrong.text and "letter by letter" in wrong.text
    for other in ("less", "build", NEVER):
        assert other not in wrong.text


async def test_a_link_that_was_used_is_like_a_wrong_one_in_every_language(intern, patient):
    _, link, _ = await ask(intern, [intern.me])
    await patient.open(link)
    for language, words in FILES.items():
        over = await patient.get(f"{link}?language={language}")
        assert over.text == (await patient.get(f"/patient/look/x?language={language}")).text
        assert words["link_over"] in over.text and words["link_title"] in over.text
        assert f'<html lang="{language}"' in (await patient.get(f"/patient/link?language={language}")).text


@pytest.mark.parametrize("after", [".", ",", ").", "%20", "%3E", "%3E.", "%E2%80%9D", "…"])
async def test_what_stands_behind_a_link_does_no_harm(intern, patient, after):
    _, link, _ = await ask(intern, [intern.me])
    assert "Open the question" in (await patient.get(link + after)).text
    assert "Ines Moreau" in (await patient.open(link + after)).text
    scope = intern.scope([intern.me])
    assert (await intern.record(scope)).status == 200
    assert 'name="code"' in (await patient.get(await link_to(intern, scope) + after)).text
    assert "What you agreed to" in (await patient.send("/patient/look/code?language=en", ("code", CODE))).text


async def test_a_browser_reads_a_page_where_there_is_none_and_a_program_data(patient):
    patient.headers = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}
    page = await patient.get("/nothing/here")
    assert (page.status, "There is nothing here" in page.text) == (404, True)
    assert (await patient.get("/api/nothing")).headers["Content-Type"].startswith("application/json")
    patient.headers = {}
    assert (await patient.get("/nothing/here")).headers["Content-Type"].startswith("application/json")
