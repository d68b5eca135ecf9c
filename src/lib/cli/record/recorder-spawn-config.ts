import path from 'node:path';
import { z } from 'zod';
import { KINDS, ROW_TYPES } from '../../market/kinds.ts';
import { PROXY_VARIABLES } from '../../network/proxy.ts';

/*
 * What `record --detach` sends to the process that records in the background, on its standard input: the values of its flags and
 * some variables. 5,000 symbols of three types take less than the limit.
 */

export const MAX_CONFIG_BYTES = 4 * 1024 * 1024;

const absolutePath = z.string().refine(path.isAbsolute);
const milliseconds = z.number().nonnegative();

/** Variables of the account and the proxy. The recording keeps them in memory, never in the environment of its process. */
export const HANDED_OVER = [
  'FYERS_ACCESS_TOKEN',
  'FYERS_APP_ID',
  'TICKPIPE_SOCKET_URL',
  'TICKPIPE_DATA_URL',
  ...PROXY_VARIABLES,
] as const;

export const recorderSpawnConfigSchema = z.strictObject({
  subscriptions: z.array(z.tuple([z.enum(Object.values(ROW_TYPES)), z.string()])),
  kinds: z.array(z.enum(KINDS)),
  settings: z.strictObject({
    feed: z.literal('fyers'),
    'token-file': absolutePath.optional(),
    'stall-timeout': milliseconds,
    'max-retries': z.number().int().optional(),
    linger: milliseconds,
    dir: absolutePath,
    gzip: z.boolean(),
    rotate: milliseconds,
    'max-size': z.number(),
    strict: z.boolean(),
    where: z.string().optional(),
    count: z.number().optional(),
    duration: milliseconds.optional(),
    until: z.number().optional(),
    'session-hours': z.boolean(),
  }),
  /** Whose login takes the place of a variable's token when that has expired. */
  profile: z.string(),
  environment: z.partialRecord(z.enum(HANDED_OVER), z.string()),
  report: z.strictObject({ level: z.enum(['quiet', 'normal', 'verbose']), format: z.enum(['text', 'json']) }),
});
export type RecorderSpawnConfig = z.infer<typeof recorderSpawnConfigSchema>;
