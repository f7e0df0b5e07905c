// npm oidc-provider, set up to do what the scenarios ask: in memory or in Redis, first-party clients, one page for the
// sign-in.
import { createServer } from 'node:http';
import { generateKeyPairSync } from 'node:crypto';

import { Provider } from 'oidc-provider';

import { inMemory, inRedis } from './stores.mjs';

const { port, clients, password, api, redis } = JSON.parse(process.argv[2]);
const issuer = `http://127.0.0.1:${port}`;

function key(kind, options, members) {
  return { ...generateKeyPairSync(kind, options).privateKey.export({ format: 'jwk' }), use: 'sig', ...members };
}

const formats = {
  'robot-opaque': { accessTokenFormat: 'opaque' },
  'robot-es256': { accessTokenFormat: 'jwt', jwt: { sign: { alg: 'ES256' } } },
  'robot-rs256': { accessTokenFormat: 'jwt', jwt: { sign: { alg: 'RS256' } } },
};

const provider = new Provider(issuer, {
  adapter: redis ? inRedis(redis) : inMemory(),
  clients,
  jwks: {
    keys: [
      key('rsa', { modulusLength: 2048 }, { alg: 'RS256', kid: 'r1' }),
      key('ec', { namedCurve: 'P-256' }, { alg: 'ES256', kid: 'e1' }),
    ],
  },
  cookies: { keys: ['a key that only the bench knows'] },
  claims: { openid: ['sub'], email: ['email', 'email_verified'], profile: ['name', 'preferred_username'] },
  scopes: ['openid', 'offline_access', 'read', 'write'],
  findAccount: (_ctx, id) => ({
    accountId: id,
    claims: async () => ({
      sub: id, name: id, preferred_username: id, email: `${id}@example.com`, email_verified: true,
    }),
  }),
  features: {
    devInteractions: { enabled: false },
    clientCredentials: { enabled: true },
    introspection: { enabled: true },
    pushedAuthorizationRequests: { enabled: true },
    revocation: { enabled: true },
    resourceIndicators: {
      enabled: true,
      defaultResource: (_ctx, client) => (client?.clientId in formats ? api : undefined),
      useGrantedResource: () => true,
      getResourceServerInfo: (_ctx, _resource, client) => ({
        scope: 'read write', audience: api, accessTokenTTL: 600, ...formats[client.clientId],
      }),
    },
  },
  routes: {
    authorization: '/authorize', token: '/token', userinfo: '/userinfo', introspection: '/introspect',
    revocation: '/revoke', jwks: '/jwks', pushed_authorization_request: '/par', end_session: '/logout',
  },
  rotateRefreshToken: true,
  issueRefreshToken: (_ctx, client) => client.grantTypeAllowed('refresh_token'),
  pkce: { required: () => true },
  interactions: { url: (_ctx, interaction) => `/interaction/${interaction.uid}` },
  // First-party clients are not asked for consent, as the project's recipe has it.
  async loadExistingGrant(ctx) {
    const { client, session, result } = ctx.oidc;
    const id = result?.consent?.grantId ?? session.grantIdFor(client.clientId);
    if (id) return provider.Grant.find(id);
    const grant = new provider.Grant({ clientId: client.clientId, accountId: session.accountId });
    grant.addOIDCScope('openid profile email offline_access');
    await grant.save();
    return grant;
  },
  ttl: { AccessToken: 600, AuthorizationCode: 60, ClientCredentials: 600, IdToken: 600, RefreshToken: 7776000,
    Interaction: 900, Session: 604800, Grant: 7776000 },
});

function page(uid) {
  return `<!doctype html><title>Sign in</title><form method="post" action="/interaction/${uid}">
<input type="hidden" name="uid" value="${uid}"><input id="username" name="username">
<input id="password" name="password" type="password"><button id="login-submit">Sign in</button></form>`;
}

async function body(request) {
  let text = '';
  for await (const part of request) text += part;
  return new URLSearchParams(text);
}

provider.use(async (ctx, next) => {
  const [, uid] = /^\/interaction\/([\w-]+)$/.exec(ctx.path) ?? [];
  if (!uid) return next();
  if (ctx.method === 'GET') {
    await provider.interactionDetails(ctx.req, ctx.res);
    ctx.set('cache-control', 'no-store');
    ctx.type = 'html';
    ctx.body = page(uid);
    return undefined;
  }
  const form = await body(ctx.req);
  if (form.get('password') !== password) ctx.throw(422);
  ctx.respond = false;
  return provider.interactionFinished(ctx.req, ctx.res, { login: { accountId: form.get('username') } });
});

createServer(provider.callback()).listen(port, '127.0.0.1', () => console.log('ready'));
