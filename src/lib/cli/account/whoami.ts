import type { AccessToken } from '../../auth/access-token.ts';
import { checkTokenOf, createTokenSource } from '../../auth/token-source.ts';
import { type TickpipeError, tryCoded } from '../../errors/tickpipe-error.ts';
import type { KNOWN_LOGIN } from '../../output/records/account-records.ts';
import type { RecordRow } from '../../output/records/record-type.ts';
import type { CommandContext } from '../program/program.ts';
import { makeLoginRow } from './login-row.ts';
import { openBroker } from './open-broker.ts';
import { reportPassword } from './report-password.ts';

/** Whose token applies, and what is wrong with it. */
export interface KnownLogin {
  readonly row: RecordRow<typeof KNOWN_LOGIN>;
  /** Why the token cannot be used; undefined when it can. */
  readonly fault: TickpipeError | undefined;
}

/**
 * Reads the token that a command would use, and asks the broker about it unless `isOffline`. Throws `NO_TOKEN`, `TOKEN_MALFORMED`,
 * `SECRET_FILE_UNSAFE`, `BAD_CONFIGURATION`, and the signal's reason.
 */
export async function findLogin(
  tokenFile: string | undefined,
  isOffline: boolean,
  context: CommandContext,
): Promise<KnownLogin> {
  const { program, reporter, signal, profile } = context;
  const { env, clock } = program;
  const { broker } = openBroker(context);
  const tokens = createTokenSource({ tokenFile, env, profile, signal });
  const token = await tokens.read();
  for (const warning of tokens.warnings()) reporter.warn(warning, { event: 'token' });
  const { origin: source } = tokens;
  const describe = (accepted: boolean | null) => ({ ...makeLoginRow(token, profile, accepted), source });
  const fault = await tryCoded(() => {
    checkTokenOf(source, token, clock.now());
    return undefined;
  });
  if (fault || isOffline) return { row: describe(null), fault };
  return ask(token, describe, () => broker.check(token, signal), context);
}

async function ask(
  token: AccessToken,
  describe: (accepted: boolean | null) => KnownLogin['row'],
  check: () => ReturnType<ReturnType<typeof openBroker>['broker']['check']>,
  context: CommandContext,
): Promise<KnownLogin> {
  const { reporter } = context;
  const verdict = await check();
  if (verdict.accepted === null) {
    const { code, message } = verdict.error;
    reporter.warn(`the broker cannot be asked about the token: ${message}`, { event: 'unchecked', code });
  }
  if (verdict.accepted) reportPassword(verdict.passwordDays, context);
  if (token.simulated) reporter.info('this is a token of the simulator', { event: 'simulated' });
  return { row: describe(verdict.accepted), fault: verdict.accepted === false ? verdict.error : undefined };
}
