// openid-client, driven line by line: each line on stdin is one step, each line on stdout its outcome.
import { createInterface } from "node:readline";
import * as client from "openid-client";

const settings = JSON.parse(process.argv[2]);
const config = await client.discovery(
  new URL(settings.issuer), settings.client_id, settings.client_secret, client.ClientSecretBasic(settings.client_secret),
  { execute: [client.allowInsecureRequests] },
);
let attempt, tokens;

async function asked(wishes) {
  const verifier = client.randomPKCECodeVerifier();
  attempt = { pkceCodeVerifier: verifier, expectedState: client.randomState(), expectedNonce: client.randomNonce() };
  return {
    redirect_uri: settings.redirect_uri, state: attempt.expectedState, nonce: attempt.expectedNonce,
    code_challenge: await client.calculatePKCECodeChallenge(verifier), code_challenge_method: "S256", ...wishes,
  };
}

const steps = {
  async begin(wishes) {
    return client.buildAuthorizationUrl(config, await asked(wishes)).href;
  },
  async push(wishes) {
    return (await client.buildAuthorizationUrlWithPAR(config, await asked(wishes))).href;
  },
  async finish({ url }) {
    tokens = await client.authorizationCodeGrant(config, new URL(url), { ...attempt, idTokenExpected: true });
    return tokens.claims();
  },
  async refresh() {
    tokens = await client.refreshTokenGrant(config, tokens.refresh_token);
    return tokens.claims();
  },
  async userinfo({ sub }) {
    return client.fetchUserInfo(config, tokens.access_token, sub);
  },
  async introspect() {
    return client.tokenIntrospection(config, tokens.access_token);
  },
  async revoke() {
    await client.tokenRevocation(config, tokens.refresh_token);
    return {};
  },
  async logout({ to }) {
    const fields = { id_token_hint: tokens.id_token, post_logout_redirect_uri: to, state: "out" };
    return client.buildEndSessionUrl(config, fields).href;
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
