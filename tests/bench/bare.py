"""Authlib, Flask and SQLAlchemy's ORM, put together as their documentation shows it: what most would build first.

Mixins of `authlib.integrations.sqla_oauth2`, grants registered on `authlib.integrations.flask_oauth2`, one scoped
session; SQLite in WAL, so that nobody waits for a journal. No policy, no level, no rotation that notices reuse.
"""

import time
from pathlib import Path
from typing import Any

from authlib.integrations.flask_oauth2 import AuthorizationServer, ResourceProtector, current_token
from authlib.integrations.sqla_oauth2 import (
    OAuth2AuthorizationCodeMixin,
    OAuth2ClientMixin,
    OAuth2TokenMixin,
    create_bearer_token_validator,
    create_query_client_func,
    create_save_token_func,
)
from authlib.oauth2.rfc6749 import grants
from authlib.oauth2.rfc7636 import CodeChallenge
from authlib.oauth2.rfc7662 import IntrospectionEndpoint
from authlib.oidc.core import UserInfo
from authlib.oidc.core.grants import OpenIDCode as Openid
from flask import Flask, jsonify, redirect, request, session
from joserfc.jwk import RSAKey
from sqlalchemy import Column, ForeignKey, Integer, String, create_engine, event
from sqlalchemy.orm import DeclarativeBase, relationship, scoped_session, sessionmaker

from tests.bench import cast
from tests.bench.serving import serve


class Base(DeclarativeBase):
    """The models' base."""


class User(Base):
    """A person."""

    __tablename__ = "users"
    id = Column(Integer, primary_key=True)
    username = Column(String(40), unique=True)

    def get_user_id(self) -> Any:
        return self.id


class Client(Base, OAuth2ClientMixin):
    """A relying party."""

    __tablename__ = "clients"
    id = Column(Integer, primary_key=True)


class Code(Base, OAuth2AuthorizationCodeMixin):
    """An authorization code."""

    __tablename__ = "codes"
    id = Column(Integer, primary_key=True)
    user_id = Column(Integer, ForeignKey("users.id"))
    user = relationship("User")


class Token(Base, OAuth2TokenMixin):
    """A token."""

    __tablename__ = "tokens"
    id = Column(Integer, primary_key=True)
    user_id = Column(Integer, ForeignKey("users.id"))
    user = relationship("User")


def make(port: int, folder: Path) -> Flask:
    """Return the application."""
    engine = create_engine(f"sqlite:///{folder / 'bare.sqlite3'}")
    event.listen(engine, "connect", lambda connection, _: connection.execute("PRAGMA journal_mode=WAL"))
    Base.metadata.create_all(engine)
    db = scoped_session(sessionmaker(engine))
    _seed(db)
    app = Flask(__name__)
    app.secret_key = "a key that only the bench knows"
    app.config["OAUTH2_REFRESH_TOKEN_GENERATOR"] = True
    app.teardown_appcontext(lambda _error: db.remove())
    _routes(app, db, issuer=f"http://127.0.0.1:{port}")
    return app


def _seed(db: Any) -> None:
    for name in cast.PEOPLE:
        db.add(User(username=name))
    for client_id in (cast.WEB, "robot-opaque"):
        client = Client(client_id=client_id, client_secret=cast.SECRETS[client_id], client_id_issued_at=0)
        client.set_client_metadata(
            {
                "grant_types": ["authorization_code", "refresh_token", "client_credentials"],
                "response_types": ["code"],
                "redirect_uris": [cast.CALLBACK],
                "scope": f"{cast.SCOPE} read",
                "token_endpoint_auth_method": "client_secret_basic",
            }
        )
        db.add(client)
    db.commit()


def _routes(app: Flask, db: Any, *, issuer: str) -> None:
    server = AuthorizationServer(
        app, query_client=create_query_client_func(db, Client), save_token=create_save_token_func(db, Token)
    )
    _grants(server, db, issuer)
    protect = ResourceProtector()
    protect.register_token_validator(create_bearer_token_validator(db, Token)())

    @app.route("/authorize")
    def authorize() -> Any:
        user = db.get(User, session["id"]) if "id" in session else None
        if user is None:
            return redirect("/login?" + request.query_string.decode(), 303)
        grant = server.get_consent_grant(end_user=user)
        return server.create_authorization_response(grant=grant, grant_user=user)

    @app.route("/login", methods=["GET", "POST"])
    def login() -> Any:
        if request.method == "GET":
            return (
                f'<form method="post" action="/login?{request.query_string.decode()}">'
                '<input name="username"><input name="password" type="password"></form>'
            )
        session["id"] = db.query(User).filter_by(username=request.form["username"]).first().id
        return redirect("/authorize?" + request.query_string.decode(), 303)

    @app.route("/token", methods=["POST"])
    def token() -> Any:
        return server.create_token_response()

    @app.route("/introspect", methods=["POST"])
    def introspect() -> Any:
        return server.create_endpoint_response("introspection")

    @app.route("/userinfo")
    @protect("openid")
    def userinfo() -> Any:
        return jsonify(_claims(current_token.user))


def _grants(server: AuthorizationServer, db: Any, issuer: str) -> None:
    key = RSAKey.generate_key(2048, {"kid": "b1", "alg": "RS256", "use": "sig"}, private=True)

    class AuthorizationCodeGrant(grants.AuthorizationCodeGrant):
        def save_authorization_code(self, code: str, request: Any) -> Any:
            payload = request.payload
            saved = Code(
                code=code,
                client_id=request.client.client_id,
                redirect_uri=payload.redirect_uri,
                scope=payload.scope,
                user_id=request.user.id,
                nonce=payload.data.get("nonce"),
                code_challenge=payload.data.get("code_challenge"),
                code_challenge_method=payload.data.get("code_challenge_method"),
            )
            db.add(saved)
            db.commit()
            return saved

        def query_authorization_code(self, code: str, client: Any) -> Any:
            found = db.query(Code).filter_by(code=code, client_id=client.client_id).first()
            return found if found and not found.is_expired() else None

        def delete_authorization_code(self, authorization_code: Any) -> None:
            db.delete(authorization_code)
            db.commit()

        def authenticate_user(self, authorization_code: Any) -> Any:
            return db.get(User, authorization_code.user_id)

    class OpenIDCode(Openid):
        def exists_nonce(self, nonce: str, request: Any) -> bool:
            return bool(db.query(Code).filter_by(client_id=request.payload.client_id, nonce=nonce).first())

        def get_jwt_config(self, grant: Any = None, client: Any = None) -> Any:
            return {"key": key, "alg": "RS256", "iss": issuer, "exp": 600}

        def resolve_client_private_key(self, client: Any) -> Any:
            return key

        def generate_user_info(self, user: Any, scope: str) -> Any:
            return UserInfo(**_claims(user))

    class RefreshTokenGrant(grants.RefreshTokenGrant):
        INCLUDE_NEW_REFRESH_TOKEN = True

        def authenticate_refresh_token(self, refresh_token: str) -> Any:
            found = db.query(Token).filter_by(refresh_token=refresh_token).first()
            return found if found and not found.is_revoked() else None

        def authenticate_user(self, refresh_token: Any) -> Any:
            return db.get(User, refresh_token.user_id)

        def revoke_old_credential(self, refresh_token: Any) -> None:
            refresh_token.refresh_token_revoked_at = int(time.time())
            db.add(refresh_token)
            db.commit()

    class Introspection(IntrospectionEndpoint):
        def query_token(self, token: str, token_type_hint: str) -> Any:
            return db.query(Token).filter_by(access_token=token).first()

        def check_permission(self, token: Any, client: Any, request: Any) -> bool:
            return bool(token.client_id == client.client_id)

        def introspect_token(self, token: Any) -> Any:
            told = {"active": not token.is_expired(), "client_id": token.client_id, "token_type": token.token_type}
            return {**told, "sub": token.user.username, "scope": token.scope, "exp": token.issued_at + token.expires_in}

    server.register_grant(AuthorizationCodeGrant, [OpenIDCode(require_nonce=True), CodeChallenge(required=True)])
    server.register_grant(grants.ClientCredentialsGrant)
    server.register_grant(RefreshTokenGrant)
    server.register_endpoint(Introspection)


def _claims(user: User) -> dict[str, Any]:
    return {"sub": user.username, "name": user.username, "email": f"{user.username}@example.com"}


if __name__ == "__main__":
    serve(make)
