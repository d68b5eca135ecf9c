import { within } from '../../clock/abort.ts';
import type { Clock } from '../../clock/clock.ts';
import { describeSpan } from '../../clock/durations.ts';
import { CATALOGUE } from '../../errors/catalogue.ts';
import { errnoOf } from '../../errors/errno.ts';
import { type HttpAnswer, sendRequest } from '../../network/http.ts';
import { findProxy } from '../../network/proxy.ts';
import { createOutgoing } from '../../network/route.ts';
import { type Check, type CheckResult, failed, passed, untried, warned } from './check.ts';
import type { Doctor } from './doctor.ts';
import { hasTls, isRemote, listTargets } from './targets.ts';

/** A Date header has whole seconds: the moment it means is up to so much later. */
const HEADER_STEP_MS = 1_000;
/** What only spoils times that are printed... */
const MAX_GOOD_MS = 2_000;
/** ...and what also spoils the validity of tokens and certificates, and when a market opens. */
const MAX_TOLERABLE_MS = 60_000;
const MAX_ANSWER_BYTES = 64 * 1024;
const TRY_MS = 4_000;
/** Certificates seem invalid to a machine whose clock is far off. */
const TIME_FAULTS: ReadonlySet<string | undefined> = new Set(['CERT_NOT_YET_VALID', 'CERT_HAS_EXPIRED']);

/** This machine's clock against the Date header of the first server that answers. Nothing secret is sent. */
export const clockCheck: Check = {
  appliesTo: isRemote,
  limitMs: 15_000,
  run: async (doctor, signal) => {
    const targets = listTargets(doctor.feed, doctor.context.program.env);
    const urls = [...new Set(targets.map(({ url }) => webOriginOf(url)))].map((origin) => new URL('/healthz', origin));
    const measured = urls.map(async (url) => judge(await measureOffset(url, doctor, signal), url.host));
    try {
      return await Promise.any(measured);
    } catch (error) {
      if (error instanceof AggregateError) return untried('no server gives its time');
      throw error;
    }
  },
};

/** How far this machine's clock is ahead of a server's, at least and at most. */
interface Offset {
  readonly leastMs: number;
  readonly mostMs: number;
}

function judge({ leastMs, mostMs }: Offset, host: string): CheckResult {
  // Right, if any moment that the header can mean makes it so.
  const aheadMs = leastMs > 0 ? leastMs : mostMs < 0 ? mostMs : 0;
  const size = Math.abs(aheadMs);
  if (size <= MAX_GOOD_MS) return passed(`agrees with ${host}`);
  const message = `this machine's clock is ${describeSpan(size)} ${aheadMs > 0 ? 'ahead of' : 'behind'} ${host}`;
  return size <= MAX_TOLERABLE_MS ? warned(message, CATALOGUE.CLOCK_WRONG.hint) : failed('CLOCK_WRONG', message);
}

/** The same server for HTTP. */
function webOriginOf(url: URL): string {
  return `${hasTls(url) ? 'https' : 'http'}://${url.host}`;
}

/** Throws when the server does not answer, or without a date. */
async function measureOffset(url: URL, doctor: Doctor, signal: AbortSignal): Promise<Offset> {
  const { clock } = doctor.context.program;
  const measure = async (checksCertificate: boolean): Promise<Offset> => {
    const sentAt = clock.monotonic();
    const { headers } = await within(TRY_MS, clock, signal, (limited) => ask(url, doctor, limited, checksCertificate));
    return compare(headers.date, clock, clock.monotonic() - sentAt);
  };
  try {
    return await measure(true);
  } catch (error) {
    if (TIME_FAULTS.has(errnoOf(error))) return measure(false);
    throw error;
  }
}

/** Throws for a text that is no date. */
function compare(header: string | undefined, clock: Clock, tookMs: number): Offset {
  const dateMs = Date.parse(header ?? '');
  if (Number.isNaN(dateMs)) throw new Error('the answer has no date');
  const aheadMs = clock.now() - dateMs;
  return { leastMs: aheadMs - HEADER_STEP_MS - tookMs, mostMs: aheadMs };
}

/** @param checksCertificate false to read the time of a server whose certificate seems too old or too new */
function ask(url: URL, { context }: Doctor, signal: AbortSignal, checksCertificate: boolean): Promise<HttpAnswer> {
  const { env } = context.program;
  const { findRoute, userAgent } = createOutgoing(env, context.version);
  const route = findRoute(url);
  const isUnchecked = !checksCertificate && hasTls(url) && findProxy(url, env) === undefined;
  return sendRequest(url, {
    method: 'HEAD',
    headers: { 'user-agent': userAgent, connection: 'close' },
    maxAnswerBytes: MAX_ANSWER_BYTES,
    signal,
    ...(isUnchecked && { rejectUnauthorized: false }),
    // An agent would not ask `createConnection`.
    ...(route.createConnection ? route : { ...route, agent: false }),
  });
}
