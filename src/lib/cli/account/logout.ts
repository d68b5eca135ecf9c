import { type AccessToken, parseAccessToken } from '../../auth/access-token.ts';
import { checkFileOwner } from '../../auth/private-file.ts';
import { removeLogin } from '../../auth/store-login.ts';
import { readLastLogin, readStoredLogin } from '../../auth/stored-login.ts';
import { TickpipeError } from '../../errors/tickpipe-error.ts';
import { tokenFileOf } from '../../host/user-directories.ts';
import { outputFailed } from '../../output/writer/write-error.ts';
import type { CommandContext } from '../program/program.ts';
import { askAccountHub } from './account-hub-token.ts';
import { openBroker } from './open-broker.ts';

/**
 * Ends the stored login of the profile: at the broker, then here. Throws `NO_TOKEN` when none is stored, `BAD_CONFIGURATION`,
 * `OUTPUT_FAILED` when the file cannot be removed, and the signal's reason.
 */
export async function logOut(context: CommandContext): Promise<void> {
  const { program, reporter, profile } = context;
  const { env, clock } = program;
  const { broker } = openBroker(context);
  const file = tokenFileOf(env, profile);
  const token = await readLogin(file, context);
  if (token && token.expiresAtMs > clock.now()) {
    await broker.revoke(token, context.signal).catch((error: unknown) => {
      if (!(error instanceof TickpipeError)) throw error;
      const { code, message } = error;
      reporter.warn(`the broker did not end the token: ${message}`, { event: 'not_revoked', code });
    });
  }
  const other = await readLastLogin(file, context.signal);
  // The broker may take seconds to answer, and a user may log in meanwhile.
  const isReplaced = token !== undefined && other !== undefined && other.jwt !== token.jwt;
  if (!isReplaced) {
    await removeLogin(file).catch((error: unknown) => {
      throw outputFailed(file, error);
    });
  }
  const answer = token && (await askAccountHub('end', token, context));
  if (answer?.['ended'] === true) {
    reporter.info('the shared session ended its connection; it waits for a new login', { event: 'hub' });
  }
  if (isReplaced)
    reporter.warn(`a new login of the profile ${profile} came meanwhile: it stays`, { event: 'replaced' });
  else reporter.info(`logged out: the login of the profile ${profile} is removed`, { event: 'logged_out', profile });
}

/** Undefined for a file that is damaged: there is nothing to revoke, but something to remove. */
async function readLogin(
  file: string,
  { profile, signal, reporter }: CommandContext,
): Promise<AccessToken | undefined> {
  try {
    // A login that others could read has all the more to end.
    const text = await readStoredLogin(file, signal, checkFileOwner);
    if (text !== undefined) return parseAccessToken(text);
  } catch (error) {
    if (!(error instanceof TickpipeError) || error.code !== 'TOKEN_MALFORMED') throw error;
    reporter.warn(`${error.message}: it is removed`, { event: 'damaged' });
    return undefined;
  }
  throw new TickpipeError('NO_TOKEN', `no login is stored for the profile ${profile}`, {
    hint: 'tickpipe login stores one; a token of FYERS_ACCESS_TOKEN or --token-file is not ended by logout',
  });
}
