import { escapeHtml } from '../../text/escape-html.ts';

/*
 * The pages of the simulated login. They have no scripts and load nothing; every text from outside is escaped.
 */

export interface ConsentRequest {
  /** Where the form is sent. */
  readonly action: string;
  /** What the form sends back, so that the answer finds its request. */
  readonly requestId: string;
  readonly appId: string;
  readonly redirectUri: string;
}

/** The login with its two answers. Nobody has to type anything: there is no account behind it. */
export function writeConsentPage({ action, requestId, appId, redirectUri }: ConsentRequest): string {
  return writePage(
    'Simulated login',
    `<p>The app <b>${escapeHtml(appId)}</b> asks for access to the simulated account: market data.</p>
<p>The answer goes to <code>${escapeHtml(redirectUri)}</code></p>
<form method="post" action="${escapeHtml(action)}">
<input type="hidden" name="request" value="${escapeHtml(requestId)}">
<button type="submit" name="answer" value="allow">Allow</button>
<button type="submit" name="answer" value="deny">Deny</button>
</form>`,
  );
}

/** What people see when the broker cannot even ask. */
export function writeErrorPage(message: string): string {
  return writePage('Simulated login: error', `<p><b>${escapeHtml(message)}</b></p>`);
}

function writePage(title: string, body: string): string {
  return `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>${title}</title>
<style>
:root { color-scheme: light dark }
body { font: 16px/1.5 system-ui, sans-serif; max-width: 40em; margin: 3em auto; padding: 0 1em }
.simulation { background: #fff3c4; color: #4d3800; padding: .7em 1em }
button { border-radius: 4px; font: inherit; margin-right: 1em; padding: .5em 1.5em }
button[value="allow"] { background: #1a5fb4; border: 1px solid #1a5fb4; color: #fff }
code { overflow-wrap: anywhere }
</style>
</head>
<body>
<p class="simulation"><b>This is a simulation.</b> The page comes from <code>tickpipe simulate</code> on this machine, not from FYERS. The account and its data are invented. Never type a FYERS password here.</p>
<h1>${title}</h1>
${body}
</body>
</html>
`;
}
