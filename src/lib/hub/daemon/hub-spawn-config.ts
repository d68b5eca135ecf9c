import path from 'node:path';
import type { Readable } from 'node:stream';
import type { Clock } from '../../clock/clock.ts';
import { readSpawnConfig } from '../../host/spawn-config.ts';
import {
  exactly,
  flag,
  number,
  optional,
  type Read,
  recordOf,
  strictObjectOf,
  text,
  variantsOf,
  where,
} from '../../text/json-shape.ts';
import { wireSubscriptions } from '../protocol/messages.ts';

/*
 * What a hub in the background gets from the command that starts it: one JSON object on standard input. Other users can read
 * arguments and the environment of a process, but not that. The answer is in spawn-result.ts.
 */

const MAX_BYTES = 64 * 1024;
/** More would take the hub and the command longer to write and to read than they save. */
export const MAX_EXPECTED = 100;

const milliseconds = where(number, (ms) => ms >= 0);

const spawnConfig = strictObjectOf({
  /** Whose hub, and of which feed. Both sides find socket and lock by it. */
  identity: variantsOf('kind', {
    fyers: strictObjectOf({ kind: exactly('fyers'), socketUrl: text, dataUrl: text, userId: text, simulated: flag }),
    sim: strictObjectOf({ kind: exactly('sim') }),
    file: strictObjectOf({ kind: exactly('file'), path: text }),
  }),
  /** The lock that the starting command holds for the hub until the hub has its own. */
  inheritedLock: optional(text),
  /** `APPID:JWT`, as the command has it. */
  token: optional(text),
  /** Read anew for every connection. The hub has another working directory. */
  tokenFile: optional(where(text, path.isAbsolute)),
  /** Completes a bare JWT in the file. */
  appId: optional(text),
  /** 0 turns the stall watch off. */
  stallTimeoutMs: milliseconds,
  /** What the command subscribes first. The hub asks its feed for it while the command connects to the hub. */
  expected: optional(wireSubscriptions),
  /** How long the hub stays without a client. */
  lingerMs: milliseconds,
  /** How the live feed is reached, as the environment of the command says: what a child may not have in its own. */
  network: optional(
    strictObjectOf({
      /** Equal for equal settings. */
      fingerprint: text,
      /** The proxy variables, which may hold a password. */
      proxies: recordOf(text),
    }),
  ),
});

export type HubSpawnConfig = Read<typeof spawnConfig>;

/** Reads what the hub is to do. Throws as `readSpawnConfig`. */
export function readHubSpawnConfig(stdin: Readable, clock: Clock, signal: AbortSignal): Promise<HubSpawnConfig> {
  return readSpawnConfig(stdin, clock, spawnConfig, MAX_BYTES, signal);
}
