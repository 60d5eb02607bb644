// An OpenID provider made of oidc-provider (npm), for scenarios: node oidc_provider.mjs SETTINGS.json
//
// Everything is in the file, and tests/system/harness/foreign.py writes it:
//   modules                        the node_modules that `npm ci` made
//   issuer, port                   served by TLS on loopback alone
//   certificate, certificate_key   paths
//   client                         the one client, as its registration (OpenID Connect Registration 2)
//   signing_keys                   paths of private keys; the first that fits an algorithm signs
//   accounts                       NAME: {sub, acr, amr, groups}
//   acr_values                     what acr may be
//   secrets                        a file that each secret made here is appended to, as lines "KIND VALUE"
// Says "ready" when it serves, and a line "METHOD /FIRST-SEGMENT" for each request (what follows is a
// secret of the sign-in). The sign-in page has a form with the id as-NAME for each account, and one with the id
// deny: nobody types a password here.

import { createPrivateKey, randomBytes } from 'node:crypto';
import { appendFileSync, readFileSync } from 'node:fs';
import { createServer } from 'node:https';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

const LOOPBACK = ['127.0.0.1', '::1'];

const settings = JSON.parse(readFileSync(process.argv[2], 'utf8'));
const { Provider } = await import(pathToFileURL(join(settings.modules, 'oidc-provider/lib/index.js')));

const privateJwk = (path) => ({ ...createPrivateKey(readFileSync(path)).export({ format: 'jwk' }), use: 'sig' });

function accountBySub(sub) {
  const account = Object.values(settings.accounts).find((each) => each.sub === sub);
  return account && { accountId: sub, claims: () => ({ sub, groups: account.groups }) };
}

const provider = new Provider(settings.issuer, {
  clients: [settings.client],
  jwks: { keys: settings.signing_keys.map(privateJwk) },
  acrValues: settings.acr_values,
  claims: { openid: ['sub'], groups: ['groups'], acr: null, amr: null, auth_time: null, iss: null, sid: null },
  clientAuthMethods: ['private_key_jwt', 'client_secret_basic', 'client_secret_post'],
  cookies: { keys: [randomBytes(32).toString('hex')] },
  enabledJWA: { clientAuthSigningAlgValues: ['RS256', 'RS512', 'PS256', 'PS512', 'ES256', 'EdDSA'] },
  features: {
    claimsParameter: { enabled: true },
    devInteractions: { enabled: false },
    jwtUserinfo: { enabled: true },
    rpInitiatedLogout: { enabled: false },
  },
  findAccount: (_, sub) => accountBySub(sub),
  interactions: { url: (_, interaction) => `/interaction/${interaction.uid}` },
  pkce: { required: () => true },
});

for (const kind of ['access_token', 'authorization_code']) {
  provider.on(`${kind}.saved`, (token) => appendFileSync(settings.secrets, `${kind} ${token.jti}\n`));
}
for (const event of ['authorization.error', 'grant.error', 'userinfo.error', 'server_error']) {
  provider.on(event, (_, error) => console.log(`${event}: ${error.message}, ${error.error_detail ?? error.error_description}`));
}

function signInPage(uid) {
  const forms = Object.keys(settings.accounts).map((name) => [`as-${name}`, `Sign in as ${name}`]);
  forms.push(['deny', 'Do not sign in']);
  const body = forms.map(([id, text]) => `<form id="${id}" method="post" action="/interaction/${uid}/${id}">`
    + `<button type="submit">${text}</button></form>`);
  return `<!doctype html><html lang="en"><title>Sign in - oidc-provider</title>${body.join('\n')}</html>`;
}

// What the person chose, as oidc-provider wants it told. Consent is given with the sign-in: the client is the
// organisation's own.
async function resultOf(choice, { params }) {
  const account = settings.accounts[choice.replace(/^as-/, '')];
  if (!account) {
    return { error: 'access_denied', error_description: 'the person did not sign in' };
  }
  const grant = new provider.Grant({ accountId: account.sub, clientId: params.client_id });
  grant.addOIDCScope(params.scope);
  return {
    login: { accountId: account.sub, acr: account.acr, amr: account.amr, remember: false },
    consent: { grantId: await grant.save() },
  };
}

async function interact(request, response) {
  const [, , uid, choice] = request.url.split('/');
  const interaction = await provider.interactionDetails(request, response);
  if (request.method === 'POST') {
    const result = await resultOf(choice, interaction);
    await provider.interactionFinished(request, response, result, { mergeWithLastSubmission: false });
  } else {
    response.setHeader('Content-Type', 'text/html; charset=utf-8');
    response.end(signInPage(uid));
  }
}

const serveProvider = provider.callback();
function serve(request, response) {
  console.log(`${request.method} /${request.url.split(/[/?]/)[1]}`);
  if (!request.url.startsWith('/interaction/')) {
    serveProvider(request, response);
    return;
  }
  interact(request, response).catch((error) => {
    response.statusCode = 400;
    response.end(error.message);
  });
}

const tls = { cert: readFileSync(settings.certificate), key: readFileSync(settings.certificate_key) };
const servers = LOOPBACK.map((host) => createServer(tls, serve).listen({ host, port: settings.port, ipv6Only: true }));
await Promise.all(servers.map((server) => new Promise((resolve, reject) => {
  server.once('listening', resolve).once('error', reject);
})));
process.once('SIGTERM', () => process.exit(0));
console.log('ready');
