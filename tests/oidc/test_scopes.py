"""Scopes and the claims behind them."""

from idp.oidc.scopes import claims_of, granted


def test_granted_keeps_the_order_and_ignores_the_unknown():
    """RFC 6749 §3.3: unknown scopes, and those the client may not have, are left out."""
    assert granted(("email", "bogus", "openid", "email", "phone"), ("openid", "email", "bogus")) == ("email", "openid")


def test_granted_never_has_offline_access():
    """There is no refresh token yet, so none is promised."""
    assert granted(("openid", "offline_access"), ("openid", "offline_access")) == ("openid",)


def test_claims_of_joins_scopes():
    """OIDC Core 1.0 §5.4."""
    assert claims_of(("openid", "email", "unknown")) == {"email", "email_verified"}
