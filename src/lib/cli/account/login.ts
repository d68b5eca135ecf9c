import { randomBytes } from 'node:crypto';
import type { AccessToken } from '../../auth/access-token.ts';
import { Broker } from '../../auth/broker.ts';
import { type AuthCode, type LoginAnswer, readPastedAnswer } from '../../auth/login-answer.ts';
import {
  DEFAULT_AUTH_URL,
  DEFAULT_REDIRECT_URI,
  makeState,
  readRedirectUri,
  writeLoginAddress,
} from '../../auth/login-request.ts';
import { prepareTokenFolder, storeLogin } from '../../auth/store-login.ts';
import { TimeLimit } from '../../clock/abort.ts';
import { TickpipeError } from '../../errors/tickpipe-error.ts';
import { readEndpointBase } from '../../network/endpoint-url.ts';
import { createOutgoing } from '../../network/route.ts';
import { outputFailed } from '../../output/writer/write-error.ts';
import type { CommandContext } from '../program/program.ts';
import type { SettingSource } from '../settings/settings.ts';
import { askOnTerminal, canAsk, readFirstLine } from './ask.ts';
import { findAppId, findAppSecret } from './credentials.ts';
import type { LoginFlags } from './login-flags.ts';
import { type LoginRow, makeLoginRow } from './login-row.ts';

/** The broker of the environment. Throws `BAD_CONFIGURATION`, `INSECURE_ENDPOINT`. */
export function openBroker({ program, version }: CommandContext): {
  readonly broker: Broker;
  readonly authUrl: string;
} {
  const { env, clock } = program;
  const authUrl = readEndpointBase(env, 'TICKPIPE_AUTH_URL', DEFAULT_AUTH_URL);
  const outgoing = createOutgoing(env, version);
  // A proxy that cannot be used is a setting to correct.
  outgoing.findRoute(new URL(authUrl));
  return { broker: new Broker({ authUrl, clock, outgoing }), authUrl };
}

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
  const appId = await findAppId(flags, sources['app-id'], context);
  const secret = await findAppSecret(flags, context);
  const state = makeState(randomBytes);
  const address = writeLoginAddress({ authUrl, appId, redirectUri, state });
  const code = await askForAnswer(address, state, flags, context);
  const token = await broker.exchange(appId, secret, code, context.signal);
  return keepToken(token, broker, context);
}

/** Checks a token at the broker and stores it. Throws `TOKEN_REFUSED` and the like, `OUTPUT_FAILED`. */
async function keepToken(token: AccessToken, broker: Broker, context: CommandContext): Promise<LoginRow> {
  const { program, reporter, signal, profile } = context;
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

/** Waits for a pasted answer. Throws what the answer says, `LOGIN_TIMED_OUT`, and the signal's reason. */
async function askForAnswer(
  address: string,
  state: string,
  { timeout }: LoginFlags,
  context: CommandContext,
): Promise<AuthCode> {
  const { program, reporter, signal } = context;
  reporter.request(`to log in, open ${address}`, { event: 'login', address });
  const limit = limitAnswer(timeout, context);
  const limited = { program, signal: limit.signal };
  try {
    const text = canAsk(context)
      ? await askOnTerminal(
          { text: 'the address on which the browser ends (it is not shown): ', isHidden: true },
          limited,
        )
      : await readFirstLine(limited);
    return takeCode(text === undefined ? { kind: 'unusable' } : readPastedAnswer(text, state));
  } finally {
    signal.throwIfAborted();
    limit.end();
  }
}

function limitAnswer(timeoutMs: number, { program, signal }: CommandContext): TimeLimit {
  const overdue = new TickpipeError('LOGIN_TIMED_OUT', `the login was not answered within ${timeoutMs / 1_000} s`);
  return new TimeLimit(program.clock, timeoutMs, signal, overdue);
}

/** The code of a pasted answer. Throws `LOGIN_STATE_WRONG`, `LOGIN_ANSWER_UNUSABLE`, or the refusal that it is. */
function takeCode(answer: LoginAnswer): AuthCode {
  switch (answer.kind) {
    case 'granted':
      return answer.code;
    case 'refused':
      throw answer.error;
    case 'wrong_state':
      throw new TickpipeError(
        'LOGIN_STATE_WRONG',
        'this is the answer to another login: its state is not the one of this login',
      );
    case 'unusable':
      throw new TickpipeError('LOGIN_ANSWER_UNUSABLE', 'the answer has no auth code');
  }
}
