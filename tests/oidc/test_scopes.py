"""Scopes and the claims behind them."""

from idp.oidc.scopes import claims_of, granted


def test_granted_keeps_the_order_and_ignores_the_unknown():
    """RFC 6749 §3.3: unknown scopes, and those the client may not have, are left out."""
    assert granted(("email", "bogus", "openid", "email", "phone"), ("openid", "email", "bogus")) == ("email", "openid")


def test_granted_has_offline_access_where_it_may():
    """OIDC Core 1.0 §11: a scope like the others, which opens no claim."""
    assert granted(("openid", "offline_access"), ("openid", "offline_access")) == ("openid", "offline_access")
    assert claims_of(("offline_access",)) == frozenset()


def test_claims_of_joins_scopes():
    """OIDC Core 1.0 §5.4."""
    assert claims_of(("openid", "email", "unknown")) == {"email", "email_verified"}
