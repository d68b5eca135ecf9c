import { createHash } from 'node:crypto';
import { escapeHtml } from '../text/escape-html.ts';

/** A page that a browser ends on. */
export interface LoginPage {
  /** Of HTTP. */
  readonly status: number;
  readonly title: string;
  readonly text: string;
}

const STYLE = `
body { font: 16px/1.5 system-ui, sans-serif; max-width: 36em; margin: 4em auto; padding: 0 1em }
@media (prefers-color-scheme: dark) { body { background: #16181c; color: #e8e8e8 } }
`;

/** The pages for what is no answer to the login. They say that nothing has changed. */
export const LOGIN_PAGES = {
  wrongState: {
    status: 400,
    title: 'This is not the answer to the login',
    text: 'It belongs to another login, so it was ignored and nothing has changed. Use the address that tickpipe login printed last.',
  },
  unusable: {
    status: 400,
    title: 'There is no answer here',
    text: 'The address has no auth code, so it was ignored and nothing has changed.',
  },
  second: {
    status: 409,
    title: 'The login was answered before',
    text: 'This answer was ignored and nothing has changed. The terminal shows how the login ended.',
  },
  notFound: { status: 404, title: 'There is no such page', text: 'tickpipe login waits here for one answer of FYERS.' },
  wrongHost: {
    status: 421,
    title: 'Another host was asked for',
    text: 'tickpipe login answers only under the name of its redirect URI. Nothing has changed.',
  },
  wrongMethod: {
    status: 405,
    title: 'This is not how a browser follows a link',
    text: 'tickpipe login takes an answer by GET only. Nothing has changed.',
  },
  notOpened: {
    status: 403,
    title: 'The address has to be opened as a page',
    text: 'Another page asked for it, so it was ignored and nothing has changed.',
  },
} as const satisfies Record<string, LoginPage>;

/** The page after a login that worked. */
export const LOGGED_IN: LoginPage = {
  status: 200,
  title: 'You are logged in',
  text: 'The token of today is stored. You can close this page and go back to the terminal.',
};

/** The page after a login that failed. @param message what the terminal shows, too */
export function pageOfFailure(message: string): LoginPage {
  return {
    status: 200,
    title: 'The login failed',
    text: `${message}. Nothing was stored; the terminal says what to do.`,
  };
}

/** A page as HTML: it has no scripts, loads nothing, and shows no text of its address. */
export function writeLoginPage({ title, text }: LoginPage): string {
  return `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>tickpipe: ${escapeHtml(title)}</title>
<style>${STYLE}</style>
</head>
<body>
<h1>${escapeHtml(title)}</h1>
<p>${escapeHtml(text)}</p>
</body>
</html>
`;
}

/** The headers of every page. The address holds the auth code, so it goes to no other site and into no cache. */
export function headersOfPage(): Readonly<Record<string, string>> {
  const style = createHash('sha256').update(STYLE).digest('base64');
  return {
    'content-type': 'text/html; charset=utf-8',
    'content-security-policy': `default-src 'none'; style-src 'sha256-${style}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`,
    'cache-control': 'no-store',
    'referrer-policy': 'no-referrer',
    'x-content-type-options': 'nosniff',
    'x-frame-options': 'DENY',
    'cross-origin-opener-policy': 'same-origin',
    connection: 'close',
  };
}
