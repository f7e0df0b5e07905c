// oauth4webapi, driven line by line: each line on stdin is one step, each line on stdout its outcome.
import { createInterface } from "node:readline";
import { createRemoteJWKSet, jwtVerify } from "jose";
import * as oauth from "oauth4webapi";

const settings = JSON.parse(process.argv[2]);
const insecure = { [oauth.allowInsecureRequests]: true };
const issuer = new URL(settings.issuer);
const server = await oauth.processDiscoveryResponse(issuer, await oauth.discoveryRequest(issuer, insecure));
const client = { client_id: settings.client_id };
const secret = oauth.ClientSecretBasic(settings.client_secret);
let attempt, tokens;

async function asked(wishes) {
  attempt = { verifier: oauth.generateRandomCodeVerifier(), state: oauth.generateRandomState(), nonce: oauth.generateRandomNonce() };
  return {
    client_id: client.client_id, redirect_uri: settings.redirect_uri, response_type: "code", state: attempt.state,
    nonce: attempt.nonce, code_challenge: await oauth.calculatePKCECodeChallenge(attempt.verifier),
    code_challenge_method: "S256", ...wishes,
  };
}

function at(endpoint, fields) {
  const url = new URL(endpoint);
  for (const [name, value] of Object.entries(fields)) url.searchParams.set(name, value);
  return url.href;
}

const steps = {
  async begin(wishes) {
    return at(server.authorization_endpoint, await asked(wishes));
  },
  async push(wishes) {
    const response = await oauth.pushedAuthorizationRequest(server, client, secret, new URLSearchParams(await asked(wishes)), insecure);
    const { request_uri } = await oauth.processPushedAuthorizationResponse(server, client, response);
    return at(server.authorization_endpoint, { client_id: client.client_id, request_uri });
  },
  async finish({ url }) {
    const answer = oauth.validateAuthResponse(server, client, new URL(url), attempt.state);
    const response = await oauth.authorizationCodeGrantRequest(
      server, client, secret, answer, settings.redirect_uri, attempt.verifier, insecure,
    );
    const checks = { expectedNonce: attempt.nonce, requireIdToken: true };
    tokens = await oauth.processAuthorizationCodeResponse(server, client, response, checks);
    await oauth.validateApplicationLevelSignature(server, response, insecure);
    return oauth.getValidatedIdTokenClaims(tokens);
  },
  async refresh() {
    const response = await oauth.refreshTokenGrantRequest(server, client, secret, tokens.refresh_token, insecure);
    tokens = await oauth.processRefreshTokenResponse(server, client, response);
    return oauth.getValidatedIdTokenClaims(tokens);
  },
  async userinfo({ sub }) {
    const response = await oauth.userInfoRequest(server, client, tokens.access_token, insecure);
    return oauth.processUserInfoResponse(server, client, sub, response);
  },
  async introspect() {
    const response = await oauth.introspectionRequest(server, client, secret, tokens.access_token, insecure);
    return oauth.processIntrospectionResponse(server, client, response);
  },
  async revoke() {
    await oauth.processRevocationResponse(await oauth.revocationRequest(server, client, secret, tokens.refresh_token, insecure));
    return {};
  },
  async told({ token }) {
    // Back-Channel Logout 1.0 §2.6: what is left to the application are `events`, `sid` and whether `jti` is new.
    const keys = createRemoteJWKSet(new URL(server.jwks_uri));
    const checks = {
      issuer: server.issuer, audience: client.client_id, typ: "logout+jwt", algorithms: ["RS256"], maxTokenAge: "2 minutes",
      requiredClaims: ["exp", "jti", "sid", "events"],
    };
    return (await jwtVerify(token, keys, checks)).payload;
  },
  async mistaken({ token }) {
    const body = { access_token: "any", token_type: "bearer", id_token: token };
    const response = new Response(JSON.stringify(body), { headers: { "Content-Type": "application/json" } });
    const checks = { expectedNonce: attempt.nonce, requireIdToken: true };
    return oauth.processAuthorizationCodeResponse(server, client, response, checks);
  },
  async logout({ to }) {
    const fields = { id_token_hint: tokens.id_token, post_logout_redirect_uri: to, state: "out" };
    return at(server.end_session_endpoint, fields);
  },
};

for await (const line of createInterface({ input: process.stdin })) {
  const { step, ...fields } = JSON.parse(line);
  try {
    console.log(JSON.stringify({ value: await steps[step](fields) }));
  } catch (problem) {
    console.log(JSON.stringify({ error: problem.error ?? `${problem.code ?? ""} ${problem.message}` }));
  }
}
