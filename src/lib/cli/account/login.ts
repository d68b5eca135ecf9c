import { randomBytes } from 'node:crypto';
import type { AccessToken } from '../../auth/access-token.ts';
import type { Broker } from '../../auth/broker.ts';
import type { AuthCode } from '../../auth/login-answer.ts';
import { LOGGED_IN, type LoginPage, pageOfFailure } from '../../auth/login-page.ts';
import {
  DEFAULT_REDIRECT_URI,
  makeState,
  type RedirectUri,
  readRedirectUri,
  writeLoginAddress,
} from '../../auth/login-request.ts';
import { prepareTokenFolder, storeLogin } from '../../auth/store-login.ts';
import { readLastLogin } from '../../auth/stored-login.ts';
import { TimeLimit } from '../../clock/abort.ts';
import { formatIstMinute } from '../../clock/ist.ts';
import { TickpipeError } from '../../errors/tickpipe-error.ts';
import { tokenFileOf } from '../../host/user-directories.ts';
import { outputFailed } from '../../output/writer/write-error.ts';
import type { CommandContext } from '../program/program.ts';
import { startSpinner } from '../program/spinner.ts';
import type { SettingSource } from '../settings/settings.ts';
import { askAccountHub } from './account-hub-token.ts';
import { canAsk } from './ask.ts';
import { isOverSsh, openBrowser } from './browser.ts';
import { type ComingAnswer, createPastedAnswer, openListenedAnswer } from './coming-answer.ts';
import { findCredentials } from './credentials.ts';
import type { LoginFlags } from './login-flags.ts';
import { type LoginRow, makeLoginRow } from './login-row.ts';
import { openBroker } from './open-broker.ts';
import { reportPassword } from './report-password.ts';

/** A browser follows a redirect at once. */
const FOLLOW_MS = 2_000;

/**
 * Logs a user in with the help of a browser, and stores the token. Resolves to the row that is printed. Throws coded errors; nothing
 * is stored then.
 */
export async function logIn(
  flags: LoginFlags,
  sources: Readonly<Record<string, SettingSource>>,
  context: CommandContext,
): Promise<LoginRow> {
  const { env } = context.program;
  const { broker, authUrl } = openBroker(context);
  const redirectUri = readRedirectUri(flags['redirect-uri'] ?? DEFAULT_REDIRECT_URI);
  keep(() => prepareTokenFolder(env));
  const state = makeState(randomBytes);
  const isPasted = flags.paste || !redirectUri.isLoopback;
  // What cannot be asked for is a usage error; an occupied port is reported before a user types anything.
  const given = canAsk(context) ? undefined : await findCredentials(flags, sources, context);
  const answer = isPasted ? createPastedAnswer(state) : await openListenedAnswer(redirectUri, state);
  try {
    const { appId, secret } = given ?? (await findCredentials(flags, sources, context));
    const address = writeLoginAddress({ authUrl, appId, redirectUri, state });
    context.reporter.request(`to log in, open ${address}`, { event: 'login', address });
    if (!flags['no-browser']) openBrowser(address, context.program);
    if (!isPasted && isOverSsh(env)) reportForwarding(redirectUri, context);
    const code = await receive(answer, flags.timeout, context);
    const token = await broker.exchange(appId, secret, code, context.signal);
    const row = await keepToken(token, broker, context);
    await conclude(answer, LOGGED_IN, context);
    return row;
  } catch (error) {
    if (error instanceof TickpipeError) await conclude(answer, pageOfFailure(error.message), context);
    throw error;
  } finally {
    answer.close();
  }
}

/** Over SSH the user's browser is on another machine, and cannot reach this one by itself. */
function reportForwarding({ url }: RedirectUri, { reporter }: CommandContext): void {
  const { hostname, port } = url;
  const way = port === '' ? '' : `forward the port with ssh -L ${port}:${hostname}:${port}, or `;
  reporter.info(`a browser on another machine cannot answer here by itself: ${way}use --paste`, { event: 'ssh' });
}

/** A simulated login is for trying things out: it must not cost the token of the real account. Throws `TOKEN_CHANGED_KIND`. */
async function refuseReplacement({ program, signal, profile }: CommandContext): Promise<void> {
  const stored = await readLastLogin(tokenFileOf(program.env, profile), signal);
  if (stored === undefined || stored.simulated || stored.expiresAtMs <= program.clock.now()) return;
  const until = formatIstMinute(stored.expiresAtMs);
  throw new TickpipeError(
    'TOKEN_CHANGED_KIND',
    `the profile ${profile} has a login of FYERS until ${until} IST, which a simulated one does not replace`,
    { hint: 'log in to the simulator with --profile NAME, or run tickpipe logout first' },
  );
}

/** Waits for the answer. Throws the refusal that it is, `LOGIN_TIMED_OUT`, and the signal's reason. */
async function receive(answer: ComingAnswer, timeoutMs: number, context: CommandContext): Promise<AuthCode> {
  const { program, reporter, signal } = context;
  const overdue = new TickpipeError('LOGIN_TIMED_OUT', `the login was not answered within ${timeoutMs / 1_000} s`);
  const limit = new TimeLimit(program.clock, timeoutMs, signal, overdue);
  const spinner = answer.isAsked ? undefined : await startSpinner(program, reporter, 'waiting for the browser');
  try {
    return await answer.receive({ program, signal: limit.signal });
  } finally {
    spinner?.stop();
    limit.end();
  }
}

/** Shows the last page to the browser. Its user may have closed it: the login is over all the same. */
async function conclude(answer: ComingAnswer, page: LoginPage, { program, signal }: CommandContext): Promise<void> {
  const limit = new TimeLimit(program.clock, FOLLOW_MS, signal);
  try {
    await answer.conclude(page, limit.signal);
  } finally {
    limit.end();
  }
}

/** Checks a token at the broker and stores it. Throws `TOKEN_REFUSED` and the like, `OUTPUT_FAILED`. */
async function keepToken(token: AccessToken, broker: Broker, context: CommandContext): Promise<LoginRow> {
  const { program, reporter, signal, profile } = context;
  if (token.simulated) await refuseReplacement(context);
  const verdict = await broker.check(token, signal);
  if (verdict.accepted === false) throw verdict.error;
  if (verdict.accepted === null) {
    reporter.warn(`the token is kept although it could not be checked: ${verdict.error.message}`, {
      event: 'unchecked',
      code: verdict.error.code,
    });
  }
  signal.throwIfAborted();
  await keep(() => storeLogin(program.env, profile, token));
  const answer = await askAccountHub('offer', token, context);
  if (answer?.['offer'] === 'adopted') reporter.info('the shared session uses the new token', { event: 'adopted' });
  if (verdict.accepted) reportPassword(verdict.passwordDays, context);
  if (token.simulated) reporter.info('this is a login of the simulator', { event: 'simulated' });
  const shadow = ['TICKPIPE_TOKEN_FILE', 'FYERS_ACCESS_TOKEN'].find((name) => program.env[name]?.trim());
  if (shadow !== undefined)
    reporter.warn(`${shadow} is set and counts before this login: unset it`, { event: 'shadowed' });
  return makeLoginRow(token, profile, verdict.accepted);
}

/** Does something with the folder of the logins; an error of the file system becomes `OUTPUT_FAILED`. */
function keep<T>(act: () => T): T {
  const fail = (error: unknown): never => {
    throw outputFailed('the login', error);
  };
  try {
    const done = act();
    return done instanceof Promise ? (done.catch(fail) as T) : done;
  } catch (error) {
    return fail(error);
  }
}
