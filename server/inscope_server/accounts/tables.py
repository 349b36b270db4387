"""Tables of organisations, people, devices and sessions. Tokens and nonces are kept as hashes only."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, ForeignKey, Index, LargeBinary, String, Table, Text, text

from ..database import metadata

ID = String(26)
UNSETTLED = text("settled_at IS NULL")
"""Of enrolments that wait to be confirmed: a few among all that ever were."""

organisations = Table(
    "organisations",
    metadata,
    Column("organisation", ID, primary_key=True),
    Column("name", Text, nullable=False),
    Column("key", LargeBinary, nullable=False),
    Column("registered_at", BigInteger, nullable=False),
)

# What each organisation says of itself and those it knows (SPEC S3.7): the statement, then search rows.
organisation_statements = Table(
    "organisation_statements",
    metadata,
    Column("organisation", ID, ForeignKey("organisations.organisation"), primary_key=True),
    Column("serial", BigInteger, nullable=False),
    Column("envelope", Text, nullable=False),
)

known_organisations = Table(
    "known_organisations",
    metadata,
    Column("knower", ID, ForeignKey("organisations.organisation"), primary_key=True),
    Column("organisation", ID, primary_key=True),
    Column("name", Text, nullable=False),
    Column("folded_name", Text, nullable=False),
)

known_teams = Table(
    "known_teams",
    metadata,
    Column("knower", ID, ForeignKey("organisations.organisation"), primary_key=True),
    Column("organisation", ID, primary_key=True),
    Column("team", ID, primary_key=True),
    Column("folded_name", Text, nullable=False),
)

# `organisation` is the one that invited the person: only it may invite again or change the identity key.
people = Table(
    "people",
    metadata,
    Column("person", ID, primary_key=True),
    Column("organisation", ID, ForeignKey("organisations.organisation"), nullable=False),
    Column("display_name", Text, nullable=False),
    Column("folded_name", Text, nullable=False),
    Index("ix_people_organisation", "organisation", "folded_name", "person"),
)

invitations = Table(
    "invitations",
    metadata,
    Column("token_hash", String(43), primary_key=True),
    Column("person", ID, ForeignKey("people.person"), nullable=False),
    Column("organisation", ID, nullable=False),
    Column("envelope", Text, nullable=False),
    Column("valid_until", BigInteger, nullable=False),
    Column("redeemed_at", BigInteger),
)

# `signed_in_on`: the last day (YYYY-MM-DD, of the server's time zone) on which it signed in; no finer, and no history.
# `added_by`: the device of the same person that put it beside itself (SPEC S4.9); null for one that was invited.
# `device_key`: of its certificate, so that no other has it; null for one that had another's before this was kept.
devices = Table(
    "devices",
    metadata,
    Column("device", ID, primary_key=True),
    Column("person", ID, ForeignKey("people.person"), nullable=False),
    Column("payload", LargeBinary, nullable=False),
    Column("envelope", Text, nullable=False),
    Column("revoked_at", BigInteger),
    Column("signed_in_on", String(10)),
    Column("added_by", ID),
    Column("device_key", String(43)),
    Index("ix_devices_person", "person"),
    Index("ix_devices_device_key", "device_key", unique=True),
)

# Of each device at most one: to another beside it (SPEC S4.9). `asking`, and what follows: the device that used it up.
device_links = Table(
    "device_links",
    metadata,
    Column("token_hash", String(43), primary_key=True),
    Column("device", ID, ForeignKey("devices.device"), nullable=False, unique=True),
    Column("commitment", String(43), nullable=False),
    Column("state", String(8), nullable=False),
    Column("expires_at", BigInteger, nullable=False),
    Column("asking", ID),
    Column("asking_key", String(43)),
    Column("label", Text),
    Column("proof", String(43)),
    Column("opened", String(43)),
)

enrolments = Table(
    "enrolments",
    metadata,
    Column("token_hash", String(43), ForeignKey("invitations.token_hash"), primary_key=True),
    Column("organisation", ID, nullable=False),
    Column("device", ID, ForeignKey("devices.device"), nullable=False),
    Column("proof", String(43), nullable=False),
    Column("settled_at", BigInteger),
    Index("ix_enrolments_organisation", "organisation"),
    Index("ix_enrolments_unsettled", "organisation", "device", sqlite_where=UNSETTLED, postgresql_where=UNSETTLED),
)

# One row for each (organisation, person): the standing attestation (S3.6). A lower serial never replaces it.
# `next_instant`: when it begins or ends next, which time alone brings about.
attestations = Table(
    "attestations",
    metadata,
    Column("organisation", ID, ForeignKey("organisations.organisation"), primary_key=True),
    Column("person", ID, ForeignKey("people.person"), primary_key=True),
    Column("serial", BigInteger, nullable=False),
    Column("valid_from", BigInteger, nullable=False),
    Column("valid_until", BigInteger, nullable=False),
    Column("next_instant", BigInteger),
    Column("payload", LargeBinary, nullable=False),
    Column("envelope", Text, nullable=False),
    Index("ix_attestations_person", "person"),
    Index("ix_attestations_valid_until", "organisation", "valid_until", "person"),
    Index("ix_attestations_next_instant", "next_instant"),
)

# The last attestation of each identity key that the person's own organisation has replaced: void (S3.6), and all by
# which what the devices of that key signed before can still be verified.
former_identities = Table(
    "former_identities",
    metadata,
    Column("organisation", ID, ForeignKey("organisations.organisation"), primary_key=True),
    Column("person", ID, ForeignKey("people.person"), primary_key=True),
    Column("identity_key", String(43), primary_key=True),
    Column("envelope", Text, nullable=False),
    Index("ix_former_identities_person", "person"),
)

attested_teams = Table(
    "attested_teams",
    metadata,
    Column("organisation", ID, primary_key=True),
    Column("person", ID, ForeignKey("people.person"), primary_key=True),
    Column("team", ID, primary_key=True),
)

# One row for each organisation: its records gateway (SPEC S12.1). A lower serial never replaces it.
gateways = Table(
    "gateways",
    metadata,
    Column("organisation", ID, ForeignKey("organisations.organisation"), primary_key=True),
    Column("gateway", ID, nullable=False, unique=True),
    Column("serial", BigInteger, nullable=False),
    Column("payload", LargeBinary, nullable=False),
    Column("envelope", Text, nullable=False),
)

sessions = Table(
    "sessions",
    metadata,
    Column("token_hash", LargeBinary, primary_key=True),
    Column("device", ID, ForeignKey("devices.device"), nullable=False),
    Column("csrf", String(43), nullable=False),
    Column("expires_at", BigInteger, nullable=False),
    Index("ix_sessions_device", "device"),
)

# Those that were used: `holder` is the device that signed in with one, or the organisation or gateway that asked.
nonces = Table(
    "nonces",
    metadata,
    Column("nonce_hash", LargeBinary, primary_key=True),
    Column("holder", ID, nullable=False),
    Column("expires_at", BigInteger, nullable=False),
    Index("ix_nonces_expires_at", "expires_at"),
)
