import { fileURLToPath } from 'node:url';
import type { FeedSource } from './feed-source.ts';
import type { RowFeed, RowListener } from './row-feed.ts';

export type { ErrorCode } from '../lib/errors/catalogue.ts';
export { TickpipeError } from '../lib/errors/tickpipe-error.ts';
export type {
  BreakReason,
  FeedCounters,
  FeedEvent,
  FeedState,
  FeedStatus,
  Gap,
  SubscriptionResult,
  SubscriptionStage,
} from '../lib/feed/feed.ts';
export type { Kind, Subscription } from '../lib/market/kinds.ts';
export { type DecodedMessage, type DecodeOptions, decode, type RawMessage } from './decode.ts';
export { type EncodeOptions, encodeRow } from './encode-row.ts';
export type { FeedSource, LiveSource, RecordedSource, SimulatedSource } from './feed-source.ts';
export type { RowFeed, RowListener } from './row-feed.ts';
export type * from './row-types.ts';
export { Simulator, type SimulatorSettings } from './simulator.ts';

/** This file and the built one stand two below package.json. */
const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/**
 * Opens a feed of rows. Nothing is connected before its first `subscribe`, but the token of a live feed is read and checked.
 *
 * Throws `TickpipeError`. Branch on its `code`:
 * - of a live feed `NO_TOKEN`, `TOKEN_MALFORMED`, `TOKEN_EXPIRED` and other codes of the token, `SECOND_CONNECTION`,
 *   `BAD_CONFIGURATION`, `INSECURE_ENDPOINT`;
 * - of a recording `INPUT_MISSING`, `RECORDING_EMPTY`, `RECORDING_UNSUPPORTED`; `USAGE` where live and simulated prices would be mixed;
 * - `USAGE` for a fault or a source that does not exist.
 *
 * @param source where the rows come from; live feeds honour `HTTPS_PROXY` and `NO_PROXY`
 * @param listener gets the rows and events as they come; without `tick` the feed is iterated
 */
export async function openFeed(source: FeedSource, listener?: RowListener): Promise<RowFeed> {
  const { openRowFeed } = await import('./open-feed.ts');
  return openRowFeed(source, listener, { env: process.env, root: ROOT });
}
