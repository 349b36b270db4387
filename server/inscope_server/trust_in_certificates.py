"""A server whose certificate is not trusted here, in words: it does answer, and waiting changes nothing."""

from __future__ import annotations

import ssl

import aiohttp

REMEDY = "name a file with the certificate of who issued it: SSL_CERT_FILE=FILE in the environment"


def distrusted(error: BaseException) -> str:
    """Why, and what helps; empty for any other failure."""
    if not isinstance(error, aiohttp.ClientConnectorCertificateError):
        return ""
    inner = error.certificate_error
    why = inner.verify_message if isinstance(inner, ssl.SSLCertVerificationError) else type(inner).__name__
    return f"its certificate is not trusted here ({why}); {REMEDY}"
