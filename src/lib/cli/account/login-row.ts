import type { AccessToken } from '../../auth/access-token.ts';
import type { TokenOrigin } from '../../auth/token-source.ts';
import { formatIstTime } from '../../clock/ist.ts';
import type { Format } from '../../output/rows/encoder.ts';
import { printRecords, printText } from '../command/print-records.ts';
import type { Program } from '../program/program.ts';

/** What `login` and `whoami` print. */
export interface LoginRow {
  readonly type: 'Login';
  readonly app_id: string;
  readonly expires_at: string;
  readonly profile: string;
  /** Whether the broker accepts the token; null when it was not asked, or could not be. */
  readonly accepted: boolean | null;
  /** Only of `whoami`. */
  readonly source?: TokenOrigin;
}

const SHOWN_CHARACTERS = 4;

/** An app id of which only the beginning and the suffix are shown: `ABCD******-100`. */
export function maskAppId(appId: string): string {
  const [, id = appId, suffix = ''] = /^(.*?)(-\d+)?$/s.exec(appId) ?? [];
  // Of a short id less is shown, so that something stays hidden.
  const shown = Math.min(SHOWN_CHARACTERS, Math.floor(id.length / 2));
  return `${id.slice(0, shown)}${'*'.repeat(id.length - shown)}${suffix}`;
}

export function makeLoginRow(
  token: AccessToken,
  profile: string,
  accepted: boolean | null,
  source?: TokenOrigin,
): LoginRow {
  return {
    type: 'Login',
    app_id: maskAppId(token.appId),
    expires_at: formatIstTime(token.expiresAtMs),
    profile,
    accepted,
    ...(source && { source }),
  };
}

/** Throws `OUTPUT_FAILED`. */
export async function printLogin(row: LoginRow, format: Format | undefined, program: Program): Promise<void> {
  const chosen = format ?? (program.stdout.isTTY ? 'table' : 'ndjson');
  if (chosen === 'ndjson') return printText(`${JSON.stringify(row)}\n`, program);
  const { type: _, ...rest } = row;
  const cells = Object.entries(chosen === 'csv' ? row : rest).map(([name, value]) => [name, String(value ?? '')]);
  await printRecords(
    [Object.fromEntries(cells)],
    cells.map(([name]) => name as string),
    { format: chosen },
    program,
  );
}
