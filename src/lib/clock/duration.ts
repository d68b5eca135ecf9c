const UNIT_MS = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;
const DURATION = /^(?:\d{1,12}(?:\.\d{1,6})?(?:ms|s|m|h|d))+$/;
const PART = /([\d.]+)(ms|s|m|h|d)/g;
/** A plain number is seconds, as for sleep(1) and timeout(1). */
const SECONDS = /^\d{1,12}(?:\.\d{1,6})?$/;

/** A duration such as `250ms`, `90s`, `1h30m` or `1.5` (seconds) in milliseconds, rounded up; NaN when it is none. */
export function readDurationMs(text: string): number {
  return Math.ceil(measure(text.trim().toLowerCase()));
}

function measure(text: string): number {
  if (SECONDS.test(text)) return scale(text, 's');
  if (!DURATION.test(text)) return Number.NaN;
  let total = 0;
  for (const [, amount, unit] of text.matchAll(PART)) total += scale(amount as string, unit as keyof typeof UNIT_MS);
  return total;
}

/** In whole microseconds first, or 0.3s would be 300.00000000000006 ms somewhere. */
function scale(amount: string, unit: keyof typeof UNIT_MS): number {
  return Math.round(Number(amount) * UNIT_MS[unit] * 1_000) / 1_000;
}
