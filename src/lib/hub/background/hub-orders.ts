import path from 'node:path';
import type { Readable } from 'node:stream';
import { z } from 'zod';
import type { Clock } from '../../clock/clock.ts';
import { TickpipeError } from '../../errors/tickpipe-error.ts';

/*
 * What the command that starts a hub in the background tells it: one JSON object on its standard input, which nobody else
 * can read, as they can arguments and the environment. The answer is in starter-answer.ts.
 */

const MAX_BYTES = 64 * 1024;
const TIMEOUT_MS = 10_000;

const ordersSchema = z.strictObject({
  /** Whose hub, and of which feed. Both sides find socket and lock by it. */
  account: z.strictObject({
    feed: z.string(),
    socketUrl: z.string(),
    dataUrl: z.string(),
    userId: z.string(),
    simulated: z.boolean(),
  }),
  /** `APPID:JWT`, as the command has it. */
  token: z.string().optional(),
  /** Read anew for every connection. The hub has another working directory. */
  tokenFile: z.string().refine(path.isAbsolute).optional(),
  /** Completes a bare JWT in the file. */
  appId: z.string().optional(),
  /** 0 turns the stall watch off. */
  stallTimeoutMs: z.number().nonnegative(),
  /** How long the hub stays without a client. */
  lingerMs: z.number().nonnegative(),
});

export type HubOrders = z.infer<typeof ordersSchema>;

/** Reads what the hub is to do. Throws `USAGE` for anything else, also when nothing comes for 10 s; it quotes nothing. */
export async function readOrders(stdin: Readable, clock: Clock): Promise<HubOrders> {
  const timer = clock.after(TIMEOUT_MS, () => stdin.destroy(notForPeople()));
  const chunks: Buffer[] = [];
  let length = 0;
  try {
    for await (const chunk of stdin) {
      length += chunk.length;
      if (length > MAX_BYTES) throw notForPeople();
      chunks.push(Buffer.from(chunk));
    }
    return ordersSchema.parse(JSON.parse(Buffer.concat(chunks).toString()));
  } catch {
    throw notForPeople();
  } finally {
    timer.cancel();
  }
}

const notForPeople = (): TickpipeError =>
  new TickpipeError('USAGE', 'this command is started by others, which tell it what to do', {
    hint: 'use tickpipe serve for a hub in the foreground',
  });
