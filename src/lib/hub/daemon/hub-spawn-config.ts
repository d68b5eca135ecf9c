import path from 'node:path';
import type { Readable } from 'node:stream';
import { z } from 'zod';
import type { Clock } from '../../clock/clock.ts';
import { readSpawnConfig } from '../../host/spawn-config.ts';

/*
 * What the command that starts a hub in the background tells it: one JSON object on its standard input, which nobody else
 * can read, as they can arguments and the environment. The answer is in starter-answer.ts.
 */

const MAX_BYTES = 64 * 1024;

const spawnConfigSchema = z.strictObject({
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
  /** How the live feed is reached, as the environment of the command says: what a child may not have in its own. */
  network: z
    .strictObject({
      /** Equal for equal settings. */
      fingerprint: z.string(),
      /** The proxy variables, which may hold a password. */
      proxies: z.record(z.string(), z.string()),
    })
    .optional(),
});

export type HubSpawnConfig = z.infer<typeof spawnConfigSchema>;

/** Reads what the hub is to do. Throws as `readOrders`. */
export function readHubSpawnConfig(stdin: Readable, clock: Clock, signal: AbortSignal): Promise<HubSpawnConfig> {
  return readSpawnConfig(stdin, clock, spawnConfigSchema, MAX_BYTES, signal);
}
