import type { IncomingHttpHeaders } from 'node:http';

/**
 * How long an answer asks to be left alone: `X-Retry-After-Ms`, else `Retry-After` in seconds or as an HTTP date; `undefined`
 * when neither says anything usable.
 * @param nowMs wall time, epoch milliseconds
 */
export function readRetryAfterMs(headers: IncomingHttpHeaders, nowMs: number): number | undefined {
  const milliseconds = String(headers['x-retry-after-ms'] ?? '').trim();
  if (/^\d+$/.test(milliseconds)) return Number(milliseconds);
  const text = headers['retry-after']?.trim();
  if (!text) return undefined;
  const waitMs = /^\d+$/.test(text) ? Number(text) * 1000 : Date.parse(text) - nowMs;
  return Number.isNaN(waitMs) ? undefined : Math.max(waitMs, 0);
}
