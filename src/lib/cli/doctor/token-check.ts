import type { AccessToken } from '../../auth/access-token.ts';
import { Broker, type Verdict } from '../../auth/broker.ts';
import { readAuthUrl } from '../../auth/login-request.ts';
import { checkTokenOf, type TokenOrigin } from '../../auth/token-source.ts';
import { formatIstMinute, istDate } from '../../clock/ist.ts';
import { describeTokenEnd } from '../../hub/core/token-watch.ts';
import { createOutgoing } from '../../network/route.ts';
import { describePasswordEnd } from '../account/report-password.ts';
import { type Check, failedWith, passed, warned } from './check.ts';
import type { Doctor } from './doctor.ts';

/** The broker's call takes 10 s at most. */
const LIMIT_MS = 15_000;

/** The access token: where it comes from, when it ends, and whether the broker accepts it. */
export const tokenCheck: Check = {
  appliesTo: (feed) => feed === 'fyers',
  after: ['tls'],
  limitMs: LIMIT_MS,
  run: async (doctor, signal) => {
    const { tokens, context } = doctor;
    const now = context.program.clock.now();
    const token = await doctor.readToken();
    checkTokenOf(tokens.origin, token, now);
    const verdict = await askBroker(token, doctor, signal);
    if (typeof verdict === 'object' && verdict.accepted === false) return failedWith(verdict.error);
    const description = `${nameOrigin(tokens.origin, context.profile)}, ends ${formatEnd(token.expiresAtMs, now)}`;
    const concerns = [...tokens.warnings(), describeTokenEnd(token.expiresAtMs, now)].filter(
      (one) => one !== undefined,
    );
    if (typeof verdict === 'string') concerns.push(`the broker was not asked: ${verdict}`);
    else if (verdict.accepted === null)
      concerns.push(`the broker did not say whether it accepts it: ${verdict.error.message}`);
    else if (verdict.passwordDays !== undefined) {
      const { message, isSoon } = describePasswordEnd(verdict.passwordDays);
      if (isSoon) concerns.push(message);
    }
    const accepted = typeof verdict === 'object' && verdict.accepted ? ', accepted by the broker' : '';
    const text = `${description}${accepted}`;
    return concerns.length === 0 ? passed(text) : warned([text, ...concerns].join('; '));
  },
};

/** What the broker says, or why it is not asked. */
async function askBroker(
  token: AccessToken,
  { context, network }: Doctor,
  signal: AbortSignal,
): Promise<Verdict | string> {
  const { env, clock } = context.program;
  const authUrl = readAuthUrl(env);
  const unreachable = network.whyUnreachable(new URL(authUrl));
  if (unreachable !== undefined) return unreachable;
  return new Broker({ authUrl, clock, outgoing: createOutgoing(env, context.version) }).check(token, signal);
}

function nameOrigin(origin: TokenOrigin, profile: string): string {
  switch (origin) {
    case 'token-file':
      return 'from the token file';
    case 'environment':
      return 'from FYERS_ACCESS_TOKEN';
    case 'login':
      return `from the login of profile ${profile}`;
  }
}

/** `at 06:00 IST`, with its date when that is not today. */
function formatEnd(endMs: number, nowMs: number): string {
  const date = istDate(endMs);
  return `${date === istDate(nowMs) ? '' : `on ${date} `}at ${formatIstMinute(endMs)} IST`;
}
