import { systemClock } from '../lib/clock/clock.ts';
import { TickpipeError } from '../lib/errors/tickpipe-error.ts';
import type { Feed, FeedListener } from '../lib/feed/feed.ts';
import type { FeedSource, SimulatedSource } from './feed-source.ts';
import { RowFeed, type RowListener } from './row-feed.ts';
import type { Surroundings } from './surroundings.ts';

/** Opens a feed. A kind of source is loaded when one is opened. Throws what that source throws; `USAGE` for an unknown one. */
export async function openRowFeed(
  source: FeedSource,
  listener: RowListener | undefined,
  surroundings: Surroundings,
): Promise<RowFeed> {
  switch (source.from) {
    case 'fyers': {
      const { openLiveSource } = await import('./live-source.ts');
      return RowFeed.open((inbox) => openLiveSource(source, surroundings, inbox), listener);
    }
    case 'simulator':
      return RowFeed.open((inbox) => openSimulated(source, inbox), listener);
    case 'recording': {
      const { openRecording } = await import('../lib/recording/playback/open-recording.ts');
      return RowFeed.open((inbox) => openRecording(source.path, source, systemClock, inbox), listener);
    }
    default:
      throw new TickpipeError('USAGE', 'no such source of a feed', {
        hint: 'from: "fyers", "simulator" or "recording"',
      });
  }
}

async function openSimulated({ rate, seed, faults = [] }: SimulatedSource, listener: FeedListener): Promise<Feed> {
  const { openSimulatedFeed } = await import('../lib/simulator/sim-feed.ts');
  const { parseFaults } = await import('../lib/simulator/faults.ts');
  return openSimulatedFeed(
    {
      clock: systemClock,
      random: Math.random,
      stallTimeoutMs: 0,
      faults: faults.flatMap(parseFaults),
      ...(rate !== undefined && { rate }),
      ...(seed !== undefined && { seed }),
    },
    listener,
  );
}
