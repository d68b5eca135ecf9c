import path from 'node:path';
import type { Readable } from 'node:stream';
import { z } from 'zod';
import type { Clock } from '../../clock/clock.ts';
import { readSpawnConfig } from '../../host/spawn-config.ts';

/*
 * What a hub in the background gets from the command that starts it: one JSON object on standard input. Other users can read
 * arguments and the environment of a process, but not that. The answer is in spawn-result.ts.
 */

const MAX_BYTES = 64 * 1024;

const spawnConfigSchema = z.strictObject({
  /** Whose hub, and of which feed. Both sides find socket and lock by it. */
  identity: z.discriminatedUnion('kind', [
    z.strictObject({
      kind: z.literal('fyers'),
      socketUrl: z.string(),
      dataUrl: z.string(),
      userId: z.string(),
      simulated: z.boolean(),
    }),
    z.strictObject({ kind: z.literal('sim') }),
    z.strictObject({ kind: z.literal('file'), path: z.string() }),
  ]),
  /** The lock that the starting command holds for the hub until the hub has its own. */
  inheritedLock: z.string().optional(),
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

/** Reads what the hub is to do. Throws as `readSpawnConfig`. */
export function readHubSpawnConfig(stdin: Readable, clock: Clock, signal: AbortSignal): Promise<HubSpawnConfig> {
  return readSpawnConfig(stdin, clock, spawnConfigSchema, MAX_BYTES, signal);
}
