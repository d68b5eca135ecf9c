import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { type AccessToken, parseAccessToken } from '../lib/auth/access-token.ts';
import { systemClock } from '../lib/clock/clock.ts';
import { TickpipeError } from '../lib/errors/tickpipe-error.ts';
import { readEndpoints } from '../lib/feed/endpoints.ts';
import type { Feed, FeedListener } from '../lib/feed/feed.ts';
import { lockFeed } from '../lib/feed/feed-identity.ts';
import { openFyersFeed } from '../lib/feed/fyers-feed.ts';
import { createSessionInstruments } from '../lib/feed/session-instruments.ts';
import { createCalendar } from '../lib/market/calendar.ts';
import { CALENDAR_2026 } from '../lib/market/calendar-2026.ts';
import { createOutgoing } from '../lib/network/route.ts';
import type { LiveSource } from './feed-source.ts';
import type { Surroundings } from './surroundings.ts';

const DEFAULT_STALL_TIMEOUT_MS = 30_000;
const OPTION_NAMES = { socketUrl: 'socketUrl', dataUrl: 'dataUrl' };

/**
 * A data connection of this process. Throws the codes of a token, `BAD_CONFIGURATION`, `INSECURE_ENDPOINT`, and
 * `SECOND_CONNECTION` while another tickpipe of this machine holds the account's connection.
 */
export async function openLiveSource(
  source: LiveSource,
  { env, root }: Surroundings,
  listener: FeedListener,
): Promise<Feed> {
  const { socketUrl, dataUrl, stallTimeoutMs = DEFAULT_STALL_TIMEOUT_MS, maxRetries, force = false } = source;
  const endpoints = readEndpoints({ socketUrl, dataUrl }, OPTION_NAMES);
  return openFyersFeed(
    {
      name: 'the FYERS data socket',
      endpoints,
      tokens: { read: () => readToken(source), warnings: () => [] },
      outgoing: createOutgoing(env, await readVersion(root)),
      listed: createSessionInstruments(endpoints, env, systemClock),
      clock: systemClock,
      random: Math.random,
      calendar: createCalendar([CALENDAR_2026]),
      stallTimeoutMs,
      maxRetries,
      acquire: async ({ userId, simulated }) => {
        if (force) return { release: () => {} };
        const { signal } = new AbortController();
        return lockFeed({ kind: 'fyers', ...endpoints, userId, simulated }, 'command', {
          env,
          clock: systemClock,
          signal,
        });
      },
    },
    listener,
  );
}

async function readVersion(root: string): Promise<string> {
  const { version } = JSON.parse(await readFile(path.join(root, 'package.json'), 'utf8')) as { version: string };
  return version;
}

async function readToken({ token }: LiveSource): Promise<AccessToken> {
  const text: unknown = typeof token === 'function' ? await token() : token;
  if (typeof text !== 'string' || text.trim() === '') {
    throw new TickpipeError('NO_TOKEN', 'no FYERS access token was given', { hint: 'give it as token: "APPID:TOKEN"' });
  }
  return parseAccessToken(text);
}
