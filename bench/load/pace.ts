import { setImmediate } from 'node:timers/promises';

/** What was sent, and when. All times are milliseconds of the monotonic clock, which is one for all processes of a machine. */
export interface Sent {
  /** By message: the moment at which it was given to the system. */
  readonly sentAt: Float64Array;
  /** By message: how much later than planned. */
  readonly lateMs: Float64Array;
}

/** Of the monotonic clock. */
export function nowMs(): number {
  return Number(process.hrtime.bigint()) / 1e6;
}

/**
 * Sends messages at planned times, one a period. The plan does not depend on the receiver: a receiver that stands still gets what
 * was planned for that time, and each of these messages counts with its whole delay.
 * @param prepare makes the next message before it is due; false when it had to wait for the receiver: then the message counts from
 * the planned time
 */
export async function sendSteadily(
  messages: number,
  periodMs: number,
  prepare: () => Promise<boolean>,
  send: () => void,
): Promise<Sent> {
  const sentAt = new Float64Array(messages);
  const lateMs = new Float64Array(messages);
  const cell = new Int32Array(new SharedArrayBuffer(4));
  const begun = nowMs() + 10 * periodMs;
  for (let message = 0; message < messages; message++) {
    const isOnTime = await prepare();
    const dueAt = begun + message * periodMs;
    // A timer of the event loop is exact to a millisecond, this one to some 60 microseconds. It uses no processor time.
    const early = dueAt - nowMs();
    if (early > 0) Atomics.wait(cell, 0, 0, early);
    const now = nowMs();
    sentAt[message] = isOnTime ? now : dueAt;
    lateMs[message] = now - dueAt;
    send();
    // Reads what the receiver answers, and writes what the system did not take at once.
    await setImmediate();
  }
  return { sentAt, lateMs };
}
