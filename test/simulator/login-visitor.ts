import { createHash } from 'node:crypto';

/** What a login address is made of. */
export interface LoginQuery {
  readonly authUrl: string;
  readonly appId: string;
  readonly state: string;
  readonly redirectUri?: string;
}

export function loginAddress({
  authUrl,
  appId,
  state,
  redirectUri = 'http://127.0.0.1:8765/callback',
}: LoginQuery): string {
  const query = new URLSearchParams({ client_id: appId, redirect_uri: redirectUri, response_type: 'code', state });
  return `${authUrl}/generate-authcode?${query}`;
}

/** Opens a login page as a browser does, without following where it leads. */
export async function openLogin(address: string): Promise<{ status: number; headers: Headers; html: string }> {
  const response = await fetch(address, { redirect: 'manual' });
  return { status: response.status, headers: response.headers, html: await response.text() };
}

/** Presses a button of a login page. Returns the answer, which is a redirect when all went well. */
export async function pressButton(address: string, html: string, answer: 'allow' | 'deny'): Promise<Response> {
  const action = /<form method="post" action="([^"]+)">/.exec(html)?.[1];
  const request = /<input type="hidden" name="request" value="([^"]+)">/.exec(html)?.[1];
  if (action === undefined || request === undefined) throw new Error(`no form on this page: ${html}`);
  const body = new URLSearchParams({ request, answer });
  return fetch(new URL(action, address), { method: 'POST', body, redirect: 'manual' });
}

/** Answers a login as a person at a browser does. Returns where the browser is sent then; it does not go there. */
export async function answerLogin(address: string, answer: 'allow' | 'deny'): Promise<URL> {
  const { html } = await openLogin(address);
  const response = await pressButton(address, html, answer);
  const location = response.headers.get('location');
  if (location === null) throw new Error(`no redirect: ${response.status} ${await response.text()}`);
  return new URL(location);
}

/** Answers a login and follows to the client's page, as a browser does. Returns what that page is. */
export async function visitLogin(address: string, answer: 'allow' | 'deny'): Promise<{ status: number; html: string }> {
  const response = await fetch(await answerLogin(address, answer));
  return { status: response.status, html: await response.text() };
}

export interface CodeExchange {
  readonly authUrl: string;
  readonly appId: string;
  readonly secretKey: string;
  readonly code: string;
}

/** Exchanges an auth code, as a client does. */
export async function exchangeCode({ authUrl, appId, secretKey, code }: CodeExchange) {
  const appIdHash = createHash('sha256').update(`${appId}:${secretKey}`).digest('hex');
  return postJson(`${authUrl}/validate-authcode`, { grant_type: 'authorization_code', appIdHash, code });
}

export async function postJson(address: string, body: unknown, headers: Record<string, string> = {}) {
  const response = await fetch(address, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  });
  return { status: response.status, body: (await response.json()) as Record<string, unknown> };
}
