"""FHIR at the edge: Consent (R4 and R5), Provenance and AuditEvent out; Consent in, as a draft (SPEC S11)."""
