import { CATALOGUE, type ErrorCode } from '../../errors/catalogue.ts';
import { TickpipeError } from '../../errors/tickpipe-error.ts';
import type { BarHistory, BarHistoryRequest } from '../../history/bar-history.ts';
import { cutSpan } from '../../history/history-ranges.ts';
import type { Bar } from '../../market/bar.ts';
import { isJsonObject } from '../../text/json-object.ts';
import { HubUnreachable } from '../protocol/hub-errors.ts';
import type { HubTarget } from './hub-target.ts';
import { requestHub } from './request-hub.ts';

/** The hub may have to wait for the limit of calls. */
const TIMEOUT_MS = 120_000;
/** A hundred days of minutes are 25 MB as rows. */
const MAX_ANSWER_BYTES = 64 * 1024 * 1024;

export interface HubHistoryOptions {
  readonly isSimulated: () => boolean;
  /** Where the hub is now; undefined when there is none. */
  readonly findTarget: () => HubTarget | undefined;
  /** The bearer token of a hub that wants one. */
  readonly token?: string | undefined;
}

/** The history of a hub's feed, by its API. Throws the errors that the hub answers, and `HUB_UNAVAILABLE`. */
export class HubHistory implements BarHistory {
  readonly #options: HubHistoryOptions;

  constructor(options: HubHistoryOptions) {
    this.#options = options;
  }

  get simulated(): boolean {
    return this.#options.isSimulated();
  }

  async *read(request: BarHistoryRequest, signal: AbortSignal): AsyncGenerator<Bar[]> {
    for (const { fromMs, toMs } of cutSpan(request.interval, request)) {
      const bars = await this.#ask({ ...request, fromMs, toMs }, signal);
      if (bars.length > 0) yield bars;
    }
  }

  close(): void {}

  async #ask({ symbol, interval, oi, fromMs, toMs }: BarHistoryRequest, signal: AbortSignal): Promise<Bar[]> {
    const { findTarget, token } = this.#options;
    const target = findTarget();
    if (target === undefined) throw new HubUnreachable('no shared session runs', { isAbsent: true });
    const query = new URLSearchParams({
      interval: interval.name,
      from: String(Math.ceil(fromMs / 1_000)),
      to: String(Math.ceil(toMs / 1_000)),
      ...(oi && { oi: 'true' }),
    });
    const path = `/api/history/${encodeURIComponent(symbol)}?${query.toString()}`;
    const options = { method: 'GET', path, token, timeoutMs: TIMEOUT_MS, maxAnswerBytes: MAX_ANSWER_BYTES } as const;
    const { status, body } = await requestHub(target, options, signal);
    const answer = isJsonObject(body) ? body : {};
    if (status === 200 && Array.isArray(answer['data'])) return answer['data'].map(readBar);
    throw errorOf(answer, status);
  }
}

/** Whether the prices of a hub are made up. Throws as `HubHistory`. */
export async function readsSimulated(
  target: HubTarget,
  token: string | undefined,
  signal: AbortSignal,
): Promise<boolean> {
  const { status, body } = await requestHub(target, { method: 'GET', path: '/api/hub/status', token }, signal);
  const answer = isJsonObject(body) ? body : {};
  const hub = answer['hub'];
  if (status === 200 && isJsonObject(hub)) return hub['simulated'] === true;
  throw errorOf(answer, status);
}

/** A row of the hub, which has checked it, without its type. */
function readBar(row: unknown): Bar {
  const { type: _, ...bar } = row as Bar & { readonly type: string };
  return bar;
}

function errorOf({ code, message }: Readonly<Record<string, unknown>>, status: number): TickpipeError {
  if (isErrorCode(code) && typeof message === 'string') return new TickpipeError(code, message);
  return new HubUnreachable(`the hub gave no history (HTTP ${status})`, {});
}

function isErrorCode(code: unknown): code is ErrorCode {
  return typeof code === 'string' && Object.hasOwn(CATALOGUE, code);
}
