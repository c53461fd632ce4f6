// The provider of the tests: people and clients from standard input, one JSON value a line; each line replaces them.
// Log in by posting to the address of the interaction, as the browser of a person would.
import { createServer } from 'node:http';
import { createInterface } from 'node:readline';
import { Provider } from 'oidc-provider';

const [port, base] = process.argv.slice(2);
const issuer = `http://127.0.0.1:${port}`;
let people = {};

const provider = new Provider(issuer, {
  clients: [{
    client_id: 'osm',
    client_secret: 'secret-of-tests',
    redirect_uris: [`${base}/login/oidc/back`],
    post_logout_redirect_uris: [`${base}/login`],
    backchannel_logout_uri: `${base}/login/oidc/logout`,
    backchannel_logout_session_required: true,
    grant_types: ['authorization_code', 'refresh_token'],
  }],
  pkce: { required: () => true },
  claims: { openid: ['sub'], profile: ['name', 'preferred_username', 'groups', 'department'], email: ['email', 'email_verified'] },
  features: {
    devInteractions: { enabled: false },
    backchannelLogout: { enabled: true },
    rpInitiatedLogout: { enabled: true },
  },
  issueRefreshToken: async () => true,
  rotateRefreshToken: true,
  conformIdTokenClaims: false,
  interactions: { url: (ctx, interaction) => `/person/${interaction.uid}` },
  // It would not call loopback, where the program of the tests is.
  fetch: (url, { dispatcher, ...options }) => fetch(url, options),
  findAccount: (ctx, sub) => people[sub] && { accountId: sub, claims: () => ({ sub, ...people[sub] }) },
  cookies: { keys: ['keys of tests'] },
});
provider.on('server_error', (ctx, error) => console.error(error));
provider.on('backchannel.error', (ctx, error) => console.error(error));

async function person(request, response) {
  const details = await provider.interactionDetails(request, response);
  const sub = new URL(request.url, issuer).searchParams.get('as') ?? Object.keys(people)[0];
  if (details.prompt.name === 'login') {
    await provider.interactionFinished(request, response, { login: { accountId: sub } });
    return;
  }
  const grant = new provider.Grant({ accountId: details.session.accountId, clientId: 'osm' });
  grant.addOIDCScope('openid profile email');
  await provider.interactionFinished(request, response, { consent: { grantId: await grant.save() } });
}

const callback = provider.callback();
createServer((request, response) => {
  const answer = request.url.startsWith('/person/') ? person(request, response) : callback(request, response);
  Promise.resolve(answer).catch((error) => {
    console.error(error);
    response.writeHead(500).end();
  });
}).listen(Number(port), '127.0.0.1', () => console.log('ready'));

createInterface({ input: process.stdin }).on('line', (line) => {
  people = JSON.parse(line);
  console.log('taken');
}).on('close', () => process.exit(0));
