import { type AuthCode, type LoginAnswer, readPastedAnswer } from '../../auth/login-answer.ts';
import { LoginListener } from '../../auth/login-listener.ts';
import type { LoginPage } from '../../auth/login-page.ts';
import type { RedirectUri } from '../../auth/login-request.ts';
import { raceAbort } from '../../clock/abort.ts';
import { TickpipeError } from '../../errors/tickpipe-error.ts';
import type { CommandContext } from '../program/program.ts';
import { askOnTerminal, canAsk } from './ask.ts';
import { readFirstLine } from './read-first-line.ts';

type Waiting = Pick<CommandContext, 'program' | 'signal'>;

/** The answer to a login, on its way from the browser. */
export interface ComingAnswer {
  /** The user is asked for it, and it does not come by itself. */
  readonly isAsked: boolean;
  /** Throws the refusal that the answer is, and the signal's reason. Call it once. */
  receive(context: Waiting): Promise<AuthCode>;
  /** Shows how the login ended to the browser that brought the answer, if one did. Waits for it until the signal is aborted. */
  conclude(page: LoginPage, signal: AbortSignal): Promise<void>;
  close(): void;
}

/** Listens at the redirect URI. Throws `LOGIN_PORT_IN_USE`, `USAGE`. */
export async function openListenedAnswer(uri: RedirectUri, state: string): Promise<ComingAnswer> {
  const listener = await LoginListener.open(uri, state);
  return {
    isAsked: false,
    receive: async ({ signal }) => takeCode(await raceAbort(listener.answer, signal)),
    conclude: (page, signal) => listener.conclude(page, signal),
    close: () => listener.close(),
  };
}

/** Asks for the address on the terminal, or reads it from a pipe. */
export function createPastedAnswer(state: string): ComingAnswer {
  return {
    isAsked: true,
    receive: async (context) => {
      const text = await readPaste(context);
      return takeCode(text === undefined ? { kind: 'unusable' } : readPastedAnswer(text, state));
    },
    conclude: async () => {},
    close: () => {},
  };
}

function readPaste(context: Waiting): Promise<string | undefined> {
  if (!canAsk(context)) return readFirstLine(context);
  // The address holds the auth code, which does not belong on a screen.
  return askOnTerminal(
    { text: 'the address of the page on which the browser ends (it is not shown): ', isHidden: true },
    context,
  );
}

/** The code of an answer. Throws `LOGIN_STATE_WRONG`, `LOGIN_ANSWER_UNUSABLE`, or the refusal that it is. */
function takeCode(answer: LoginAnswer): AuthCode {
  switch (answer.kind) {
    case 'granted':
      return answer.code;
    case 'refused':
      throw answer.error;
    case 'wrong_state':
      throw new TickpipeError('LOGIN_STATE_WRONG', 'this is the answer to another login: its state is another one');
    case 'unusable':
      throw new TickpipeError('LOGIN_ANSWER_UNUSABLE', 'the answer has no auth code');
  }
}
