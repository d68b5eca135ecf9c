import { checkAccessToken } from '../../auth/access-token.ts';
import { formatIstMinute, istDate } from '../../clock/ist.ts';
import { describeTokenEnd } from '../../hub/core/token-watch.ts';
import { type Check, passed, warned } from './check.ts';

/** The access token: where it comes from, when it ends. */
export const tokenCheck: Check = {
  appliesTo: (feed) => feed === 'fyers',
  limitMs: 15_000,
  run: async (doctor) => {
    const { clock } = doctor.context.program;
    const token = await doctor.readToken();
    checkAccessToken(token, clock.now());
    const end = formatEnd(token.expiresAtMs, clock.now());
    const source = doctor.flags['token-file'] === undefined ? 'FYERS_ACCESS_TOKEN' : 'token file';
    const description = `from ${source}, ends ${end}${token.simulated ? ', of a simulator' : ''}`;
    const [warning] = doctor.tokens.warnings();
    if (warning !== undefined) return warned(`${description}; ${warning}`);
    const ending = describeTokenEnd(token.expiresAtMs, clock.now());
    return ending === undefined ? passed(description) : warned(`${description}; ${ending}`);
  },
};

/** `at 06:00 IST`, with its date when that is not today. */
function formatEnd(endMs: number, nowMs: number): string {
  const date = istDate(endMs);
  return `${date === istDate(nowMs) ? '' : `on ${date} `}at ${formatIstMinute(endMs)} IST`;
}
