import type { z } from 'zod';
import type { TokenSource } from '../../auth/token-source.ts';
import { pause } from '../../clock/abort.ts';
import { CATALOGUE, type ErrorCode } from '../../errors/catalogue.ts';
import { TickpipeError } from '../../errors/tickpipe-error.ts';
import { listLockHolders } from '../../host/process-lock.ts';
import { type HubLocation, listHubs, locateHub } from '../../hub/daemon/hub-location.ts';
import type { HubTarget } from '../../hub/daemon/hub-target.ts';
import { requestHub } from '../../hub/daemon/request-hub.ts';
import type { ANSWERS } from '../../hub/protocol/answers.ts';
import { HubUnreachable } from '../../hub/protocol/hub-errors.ts';
import type { HubStatus } from '../../hub/server/hub-status.ts';
import { createRoutes } from '../../network/route.ts';
import type { HubFlags } from '../command/flag-groups.ts';
import { identifyFeed, identifyLocalFeed, openAccount } from '../feed/account.ts';
import { describeSilentHub, LOOK_EVERY_MS } from '../feed/end-hub.ts';
import { readHubToken } from '../feed/hub-token.ts';
import { isRecording } from '../program/flag-values.ts';
import type { CommandContext } from '../program/program.ts';

/** How long a hub that is starting or ending holds its lock without an answer. */
const START_TIMEOUT_MS = 2_000;

type AnswerName = keyof typeof ANSWERS;
type AnswerOf<N extends AnswerName> = z.infer<(typeof ANSWERS)[N]>;

/** Controls a running hub, for `status`, `stop`, `subscribe` and `unsubscribe`, and asks it for a price. */
export class HubControl {
  /** Its status when it was found. */
  readonly status: HubStatus;
  readonly #target: HubTarget;
  readonly #token: string | undefined;
  readonly #signal: AbortSignal;

  constructor(target: HubTarget, token: string | undefined, report: HubStatus, signal: AbortSignal) {
    this.#target = target;
    this.#token = token;
    this.status = report;
    this.#signal = signal;
  }

  /** The answer to a request that succeeds, of the shape `ANSWERS` has under this name. Throws the hub's refusal. */
  async post<N extends AnswerName>(name: N, path: string, body?: object): Promise<AnswerOf<N>> {
    const answer = await requestHub(
      this.#target,
      { method: 'POST', path, token: this.#token, ...(body !== undefined && { body }) },
      this.#signal,
    );
    if (answer.status !== 200) throw refusalOf(answer.body);
    return await readAnswer(name, answer.body);
  }

  /** The same to a question. */
  async get<N extends AnswerName>(name: N, path: string): Promise<AnswerOf<N>> {
    const answer = await requestHub(this.#target, { method: 'GET', path, token: this.#token }, this.#signal);
    if (answer.status !== 200) throw refusalOf(answer.body);
    return await readAnswer(name, answer.body);
  }

  /** Whether the hub still listens. Throws the signal's reason. */
  async isThere(): Promise<boolean> {
    try {
      return (await askHub(this.#target, this.#token, this.#signal)) !== undefined;
    } catch (error) {
      // A hub that is ending may close the connection in the middle of its answer.
      if (error instanceof TickpipeError) return true;
      throw error;
    }
  }
}

/**
 * The hub that the flags mean, if it runs; never starts one. Without a token it is the only hub of this user. Throws
 * `SEVERAL_SESSIONS` when there are several, `SilentHub` when a hub holds its lock and does not answer, and errors of reading the token.
 */
export async function findHub(flags: HubFlags, context: CommandContext): Promise<HubControl | undefined> {
  const { program, signal } = context;
  const { env } = program;
  const { feed } = flags;
  if (feed instanceof URL) {
    const token = await readHubToken(flags, context);
    const target = { url: feed.href, findRoute: createRoutes(env) };
    const report = await askHub(target, token, signal);
    // The user gave its address, so it should be there.
    if (report === undefined) {
      throw new HubUnreachable(`no hub answers at ${feed.host}`, {
        hint: 'is tickpipe serve running there, at this port?',
      });
    }
    return new HubControl(target, token, report, signal);
  }
  const own = feed === 'fyers' ? undefined : identifyLocalFeed(feed);
  const { places, key } = own ? placeOf(locateHub(own, env)) : await placesOf(flags, context);
  const giveUpAt = program.clock.monotonic() + START_TIMEOUT_MS;
  for (;;) {
    const { found, isSilent } = await askAll(places, signal);
    if (found.length > 1) {
      throw new TickpipeError('SEVERAL_SESSIONS', `the hubs of ${found.length} accounts run on this machine`, {
        hint: "give the account's token, or --feed sim",
      });
    }
    if (found.length > 0) return found[0];
    const hubs = (await listLockHolders(env)).filter(({ role }) => role === 'hub');
    const holder = hubs.find((one) => key === undefined || one.key === key);
    if (holder === undefined) return undefined;
    // A hub without an answer may be starting or ending at this moment.
    if (isSilent || program.clock.monotonic() > giveUpAt) throw describeSilentHub(holder);
    await pause(program.clock, LOOK_EVERY_MS, signal);
  }
}

/** The hubs that answer at these sockets. `isSilent`: a process listens at one of them and does not answer. */
async function askAll(
  places: readonly HubLocation[],
  signal: AbortSignal,
): Promise<{ readonly found: readonly HubControl[]; readonly isSilent: boolean }> {
  const found: HubControl[] = [];
  let isSilent = false;
  for (const { socketPath } of places) {
    try {
      const report = await askHub({ socketPath }, undefined, signal);
      if (report) found.push(new HubControl({ socketPath }, undefined, report, signal));
    } catch (error) {
      if (!(error instanceof HubUnreachable)) throw error;
      isSilent = true;
    }
  }
  return { found, isSilent };
}

/** The error of a command that needs a running hub. */
export function noSharedSession({ feed }: HubFlags): TickpipeError {
  const starts = 'a command on the live feed starts one, and so does tickpipe serve';
  const local = feed instanceof URL || isRecording(feed) ? 'file:PATH' : feed;
  return new TickpipeError('NO_SESSION', 'no shared session runs', {
    hint: feed === 'fyers' ? starts : `tickpipe serve --feed ${local} starts one`,
  });
}

/** Commands that change a hub work only on its machine. Throws `USAGE` when `--feed` is the address of a hub. */
export function refuseElsewhere({ feed }: HubFlags, what: string): void {
  if (!(feed instanceof URL)) return;
  throw new TickpipeError('USAGE', `${what} works only on the machine of the hub, not through ${feed.protocol}//`, {
    hint: 'run it there, without --feed',
  });
}

/** Sockets of hubs, and the key of the feed when it is known. */
interface HubPlaces {
  readonly places: readonly HubLocation[];
  readonly key: string | undefined;
}

const placeOf = (location: HubLocation): HubPlaces => ({ places: [location], key: location.key });

/** The socket of the account's hub; without a token the sockets of all hubs of this user. */
async function placesOf(flags: HubFlags, context: CommandContext): Promise<HubPlaces> {
  const { env } = context.program;
  const { endpoints, tokens } = openAccount(flags, context);
  const token = await readTokenIfAny(tokens);
  if (token === undefined) return { places: listHubs(env), key: undefined };
  return placeOf(locateHub(identifyFeed(endpoints, token), env));
}

/** An expired token is enough: it names the user. */
async function readTokenIfAny(tokens: TokenSource) {
  try {
    return await tokens.read();
  } catch (error) {
    if (error instanceof TickpipeError && error.code === 'NO_TOKEN') return undefined;
    throw error;
  }
}

/** The status of the hub at this address; undefined where no process listens. Throws when the answer is not that of a hub. */
export async function askHub(
  target: HubTarget,
  token: string | undefined,
  signal: AbortSignal,
): Promise<HubStatus | undefined> {
  try {
    const { status, body } = await requestHub(target, { method: 'GET', path: '/api/hub/status', token }, signal);
    if (status !== 200) throw refusalOf(body);
    // JSON has no undefined, which the schema's type allows.
    return (await readAnswer('hub', body)) as HubStatus;
  } catch (error) {
    if (error instanceof HubUnreachable && error.isAbsent) return undefined;
    throw error;
  }
}

/** Checks an answer: another program may listen there. The schemas are loaded only here, because `--help` needs none. */
async function readAnswer<N extends AnswerName>(name: N, body: unknown): Promise<AnswerOf<N>> {
  const { ANSWERS } = await import('../../hub/protocol/answers.ts');
  const { data, success } = ANSWERS[name].safeParse(body);
  if (!success) throw noHub();
  return data as AnswerOf<N>;
}

const noHub = (): TickpipeError =>
  new HubUnreachable('the server at this address is not a tickpipe hub of this version', {
    hint: 'use one version of tickpipe for both, and check the address',
  });

function refusalOf(body: unknown): TickpipeError {
  const { code, message } = (body ?? {}) as { code?: unknown; message?: unknown };
  if (typeof code !== 'string' || !Object.hasOwn(CATALOGUE, code)) return noHub();
  // The catalogue's hint names flags of a command with its own feed. A command that asks a hub does not have them.
  const hint = code === 'FEED_UNREACHABLE' ? { hint: 'ask again once tickpipe status says live' } : {};
  return new TickpipeError(code as ErrorCode, String(message), hint);
}
