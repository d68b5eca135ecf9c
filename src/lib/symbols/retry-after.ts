const MAX_WAIT_MS = 60_000;

/** A `Retry-After` header, in seconds or as an HTTP date, as a wait of at most a minute; `undefined` when it says nothing usable. */
export function readRetryAfterMs(header: string | undefined, nowMs: number): number | undefined {
  const text = header?.trim();
  if (!text) return undefined;
  const waitMs = /^\d+$/.test(text) ? Number(text) * 1000 : Date.parse(text) - nowMs;
  return Number.isNaN(waitMs) ? undefined : Math.min(Math.max(waitMs, 0), MAX_WAIT_MS);
}
