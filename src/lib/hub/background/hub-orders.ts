import type { Readable } from 'node:stream';
import { z } from 'zod';
import { TickpipeError } from '../../errors/tickpipe-error.ts';

const MAX_ORDERS_BYTES = 256 * 1024;
const ORDERS_TIMEOUT_MS = 10_000;

/** What a background hub is told through a pipe: nothing of it stands in its command line or environment. */
const ordersSchema = z.strictObject({
  /** The access token, `APPID:JWT`. */
  token: z.string(),
  tokenFile: z.string().optional(),
  appId: z.string().optional(),
  socketUrl: z.string(),
  dataUrl: z.string(),
  /** Its feed's name on stderr. */
  feedName: z.string(),
  stallTimeoutMs: z.number().int().nonnegative(),
  lingerMs: z.number().int().nonnegative(),
});
export type HubOrders = z.infer<typeof ordersSchema>;

/** Reads the orders up to the end of the stream. Throws `BAD_CONFIGURATION` for anything else. */
export async function readOrders(stream: Readable): Promise<HubOrders> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  const timer = setTimeout(() => stream.destroy(new Error('too late')), ORDERS_TIMEOUT_MS);
  try {
    for await (const chunk of stream) {
      bytes += (chunk as Buffer).length;
      if (bytes > MAX_ORDERS_BYTES) throw new Error('too long');
      chunks.push(chunk as Buffer);
    }
    return ordersSchema.parse(JSON.parse(Buffer.concat(chunks).toString()));
  } catch {
    // The cause would hold the token.
    throw new TickpipeError('BAD_CONFIGURATION', 'this command is started by others, which tell it what to do', {
      hint: 'use serve for a hub in the foreground',
    });
  } finally {
    clearTimeout(timer);
  }
}
