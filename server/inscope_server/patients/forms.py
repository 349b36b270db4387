"""What browsers send from patients' pages: a link's token, and forms with what was ticked."""

from __future__ import annotations

import re
from urllib.parse import parse_qsl

from aiohttp import web
from multidict import MultiDict

from inscope_protocol.encoding import decode_base64url
from inscope_protocol.failures import ProtocolError

from ..errors import Refusal
from ..web.intake import read_whole
from . import rules

NOTHING = rules.Chosen(frozenset(), frozenset(), frozenset(), frozenset())


AFTER_A_LINK = re.compile(r"[^A-Za-z0-9_-]+\Z")
"""What a sentence, a messenger or a hand has put behind it: it is in no token, and hides none."""


def token_bytes(text: str) -> bytes | None:
    """A link's token, or None for what cannot be one."""
    try:
        return decode_base64url(AFTER_A_LINK.sub("", text), 32)
    except ProtocolError:
        return None


Form = MultiDict[str]
MOST_FIELDS = 1000
TICKED = ("purpose", "recipient", "kind", "sensitive")
"""What a page asks by boxes, of which any number are ticked."""


async def read_form(request: web.Request) -> Form:
    """Raises `malformed` for what no page sends."""
    if request.content_type != "application/x-www-form-urlencoded":
        raise Refusal("malformed", "The form was sent in another way than the page sends it.")
    return fields(await read_whole(request))


def fields(body: bytes) -> Form:
    """A form's fields, in their order. Raises `malformed` for what is no UTF-8, very many, and a name given twice."""
    try:
        found = parse_qsl(body.decode(), keep_blank_values=True, max_num_fields=MOST_FIELDS, errors="strict")
    except ValueError as error:
        raise Refusal("malformed", "The form is not in UTF-8, or has very many fields.") from error
    once = [name for name, _ in found if name not in TICKED]
    if len(once) != len(set(once)):
        raise Refusal("malformed", "The form has a field twice.")
    return MultiDict(found)


def _places(form: Form, name: str) -> frozenset[int]:
    """The ticked places; what is no place ticks nothing."""
    said = [one for one in form.getall(name, []) if one.isascii() and one.isdigit()]
    return frozenset(int(one) for one in said if len(one) < 4)


def chosen(form: Form) -> rules.Chosen:
    return rules.Chosen(*(_places(form, name) for name in TICKED))
