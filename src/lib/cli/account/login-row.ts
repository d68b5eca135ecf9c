import type { AccessToken } from '../../auth/access-token.ts';
import { formatIstTime } from '../../clock/ist.ts';
import type { LOGIN } from '../../output/records/account-records.ts';
import type { RecordRow } from '../../output/records/record-type.ts';

/** What `login` prints, and `whoami` with the source of the token beside it. */
export type LoginRow = RecordRow<typeof LOGIN>;

const SHOWN_CHARACTERS = 4;

/** An app id of which only the beginning and the suffix are shown: `ABCD******-100`. */
export function maskAppId(appId: string): string {
  const [, id = appId, suffix = ''] = /^(.*?)(-\d+)?$/s.exec(appId) ?? [];
  // Of a short id less is shown, so that something stays hidden.
  const shown = Math.min(SHOWN_CHARACTERS, Math.floor(id.length / 2));
  return `${id.slice(0, shown)}${'*'.repeat(id.length - shown)}${suffix}`;
}

/** @param accepted whether the broker accepts the token; null when it was not asked, or could not be */
export function makeLoginRow(token: AccessToken, profile: string, accepted: boolean | null): LoginRow {
  return { app_id: maskAppId(token.appId), expires_at: formatIstTime(token.expiresAtMs), profile, accepted };
}
