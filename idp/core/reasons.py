"""Reason codes: the one list that pages, API, events and audit share.

A code is data; its words are in templates and catalogues. Policies add their own codes in the same form (`snake_case`).
"""

from enum import StrEnum


class Reason(StrEnum):
    """Why an attempt was refused or a step is asked."""

    NOTHING_TYPED = "nothing_typed"
    PASSWORD_MISMATCH = "password_mismatch"
    PASSWORD_TOO_SHORT = "password_too_short"
    PASSWORD_TOO_LONG = "password_too_long"
    PASSWORD_COMMON = "password_common"
    PASSWORD_PERSONAL = "password_personal"
    NAME_MALFORMED = "name_malformed"
    PASSWORD_BREACHED = "password_breached"
    CODE_MISMATCH = "code_mismatch"
    CODE_MALFORMED = "code_malformed"
    CODE_EXPIRED = "code_expired"
    CODE_USED = "code_used"
    TOO_MANY_ATTEMPTS = "too_many_attempts"
    SEND_LIMITED = "send_limited"
    FACTOR_NOT_ENROLLED = "factor_not_enrolled"
    FACTOR_DISABLED = "factor_disabled"
    FACTOR_UNAVAILABLE = "factor_unavailable"
    PHONE_MALFORMED = "phone_malformed"
    PHONE_NOT_SERVED = "phone_not_served"
    LAST_FACTOR = "last_factor"
    ALREADY_ENROLLED = "already_enrolled"
    SCRIPTS_NEEDED = "scripts_needed"
    PASSKEY_UNKNOWN = "passkey_unknown"
    PASSKEY_EXPIRED = "passkey_expired"
    PASSKEY_REFUSED = "passkey_refused"
    PASSKEY_UNVERIFIED = "passkey_unverified"
    PASSKEY_NOT_ALLOWED = "passkey_not_allowed"
    COUNTER_REGRESSED = "counter_regressed"
    BACKUP_CODES_EXHAUSTED = "backup_codes_exhausted"
    INTERACTION_EXPIRED = "interaction_expired"
    SERVICE_BUSY = "service_busy"
    SIGN_IN = "sign_in"
    ACTION = "action"
    CLIENT_REQUEST = "client_request"
    REQUIREMENTS_UNMET = "requirements_unmet"
    NOT_ALLOWED = "not_allowed"
